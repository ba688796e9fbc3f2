// Tests of invariants, which are checked after each step, that is, an operation and the local code
// after it.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::kGoOn;
using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::ElementsAre;

TEST(Invariant, IsCheckedAfterEachStep) {
  const auto execution = run([] {
    sim::atomic<int> x{0, "x"};
    const sim::Invariant small{"x is small",
                               {x.id()},
                               [&] { return x.peek() < 3; },
                               [&] { return "x = " + std::to_string(x.peek()); }};
    sim::thread t{[&] {
      for (int i = 1; i <= 5; ++i) x.store(i);
    }};
    t.join();
  });
  EXPECT_EQ(execution.outcome.summary(), "invariant \"x is small\": x = 3");
  EXPECT_EQ(execution.outcome.task, sim::task_at(1));
  EXPECT_THAT(execution.steps(), ElementsAre("1 store x = 1", "1 store x = 2", "1 store x = 3"));
}

TEST(Invariant, GoesOnToTheEndWhereAsked) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
        x.store(1);
        x.store(0);
        x.store(2);
      },
      {}, kGoOn);
  EXPECT_EQ(execution.outcome.summary(), "invariant \"x is 0\"");
  EXPECT_EQ(execution.trace.size(), 3U);
}

TEST(Invariant, FailsWhereTheWrongStateIsPutRightByALaterStep) {
  // The invariant is violated between the two stores of one task, also if other tasks step there.
  const sim::Body body = [] {
    sim::atomic<int> x{0};
    sim::atomic<int> y{0};
    const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
    sim::thread a{[&] {
      x.store(1);
      x.store(0);
    }};
    sim::thread b{[&] { y.store(1); }};
    a.join();
    b.join();
  };
  const Tally maximal = run_all(body, kGoOn);
  EXPECT_EQ(maximal.executions, 3U);
  EXPECT_EQ(maximal.count("invariant \"x is 0\""), 3U);
  // The execution stops after the first store, with or without b's store before it.
  const Tally stopped = run_all(body);
  EXPECT_EQ(stopped.executions, 2U);
  EXPECT_EQ(stopped.failures, 2U);
}

TEST(Invariant, AGhostValueUpdatedBehindAStepIsSeenAsOneWithIt) {
  // Money that was taken from one account and not yet added to the other is counted in a plain
  // variable.
  const Tally tally = run_all([] {
    sim::atomic<int> a{100};
    sim::atomic<int> b{0};
    int under_way = 0;
    const sim::Invariant conserved{"money is conserved", {a.id(), b.id()}, [&] {
                                     return a.peek() + b.peek() + under_way == 100;
                                   }};
    const auto move = [&](int amount) {
      a.fetch_sub(amount);
      under_way += amount;
      b.fetch_add(amount);
      under_way -= amount;
    };
    sim::thread one{move, 10};
    sim::thread two{move, 20};
    one.join();
    two.join();
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Invariant, AGhostValueUpdatedBeforeTheStepIsNot) {
  const Tally tally = run_all([] {
    sim::atomic<int> a{100};
    int under_way = 0;
    const sim::Invariant conserved{
        "money is conserved", {}, [&] { return a.peek() + under_way == 100; }};
    sim::atomic<int> other{0};
    sim::thread t{[&] {
      other.load();
      under_way += 10;  // after the load
      a.fetch_sub(10);
    }};
    t.join();
  });
  EXPECT_EQ(tally.failures, 1U);
}

TEST(Invariant, ThatNamesObjectsIsCheckedAfterTheirWritesOnly) {
  int checks = 0;
  run([&] {
    sim::atomic<int> x{0};
    sim::atomic<int> y{0};
    const sim::Invariant counts{"counts", {x.id()}, [&] { return ++checks > 0; }};
    x.store(1);
    x.load();
    y.store(1);
    int expected = 7;
    x.compare_exchange_strong(expected, 8);  // fails: a read
    x.compare_exchange_strong(expected, 8);
    y.load();
  });
  EXPECT_EQ(checks, 2);
}

TEST(Invariant, ThatNamesNothingIsCheckedAfterEveryStep) {
  int checks = 0;
  run([&] {
    sim::atomic<int> x{0};
    const sim::Invariant counts{"counts", {}, [&] { return ++checks > 0; }};
    x.store(1);
    x.load();
    sim::thread t{[&] { x.load(); }};
    t.join();
  });
  EXPECT_EQ(checks, 3);  // not checked at the start, nor twice for one step
}

TEST(Invariant, IsCheckedAfterTheTestBodysOwnLastStep) {
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    const auto execution = run(
        [] {
          sim::atomic<int> x{0};
          const sim::Invariant first{"never mind", {x.id()}, [] { return true; }};
          const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
          const sim::Invariant last{"never mind", {x.id()}, [] { return true; }};
          x.store(1);
        },
        {}, options);
    EXPECT_EQ(execution.outcome.summary(), "invariant \"x is 0\"");
    EXPECT_EQ(execution.outcome.task, sim::kMainTask);
  }
}

TEST(Invariant, IsCheckedAfterTheLastStepOfATask) {
  const auto execution = run([] {
    sim::atomic<int> x{0};
    const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
    sim::thread t{[&] { x.store(1); }};
    t.join();
  });
  EXPECT_EQ(execution.outcome.task, sim::task_at(1));
}

TEST(Invariant, HoldsForItsLifetimeOnly) {
  const auto execution = run([] {
    sim::atomic<int> x{5};
    x.store(4);
    x.store(0);
    {
      const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
      x.store(0);
    }
    x.store(3);
    x.load();
  });
  EXPECT_FALSE(execution.outcome.failed());
}

TEST(Invariant, TheFirstViolatedOneIsTheOutcomeAndTwoOfOneNameAreGroupedByObject) {
  sim::Engine engine;
  const auto group_of = [&](bool second) {
    sim::test::InOrder strategy{{}};
    const sim::Outcome& outcome = engine.run(
        [second] {
          sim::atomic<int> a{0};
          sim::atomic<int> b{0};
          const sim::Invariant of_a{"positive", {a.id()}, [&] { return a.peek() >= 0; }};
          const sim::Invariant of_b{"positive", {b.id()}, [&] { return b.peek() >= 0; }};
          (second ? b : a).store(-1);
        },
        strategy);
    return outcome.group;
  };
  EXPECT_NE(group_of(false), group_of(true));
}

TEST(Invariant, AFailedAssertionBehindTheSameStepComesFirst) {
  // The assertion is local code of the step; the invariant is due at the step's end.
  const auto execution = run(
      [] {
        sim::atomic<int> x{0};
        const sim::Invariant zero{"x is 0", {x.id()}, [&] { return x.peek() == 0; }};
        x.store(1);
        SIM_EXPECT(x.peek() == 0);
        x.load();
      },
      {}, kGoOn);
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::assertion);
}

TEST(Invariant, OutsideAnExecutionIsRefused) {
  EXPECT_THROW(sim::Invariant("none", {}, [] { return true; }), sim::UsageError);
}

}  // namespace
