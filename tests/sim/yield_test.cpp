// Tests of sim::yield(), and of loops that spin with and without it.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::HasSubstr;

TEST(Yield, ASpinLoopThatYieldsEnds) {
  // The spinner's loads are held back until the other has stepped, so each of the other's k steps
  // has at most one load before it. k = 1: load first or store first.
  const auto spin = [](int steps) {
    return run_all([steps] {
      sim::atomic<int> x{0};
      sim::thread spinner{[&] {
        while (x.load() < steps) sim::yield();
      }};
      sim::thread writer{[&] {
        for (int i = 0; i < steps; ++i) x.fetch_add(1);
      }};
      spinner.join();
      writer.join();
    });
  };
  EXPECT_EQ(spin(1).executions, 2U);
  // There is one load or none before each of k writes.
  EXPECT_EQ(spin(2).executions, 4U);
  EXPECT_EQ(spin(3).executions, 8U);
  EXPECT_EQ(spin(3).failures, 0U);
}

TEST(Yield, HoldsBackOnlyTheNextOperation) {
  // a makes the steps load, yield, load, load. b's only step must come before a's second load, so b
  // is first, or directly after the first load.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      x.load();
      sim::yield();
      x.load();
      x.load();
    }};
    sim::thread b{[&] { x.store(1); }};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 2U);
}

TEST(Yield, IsNoStepAndNoChoice) {
  const auto execution = run([] {
    sim::yield();
    sim::atomic<int> x{0};
    x.load();
    sim::yield();
    sim::yield();
  });
  EXPECT_EQ(execution.trace.size(), 1U);
}

TEST(Yield, DoesNothingWhereNobodyElseCanGoOn) {
  const Tally tally = run_all([] {
    sim::mutex m;
    sim::atomic<int> x{0};
    m.lock();
    sim::thread waiting{[&] { const std::lock_guard guard{m}; }};
    x.load();
    sim::yield();
    x.load();  // the other task waits for the mutex
    m.unlock();
    waiting.join();
  });
  EXPECT_EQ(tally.executions, 1U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Yield, BeforeTheFirstOperationWaitsForThoseThatExist) {
  // b exists when c yields, but not when a yields. So a's load may come before b's store.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      sim::yield();
      x.load();
    }};
    sim::thread b{[&] { x.store(1); }};
    sim::thread c{[&] {
      sim::yield();
      x.store(2);
    }};
    a.join();
    b.join();
    c.join();
  });
  // c's store comes after b's and a's only steps, which have two orders.
  EXPECT_EQ(tally.executions, 2U);
}

TEST(Yield, ATestAndSetLockWithYieldIsALock) {
  const Tally tally = run_all([] {
    sim::atomic<bool> taken{false};
    int inside = 0;
    const auto enter = [&] {
      while (taken.exchange(true)) sim::yield();
      SIM_EXPECT(++inside == 1);
      --inside;
      taken.store(false);
    };
    sim::thread a{enter};
    sim::thread b{enter};
    a.join();
    b.join();
  });
  // For each of the two tasks that comes first, the other one tries without success between its
  // steps, or not.
  EXPECT_EQ(tally.executions, 4U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Yield, ASpinThatNobodyEndsMeetsTheStepBoundWhichNamesTheObject) {
  sim::EngineOptions options;
  options.steps_max = 100;
  const auto execution = run(
      [] {
        sim::atomic<bool> ready{false, "ready"};
        sim::thread spinner{[&] {
          while (!ready.load()) {
          }
        }};
        spinner.join();
      },
      {}, options);
  EXPECT_EQ(execution.outcome.summary(),
            "step-bound more than 100 steps in one execution; task 1 spins on ready");
  EXPECT_EQ(execution.trace.size(), 100U);
  EXPECT_EQ(execution.abandoned, 1U);  // a load is noexcept, so an exception cannot end the loop
}

TEST(Yield, FailedAttemptsCountAsSpinningToo) {
  sim::EngineOptions options;
  options.steps_max = 1000;
  const auto execution = run(
      [] {
        sim::mutex m{"m"};
        m.lock();
        while (!m.try_lock()) {
        }
      },
      {}, options);
  EXPECT_THAT(execution.outcome.message(), HasSubstr("; task 0 spins on m"));
}

TEST(Yield, AnExecutionOfExactlyTheBoundIsNotCut) {
  const sim::Body body = [] {
    sim::atomic<int> x{0};
    for (int i = 0; i < 10; ++i) x.load();
  };
  sim::EngineOptions options;
  options.steps_max = 10;
  EXPECT_FALSE(run(body, {}, options).outcome.failed());
  options.steps_max = 9;
  EXPECT_EQ(run(body, {}, options).outcome.kind, sim::OutcomeKind::step_bound);
}

TEST(Yield, ALoopThatSpinsLetsTheOthersRun) {
  // The loop is recognized when it comes to the fourth load. After it, each of the writer's steps
  // lets it make one more.
  const auto body = [] {
    sim::atomic<bool> ready{false, "ready"};
    sim::atomic<int> other{0, "other"};
    sim::thread spinner{[&] {
      while (!ready.load()) {
      }
    }};
    sim::thread writer{[&] {
      other.store(1);
      ready.store(true);
    }};
    spinner.join();
    writer.join();
  };
  const Tally tally = run_all(body);
  EXPECT_EQ(tally.failures, 0U);
  EXPECT_LT(tally.executions, 30U);
}

TEST(Yield, ALoopThatCountsOnItsStackKeepsAllItsExecutions) {
  const auto body = [](int loads) {
    return [loads] {
      sim::atomic<int> x{0};
      sim::thread reader{[&] {
        int sum = 0;
        for (int i = 0; i < loads; ++i) sum += x.load();
        SIM_ASSERT(sum >= 0);
      }};
      sim::thread writer{[&] { x.store(1); }};
      reader.join();
      writer.join();
    };
  };
  EXPECT_EQ(run_all(body(3)).executions, 4U);
  EXPECT_EQ(run_all(body(10)).executions, 11U);
  EXPECT_EQ(run_all(body(200)).executions, 201U);
}

TEST(Yield, ATestAndSetLockIsALockWithoutAYield) {
  const Tally tally = run_all([] {
    sim::atomic_flag taken;
    int inside = 0;
    const auto enter = [&] {
      while (taken.test_and_set()) {
      }
      SIM_EXPECT(++inside == 1);
      --inside;
      taken.clear();
    };
    sim::thread a{enter};
    sim::thread b{enter};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Yield, AnExplorationThatWasCutIsNotComplete) {
  sim::ExploreOptions options;
  options.all = true;
  options.engine.steps_max = 5;
  const sim::Program program{"spin", {}, [] {
                               sim::atomic<bool> ready{false};
                               sim::thread spinner{[&] {
                                 // The counter stays on the stack, so the loop does not spin.
                                 volatile int rounds = 0;
                                 while (!ready.load()) rounds = rounds + 1;
                               }};
                               ready.store(true);
                               spinner.join();
                             }};
  sim::ExhaustiveStrategy strategy;
  const sim::Exploration found = sim::explore(program, strategy, options);
  EXPECT_EQ(found.reason, sim::StopReason::exhausted);
  EXPECT_FALSE(found.complete);
  // If the store is step 1 to 4, the spinning task ends. If it is step 5, or if there are 5 loads,
  // the execution is truncated.
  EXPECT_EQ(found.executions, 6U);
  EXPECT_EQ(found.truncated, 2U);
  EXPECT_EQ(found.steps, 2U + 3U + 4U + 5U + 5U + 5U);
}

}  // namespace
