// Tests of what an execution does after its first failure, in both modes.

#include <mutex>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::kGoOn;
using sim::test::LeakOnPurpose;
using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::ElementsAre;

TEST(Failure, AFailedExpectationStopsTheExecutionThere) {
  std::uint32_t line = 0;
  const auto execution = run([&] {
    sim::atomic<int> x{0, "x"};
    x.store(1);
    line = __LINE__ + 1;
    SIM_EXPECT(x.peek() == 2);
    x.store(3);
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::assertion);
  EXPECT_EQ(execution.outcome.message(), "\"x.peek() == 2\"");
  EXPECT_EQ(execution.outcome.place(), "failure_test.cpp:" + std::to_string(line));
  EXPECT_EQ(execution.outcome.task, sim::kMainTask);
  EXPECT_THAT(execution.steps(), ElementsAre("0 store x = 1"));
}

TEST(Failure, AFailedExpectationGoesOnWhereAsked) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        SIM_EXPECT(x.peek() == 1);
        x.store(2);
        SIM_EXPECT(x.peek() == 3);
        x.store(4);
      },
      {}, kGoOn);
  EXPECT_EQ(execution.outcome.message(), "\"x.peek() == 1\"");  // the first one is the outcome
  EXPECT_THAT(execution.steps(), ElementsAre("0 store x = 2", "0 store x = 4"));
}

TEST(Failure, AFailedAssertionEndsItsOwnTaskOnly) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        sim::thread fails{[&] {
          x.store(1);
          SIM_ASSERT(x.peek() == 2);
          x.store(3);
        }};
        sim::thread other{[&] { x.store(4); }};
        other.join();
        x.store(5);
        fails.join();
        x.store(6);  // never executed: the joined task does not end
      },
      {}, kGoOn);
  EXPECT_EQ(execution.outcome.summary(), "assertion \"x.peek() == 2\"");
  EXPECT_EQ(execution.outcome.task, sim::task_at(1));
  EXPECT_THAT(execution.steps(), ElementsAre("1 store x = 1", "2 store x = 4", "0 store x = 5"));
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(Failure, AFailedAssertionReleasesNothing) {
  bool destroyed_late = false;
  const auto execution = run(
      [&] {
        sim::mutex m{"m"};
        sim::atomic<int> x{0, "x"};
        sim::thread fails{[&] {
          const std::lock_guard guard{m};
          SIM_ASSERT(false);
        }};
        sim::thread waits{[&] {
          x.store(1);
          const std::lock_guard guard{m};
          if (!sim::Engine::current_or_null()->draining()) ADD_FAILURE() << "got the mutex";
          destroyed_late = true;
        }};
        fails.join();
        waits.join();
      },
      {}, kGoOn);
  // This is not reported as a deadlock, because it is a consequence of the first failure.
  EXPECT_EQ(execution.outcome.summary(), "assertion \"false\"");
  EXPECT_THAT(execution.steps(), ElementsAre("1 lock m", "2 store x = 1"));
  EXPECT_TRUE(destroyed_late);
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(Failure, CountsDifferBetweenTheModesAsTheyMust) {
  // Two tasks of two steps; the first fails after its first step. If the execution continues, the
  // failed task has one step, so there are 3 maximal orders. If it stops, 0, 1 or 2 steps of the
  // second task come before the failure.
  const sim::Body body = [] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      x.load();
      SIM_ASSERT(false);
      x.load();
    }};
    sim::thread b{[&] {
      x.load();
      x.load();
    }};
    a.join();
    b.join();
  };
  const Tally stopped = run_all(body);
  EXPECT_EQ(stopped.executions, 3U);
  EXPECT_EQ(stopped.failures, 3U);
  const Tally maximal = run_all(body, kGoOn);
  EXPECT_EQ(maximal.executions, 3U);
  // The failure depends on a race: it occurs in 1 order of 6, and all 6 are explored.
  const Tally race = run_all(
      [] {
        sim::atomic<int> x{0};
        sim::thread a{[&] {
          const int before = x.load();
          SIM_EXPECT(x.load() == before || before == 2);
        }};
        sim::thread b{[&] {
          x.store(1);
          x.store(2);
        }};
        a.join();
        b.join();
      },
      kGoOn);
  // With task a: L L and task b: 1 2, the two loads differ in the orders L1L2, L12L and 1L2L, 3 of
  // 6.
  EXPECT_EQ(race.executions, 6U);
  EXPECT_EQ(race.count("assertion \"x.load() == before || before == 2\""), 3U);
}

TEST(Failure, AnUncaughtExceptionIsTheOutcomeWithItsText) {
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    const LeakOnPurpose leak;
    bool unwound = false;
    const auto execution = run(
        [&] {
          sim::atomic<int> x{0, "x"};
          sim::thread t{[&] {
            struct Guard {
              bool& unwound;
              ~Guard() { unwound = true; }
            };
            const Guard guard{unwound};
            x.store(1);
            throw std::runtime_error("out of money");
          }};
          sim::thread other{[&] { x.store(2); }};
          other.join();
          t.join();
          x.store(3);
        },
        {}, options);
    EXPECT_EQ(execution.outcome.summary(), "uncaught-exception out of money");
    EXPECT_EQ(execution.outcome.task, sim::task_at(1));
    EXPECT_EQ(execution.abandoned, 1U);
    EXPECT_FALSE(unwound);  // the stack is not unwound if nobody catches the exception
    EXPECT_EQ(execution.trace.size(), options.after_failure == sim::AfterFailure::stop ? 1U : 2U);
  }
}

TEST(Failure, OtherWaysToTerminateAreUncaughtExceptionsToo) {
  const LeakOnPurpose leak;
  const auto summary = [](const sim::Body& body) { return run(body).outcome.summary(); };
  EXPECT_EQ(summary([] { throw 42; }),
            "uncaught-exception an exception that is not a std::exception");
  EXPECT_EQ(summary([] { std::terminate(); }),
            "uncaught-exception std::terminate was called, with no exception in flight");
  const auto thrower = [](const char* what) { throw std::logic_error(what); };
  EXPECT_EQ(summary([&]() noexcept { thrower("from noexcept"); }),
            "uncaught-exception from noexcept");
  // An exception that would be caught if a destructor did not throw another one. Which of the two
  // is the current exception depends on the C++ runtime.
  EXPECT_THAT(summary([&] {
                struct Guard {
                  decltype(thrower)& call;
                  ~Guard() { call("out of a destructor"); }  // NOLINT(bugprone-exception-escape)
                };
                try {
                  const Guard guard{thrower};
                  thrower("to be caught");
                } catch (const std::logic_error&) {
                }
              }),
              testing::StartsWith("uncaught-exception "));
}

TEST(Failure, InTheTestBodyItselfIsReportedLikewise) {
  const LeakOnPurpose leak;
  const auto execution = run([] {
    sim::atomic<int> x{0};
    sim::thread t{[&] { x.store(1); }};
    throw std::runtime_error("main");
  });
  EXPECT_EQ(execution.outcome.summary(), "uncaught-exception main");
  EXPECT_EQ(execution.outcome.task, sim::kMainTask);
}

TEST(Failure, TheFirstOfSeveralIsTheOutcome) {
  // Both fail. The outcome is the failure of the task that steps first, and the other failure
  // changes nothing.
  const LeakOnPurpose leak;
  const sim::Body body = [] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      x.load();
      SIM_ASSERT(false);
    }};
    sim::thread b{[&] {
      x.load();
      throw std::runtime_error("b");
    }};
    a.join();
    b.join();
  };
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    const Tally tally = run_all(body, options);
    EXPECT_EQ(tally.executions, 2U);
    EXPECT_EQ(tally.count("assertion \"false\""), 1U);
    EXPECT_EQ(tally.count("uncaught-exception b"), 1U);
  }
}

TEST(Failure, WithoutAnObserverThereIsNoTextButAllElse) {
  sim::Engine engine;
  sim::test::InOrder strategy{{}};
  const sim::Outcome& outcome = engine.run([] { SIM_EXPECT(false); }, strategy);
  EXPECT_EQ(outcome.kind, sim::OutcomeKind::assertion);
  EXPECT_EQ(outcome.task, sim::kMainTask);
  EXPECT_NE(outcome.group, 0U);
  EXPECT_TRUE(outcome.message().empty());
}

TEST(Failure, GroupsTellPlacesApart) {
  sim::Engine engine;
  const auto group_of = [&](int which) {
    sim::test::InOrder strategy{{}};
    return engine
        .run(
            [which] {
              SIM_EXPECT(which != 0);
              SIM_EXPECT(which != 1);
            },
            strategy)
        .group;
  };
  EXPECT_EQ(group_of(0), group_of(0));
  EXPECT_NE(group_of(0), group_of(1));
}

/// Fails as a check of another library would.
void note_failure(const char* message, std::uint32_t line = 7) {
  sim::Engine::current(sim::SourceLocation::current())
      .fail_at_next_point(sim::OutcomeKind::assertion, message, {"dir/other.cpp", line});
}

TEST(Failure, OneThatIsNotedIsCutAtTheNextSchedulingPoint) {
  bool went_on = false;
  const auto execution = run([&] {
    sim::atomic<int> x{0, "x"};
    x.store(1);
    note_failure("the first");
    note_failure("the second");
    went_on = !sim::Engine::current_or_null()->draining();
    x.store(2);
  });
  EXPECT_TRUE(went_on);
  EXPECT_EQ(execution.outcome.summary(), "assertion the first");
  EXPECT_EQ(execution.outcome.place(), "other.cpp:7");
  EXPECT_EQ(execution.outcome.task, sim::kMainTask);
  EXPECT_THAT(execution.steps(), ElementsAre("0 store x = 1"));
}

TEST(Failure, OneThatIsNotedIsCutAtAChoiceToo) {
  const auto execution = run([] {
    note_failure("before the choice");
    sim::choose(3);
  });
  EXPECT_EQ(execution.outcome.summary(), "assertion before the choice");
  EXPECT_TRUE(execution.trace.empty());
}

TEST(Failure, OneThatIsNotedAtTheEndOfATaskIsTheOutcomeToo) {
  const auto execution = run([] {
    sim::atomic<int> x{0, "x"};
    sim::thread t{[] { note_failure("at the end"); }};
    x.store(1);
    t.join();
  });
  EXPECT_EQ(execution.outcome.summary(), "assertion at the end");
  EXPECT_EQ(execution.outcome.task, sim::task_at(1));
  EXPECT_TRUE(execution.trace.empty());
}

TEST(Failure, BehindOneThatIsNotedATaskMayReturnWithoutItsJoins) {
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    const auto execution = run(
        [] {
          sim::atomic<int> x{0, "x"};
          sim::thread t{[&] { x.store(1); }};
          note_failure("returns");
        },
        {}, options);
    EXPECT_EQ(execution.outcome.summary(), "assertion returns");
    EXPECT_EQ(execution.abandoned, 0U);
    // If the execution continues, the other task does this.
    EXPECT_EQ(execution.trace.size(), options.after_failure == sim::AfterFailure::stop ? 0U : 1U);
  }
}

TEST(Failure, OneThatIsNotedGoesOnWhereAsked) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        note_failure("goes on");
        x.store(static_cast<int>(sim::choose(2)));
      },
      {1}, kGoOn);
  EXPECT_EQ(execution.outcome.summary(), "assertion goes on");
  EXPECT_EQ(execution.trace.size(), 2U);
}

TEST(Failure, ThoseThatAreNotedAreGroupedByPlaceWhateverTheySay) {
  const auto group = [](const char* message, std::uint32_t line) {
    return run([=] { note_failure(message, line); }).outcome.group;
  };
  EXPECT_EQ(group("1 is not 2", 7), group("1 is not 3", 7));
  EXPECT_NE(group("1 is not 2", 7), group("1 is not 2", 8));
}

TEST(Failure, AnEngineInsideATaskIsRefused) {
  bool refused = false;
  run([&] {
    sim::Engine inner;
    sim::test::InOrder strategy{{}};
    try {
      inner.run([] {}, strategy);
    } catch (const sim::UsageError&) {
      refused = true;
    }
  });
  EXPECT_TRUE(refused);
}

TEST(Failure, AnEngineThatFindsNoMemoryLeavesTheThreadUsable) {
  sim::EngineOptions options;
  options.stack_bytes = std::size_t{1} << 60U;
  sim::Engine engine{options};
  sim::test::InOrder strategy{{}};
  EXPECT_THROW(engine.run([] {}, strategy), std::bad_alloc);
  EXPECT_THROW(engine.run([] {}, strategy), std::bad_alloc);
  EXPECT_FALSE(run([] {}).outcome.failed());
}

}  // namespace
