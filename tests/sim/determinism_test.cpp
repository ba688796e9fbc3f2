// A test must make the same steps after the same choices. Tests that do not are detected and
// reported.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/search/random.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::run_all;
using testing::HasSubstr;

sim::Exploration explore(const sim::Body& body, bool all = false) {
  sim::ExploreOptions options;
  options.all = all;
  sim::ExhaustiveStrategy strategy;
  return sim::explore({"test", {}, body}, strategy, options);
}

/// Two tasks that make a given number of steps.
void two_tasks(int steps_of_first, int steps_of_second) {
  sim::atomic<int> x{0};
  const auto steps = [&](int count) {
    for (int i = 0; i < count; ++i) x.fetch_add(1);
  };
  sim::thread a{steps, steps_of_first};
  sim::thread b{steps, steps_of_second};
  a.join();
  b.join();
}

void expect_nondeterministic(const sim::Exploration& found, const std::string& what) {
  EXPECT_EQ(found.reason, sim::StopReason::nondeterminism);
  EXPECT_THAT(found.problem, HasSubstr(what));
  EXPECT_FALSE(found.complete);
}

TEST(Determinism, AnotherValueTheSecondTimeIsFound) {
  int runs = 0;
  const auto found = explore([&] {
    sim::atomic<int> x{0};
    x.load();
    x.store(++runs);
  });
  expect_nondeterministic(
      found,
      "execution 1: run twice with the same choices, it did something else at step 2: expected "
      "task 0: store 0.atomic1; got task 0: store 0.atomic1, with another result");
}

TEST(Determinism, AnotherOperationTheSecondTimeIsFound) {
  int runs = 0;
  const auto found = explore([&] {
    sim::atomic<int> x{0, "x"};
    sim::atomic<int> y{0, "y"};
    (++runs == 2 ? y : x).load();
  });
  expect_nondeterministic(found,
                          "it did something else at step 1: expected task 0: load x; got task 0: "
                          "load y");
}

TEST(Determinism, MoreStepsTheSecondTimeAreFound) {
  int runs = 0;
  const auto found = explore([&] { two_tasks(1, ++runs); });
  expect_nondeterministic(found, "execution 1: run twice with the same choices");
  EXPECT_THAT(found.problem, HasSubstr("; got task "));
}

TEST(Determinism, FewerStepsTheSecondTimeAreFound) {
  int runs = 5;
  const auto found = explore([&] { two_tasks(1, --runs); });
  expect_nondeterministic(found, "execution 1: run twice with the same choices");
}

TEST(Determinism, AFailureTheSecondTimeIsFound) {
  int runs = 0;
  const auto found = explore([&] {
    sim::atomic<int> x{0};
    x.load();
    SIM_EXPECT(++runs != 2);
  });
  expect_nondeterministic(found,
                          "it passed the first time; the same steps then ended with assertion");
}

TEST(Determinism, AFailureThatIsGoneTheSecondTimeIsFound) {
  int runs = 0;
  const auto found = explore([&] {
    sim::atomic<int> x{0};
    x.load();
    SIM_EXPECT(++runs != 1);
  });
  expect_nondeterministic(found,
                          "it failed with assertion the first time; the same steps then ended");
  EXPECT_TRUE(found.groups.empty());
}

// Executions 1 and 2 are also repeated, so execution 3 is the fifth run. It is not repeated.

TEST(Determinism, OtherChoicesThanBeforeAreFound) {
  // At the first choice there is a third task in addition to the two.
  int runs = 0;
  const auto found = explore([&] {
    sim::atomic<int> x{0};
    std::vector<sim::thread> threads(++runs == 5 ? 3 : 2);
    for (sim::thread& t : threads) {
      t = sim::thread([&] {
        x.fetch_add(1);
        x.fetch_add(1);
      });
    }
    for (sim::thread& t : threads) t.join();
  });
  expect_nondeterministic(found,
                          "execution 3: the test offers other choices after the same 0 steps");
  EXPECT_EQ(found.failures, 0U);
}

TEST(Determinism, FewerChoicesThanBeforeAreFound) {
  // The second task has no step, so there is no choice at the place where the search was to take
  // another alternative.
  int runs = 0;
  const auto found = explore([&] { two_tasks(2, ++runs == 5 ? 0 : 2); });
  expect_nondeterministic(found,
                          "execution 3: it ended before a choice that it had offered before");
}

TEST(Determinism, AnAddressThatDecidesIsFoundBehindASecondRun) {
  // Traces do not contain the values of pointers, but they contain values that depend on them.
  std::vector<std::unique_ptr<int>> kept;
  const auto found = explore([&] {
    kept.push_back(std::make_unique<int>(0));
    sim::atomic<std::uint64_t> x{0};
    x.store(reinterpret_cast<std::uintptr_t>(kept.back().get()));
  });
  expect_nondeterministic(found, "it did something else at step 1");
}

TEST(Determinism, TwoExplorationsAreTheSameToTheBit) {
  const auto digests = [] {
    std::vector<std::uint64_t> all;
    run_all([] { two_tasks(3, 3); }, {},
            [&](const sim::Engine& engine) { all.push_back(engine.trace().digest()); });
    return all;
  };
  const auto first = digests();
  EXPECT_EQ(first.size(), 20U);
  EXPECT_EQ(first, digests());
  // Different interleavings have different digests.
  EXPECT_EQ(std::set<std::uint64_t>(first.begin(), first.end()).size(), 20U);
}

TEST(Determinism, ADeterministicProgramIsNeverAccused) {
  const auto found = explore(
      [] {
        sim::atomic<int> x{0};
        const auto task = [&] {
          const int seen = x.load();
          x.store(seen + 1 + static_cast<int>(sim::choose(2)));
        };
        sim::thread a{task};
        sim::thread b{task};
        a.join();
        b.join();
        SIM_EXPECT(x.peek() >= 2);
      },
      true);
  EXPECT_EQ(found.reason, sim::StopReason::exhausted) << found.problem;
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, 24U);  // 6 orders, 2 * 2 answers
  // An increment is lost in 4 orders. The check then fails if the last task to store has added only
  // 1.
  EXPECT_EQ(found.failures, 8U);
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups.front().executions, 8U);
}

TEST(Determinism, ADigestDependsOnOrderResultAndLength) {
  const auto digest = [](const sim::Body& body) {
    sim::Engine engine;
    sim::test::InOrder strategy{{}};
    engine.run(body, strategy);
    return engine.trace().digest();
  };
  const auto stores = [&](std::vector<int> values) {
    return digest([&] {
      sim::atomic<int> x{0};
      for (const int value : values) x.store(value);
    });
  };
  EXPECT_EQ(stores({1, 2}), stores({1, 2}));
  EXPECT_NE(stores({1, 2}), stores({2, 1}));
  EXPECT_NE(stores({1, 2}), stores({1, 2, 2}));
  EXPECT_NE(stores({0}), stores({}));
}

}  // namespace
