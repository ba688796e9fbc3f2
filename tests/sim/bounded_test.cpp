// Preemption bounding: which executions are run, and in which order.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/search/bounded.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::example;

using testing::ElementsAre;

/// The number of preemptions of each execution, in the order in which they are run.
template <class Strategy>
std::vector<std::size_t> preemptions(const sim::Body& body, Strategy&& strategy) {
  sim::Engine engine{sim::test::kGoOn};
  sim::Executions<> executions{engine, body, strategy};
  std::vector<std::size_t> all;
  while (executions.next()) all.push_back(engine.trace().preemptions());
  return all;
}

std::map<std::size_t, std::size_t> histogram(const std::vector<std::size_t>& numbers) {
  std::map<std::size_t, std::size_t> counts;
  for (const std::size_t number : numbers) ++counts[number];
  return counts;
}

TEST(Preemptions, AreSwitchesAwayFromATaskThatCouldGoOn) {
  // Two tasks of two steps. Without preemptions: aabb, bbaa. With one: abba, baab. With two: abab,
  // baba.
  const auto body = [] {
    sim::atomic<int> x{0};
    const auto twice = [&] {
      x.load();
      x.load();
    };
    sim::thread a{twice};
    sim::thread b{twice};
    a.join();
    b.join();
  };
  const std::map<std::size_t, std::size_t> expected{{0, 2}, {1, 2}, {2, 2}};
  EXPECT_EQ(histogram(preemptions(body, sim::ExhaustiveStrategy{})), expected);
  EXPECT_THAT(preemptions(body, sim::BoundedStrategy{}), ElementsAre(0, 0, 1, 1, 2, 2));
}

TEST(Preemptions, AreNotSwitchesFromATaskThatWaits) {
  EXPECT_EQ(histogram(preemptions(example("count/linc:n=3").body, sim::ExhaustiveStrategy{})).at(0),
            6U);
}

class Bounded : public testing::TestWithParam<const char*> {};

TEST_P(Bounded, RunsEachExecutionOnceAndThoseWithFewerPreemptionsFirst) {
  const sim::Program program = example(GetParam());
  const auto all = histogram(preemptions(program.body, sim::ExhaustiveStrategy{}));
  const auto bounded = preemptions(program.body, sim::BoundedStrategy{});
  EXPECT_EQ(histogram(bounded), all);
  EXPECT_TRUE(std::is_sorted(bounded.begin(), bounded.end()));
  for (std::uint32_t bound = 0; bound < 4; ++bound) {
    sim::BoundedStrategy strategy{bound};
    const auto some = histogram(preemptions(program.body, strategy));
    for (const auto& [preemptions, count] : all) {
      EXPECT_EQ(some.count(preemptions) == 0 ? 0 : some.at(preemptions),
                preemptions <= bound ? count : 0);
    }
    EXPECT_EQ(strategy.left_out(), all.rbegin()->first > bound);
    EXPECT_EQ(strategy.begin_execution(),
              strategy.left_out() ? sim::SearchStatus::limit : sim::SearchStatus::exhausted)
        << "complete only without a bound";
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Bounded,
                         testing::Values("count/bankrace:n=2", "count/lastzero:n=3",
                                         "count/philosophers:n=3", "count/fib:n=2",
                                         "count/ninc:n=3", "count/sb:n=2"));

TEST(BoundedStrategy, FindsTheSimplestFailureFirst) {
  sim::BoundedStrategy strategy;
  const sim::Exploration found = sim::explore(example("count/bankrace:n=3"), strategy, {});
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups.front().recording.preemptions(), 1U);
  EXPECT_EQ(strategy.preemptions(), 1U);
}

TEST(BoundedStrategy, ClaimsNothingBeyondItsBound) {
  sim::BoundedStrategy strategy{0};
  const sim::Exploration found = sim::explore(example("count/bankrace:n=2"), strategy, {});
  EXPECT_EQ(found.reason, sim::StopReason::limit);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.executions, 2U);
  EXPECT_EQ(found.failures, 0U);
}

TEST(BoundedStrategy, CountsTheBytesOfAllThatIsLeft) {
  sim::BoundedStrategy strategy;
  sim::Engine engine;
  const sim::Program program = example("count/bankrace:n=2");
  sim::Executions<> executions{engine, program.body, strategy};
  std::size_t most = 0;
  while (executions.next()) {
    EXPECT_LE(strategy.unit_bytes(), strategy.save().size());
    most = std::max(most, strategy.unit_bytes());
  }
  EXPECT_GT(most, 0U);
  EXPECT_EQ(strategy.unit_bytes(), 0U);
}

TEST(BoundedStrategy, TriesChoicesWithoutAPreemption) {
  const auto numbers = preemptions(
      [] {
        sim::atomic<std::uint32_t> x{0};
        sim::thread a{[&] { x.store(sim::choose(3)); }};
        a.join();
      },
      sim::BoundedStrategy{0});
  EXPECT_THAT(numbers, ElementsAre(0, 0, 0));
}

}  // namespace
