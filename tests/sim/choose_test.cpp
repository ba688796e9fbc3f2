// Tests of sim::choose(): a search explores its results as it explores schedules.

#include <map>
#include <set>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/random.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::kGoOn;
using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;

TEST(Choose, TriesEachAlternativeOnce) {
  std::map<std::uint32_t, int> seen;
  const Tally tally = run_all([&] { ++seen[sim::choose(5)]; });
  EXPECT_EQ(tally.executions, 5U);
  EXPECT_EQ(seen, (std::map<std::uint32_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}}));
}

TEST(Choose, OfOneAlternativeIsNoChoice) {
  const auto execution = run([] { SIM_EXPECT(sim::choose(1) == 0); });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_TRUE(execution.trace.empty());
}

TEST(Choose, DependentChoicesAreATree) {
  // 0, 10, 11, 20, 21, 22.
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  const Tally tally = run_all([&] {
    const std::uint32_t first = sim::choose(3);
    seen.emplace(first, sim::choose(first + 1));
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(seen.size(), 6U);
}

TEST(Choose, MultipliesWithTheOrdersOfTheSteps) {
  // Two orders of the two steps. The choices after them add no orders: 2 * 2 * 3.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      x.fetch_add(1);
      sim::choose(2);
    }};
    sim::thread b{[&] {
      x.fetch_add(1);
      sim::choose(3);
    }};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 12U);
}

TEST(Choose, IsInTheTraceAndTheRecordingButIsNoStep) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        sim::thread t{[&] { x.store(static_cast<int>(sim::choose(4))); }};
        t.join();
      },
      {2});
  ASSERT_EQ(execution.trace.size(), 2U);
  EXPECT_EQ(execution.trace[0].kind, sim::OperationKind::choice);
  EXPECT_EQ(execution.trace[0].chosen_index(), 2U);
  EXPECT_EQ(execution.trace[0].object, sim::ObjectId{4});
  EXPECT_EQ(execution.trace[0].task, sim::task_at(1));
  EXPECT_FALSE(execution.trace[0].is_step());
  EXPECT_THAT(execution.steps(), testing::ElementsAre("1 value -> 2", "1 store x = 2"));
}

TEST(Choose, OfNothingIsMisuse) {
  std::uint32_t line = 0;
  const sim::Body body = [&] {
    sim::thread t{[&] {
      line = __LINE__ + 1;
      sim::choose(0);
      ADD_FAILURE() << "the task went on";
    }};
    t.join();
  };
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    const auto execution = run(body, {}, options);
    EXPECT_EQ(execution.outcome.summary(), "misuse \"choose(0): there is nothing to choose from\"");
    EXPECT_EQ(execution.outcome.place(), "choose_test.cpp:" + std::to_string(line));
    EXPECT_EQ(execution.outcome.task, sim::task_at(1));
    EXPECT_EQ(execution.abandoned, 0U);
  }
}

TEST(Choose, CountsTowardsTheStepBound) {
  sim::EngineOptions options;
  options.steps_max = 10;
  const auto execution = run(
      [] {
        while (sim::choose(2) == 0) {
        }
      },
      {}, options);
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::step_bound);
  EXPECT_EQ(execution.trace.size(), 10U);
}

TEST(Choose, RandomAnswersAreEven) {
  // 30000 draws with probability 1/3: the standard deviation is 81.6. One seed in 16,000 deviates
  // by more than 4 of them, and the seed is fixed.
  std::map<std::uint32_t, int> seen;
  sim::Engine engine;
  sim::RandomStrategy strategy{1};
  for (int i = 0; i < 30'000; ++i)
    run_once(
        engine, [&] { ++seen[sim::choose(3)]; }, strategy);
  for (const auto& [answer, count] : seen) EXPECT_NEAR(count, 10'000, 327) << answer;
}

}  // namespace
