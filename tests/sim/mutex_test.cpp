// Tests of sim::mutex: who gets it, who waits, what is misuse, and how a deadlock is reported.

#include <memory>
#include <mutex>
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
using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::ElementsAre;

TEST(Mutex, AWaitingLockIsNoStep) {
  // While one task has the mutex, the other is not enabled: 2 orders of 4 steps each.
  const Tally tally = run_all(
      [] {
        sim::mutex m;
        int inside = 0;
        const auto enter = [&] {
          m.lock();
          SIM_EXPECT(++inside == 1);
          --inside;
          m.unlock();
        };
        sim::thread a{enter};
        sim::thread b{enter};
        a.join();
        b.join();
      },
      {}, [](const sim::Engine& engine) { EXPECT_EQ(engine.trace().steps(), 4U); });
  EXPECT_EQ(tally.executions, 2U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Mutex, StepsBesideACriticalSectionInterleaveWithIt) {
  // lock, load, unlock of one task against two stores of another: C(5,2).
  const Tally tally = run_all([] {
    sim::mutex m;
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      const std::lock_guard guard{m};
      x.load();
    }};
    sim::thread b{[&] {
      x.store(1);
      x.store(2);
    }};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 10U);
}

TEST(Mutex, WorksWithTheGuardsOfTheStandard) {
  const auto execution = run([] {
    sim::mutex a{"a"};
    sim::mutex b{"b"};
    { const std::lock_guard guard{a}; }
    {
      std::unique_lock lock{a, std::defer_lock};
      SIM_EXPECT(lock.try_lock());
      lock.unlock();
      lock.lock();
      std::unique_lock moved{std::move(lock)};
      SIM_EXPECT(moved.owns_lock());
    }
    { const std::scoped_lock both{a, b}; }
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.message();
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 lock a", "0 unlock a",                                       //
                          "0 try_lock a = true", "0 unlock a", "0 lock a", "0 unlock a",  //
                          "0 lock a", "0 try_lock b = true", "0 unlock a", "0 unlock b"));
}

TEST(Mutex, ScopedLockInOppositeOrdersDoesNotDeadlock) {
  // std::lock backs off and starts with the other mutex. Both tasks may back off again and again,
  // so the exploration is bounded in steps: an execution that ends must not be a deadlock.
  sim::EngineOptions options;
  options.steps_max = 14;
  const Tally tally = run_all(
      [] {
        sim::mutex a;
        sim::mutex b;
        sim::thread one{[&] { const std::scoped_lock both{a, b}; }};
        sim::thread two{[&] { const std::scoped_lock both{b, a}; }};
        one.join();
        two.join();
      },
      options);
  EXPECT_GT(tally.count("passed"), 0U);
  for (const auto& [summary, count] : tally.outcomes) {
    EXPECT_TRUE(summary == "passed" || summary.starts_with("step-bound")) << summary;
  }
}

TEST(Mutex, TryLockFailsWhileItIsHeldAndIsThenARead) {
  // lock and unlock of one task with one try_lock: it comes first (and then unlocks, too), between,
  // or last.
  int taken = 0;
  int refused = 0;
  const Tally tally = run_all(
      [&] {
        sim::mutex m{"m"};
        sim::thread a{[&] { const std::lock_guard guard{m}; }};
        sim::thread b{[&] {
          const bool got = m.try_lock();
          ++(got ? taken : refused);
          if (got) m.unlock();
        }};
        a.join();
        b.join();
      },
      {},
      [](const sim::Engine& engine) {
        for (const sim::TraceEntry& entry : engine.trace().entries()) {
          if (entry.kind != sim::OperationKind::try_lock) continue;
          EXPECT_EQ(entry.failed, entry.lock_state_found() == sim::kHeldByOne);
          EXPECT_EQ(entry.is_write(), !entry.failed);
        }
      });
  // If try_lock is first, its unlock comes next, because the lock is not enabled. There are 3
  // orders.
  EXPECT_EQ(tally.executions, 3U);
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(refused, 1);
}

TEST(Mutex, ATryLockOfWhatTheTaskHoldsItselfFails) {
  const auto execution = run([] {
    sim::mutex m;
    const std::lock_guard guard{m};
    SIM_EXPECT(!m.try_lock());
  });
  EXPECT_FALSE(execution.outcome.failed());
}

TEST(Mutex, UnlockingWhatNobodyHoldsIsMisuse) {
  std::uint32_t line = 0;
  const auto execution = run([&] {
    sim::mutex m;
    line = __LINE__ + 1;
    m.unlock();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::misuse);
  EXPECT_EQ(execution.outcome.message(), "\"unlock of a mutex that nobody holds\"");
  EXPECT_EQ(execution.outcome.place(), "mutex_test.cpp:" + std::to_string(line));
  EXPECT_EQ(execution.outcome.task, sim::kMainTask);
}

TEST(Mutex, UnlockingWhatAnotherTaskHoldsIsMisuseAndReleasesNothing) {
  const sim::Body body = [] {
    sim::mutex m{"m"};
    sim::atomic<int> x{0};
    m.lock();
    sim::thread thief{[&] { m.unlock(); }};
    x.load();
    SIM_EXPECT(!m.try_lock());
    m.unlock();
    thief.join();
  };
  // The thief's unlock comes before the load, the try_lock or main's unlock: misuse. If it comes
  // after them, it unlocks a mutex that nobody holds, which is misuse, too.
  const Tally tally = run_all(body, kGoOn);
  EXPECT_EQ(tally.executions, 4U);
  EXPECT_EQ(tally.count("misuse \"unlock of a mutex that another task holds\""), 3U);
  EXPECT_EQ(tally.count("misuse \"unlock of a mutex that nobody holds\""), 1U);
  const auto execution = run(body, {0, 1});
  EXPECT_EQ(execution.outcome.task, sim::task_at(1));
}

TEST(Mutex, ATaskThatLocksWhatItHoldsIsDeadlocked) {
  const auto execution = run([] {
    sim::mutex m{"m"};
    const std::lock_guard guard{m};
    m.lock();
  });
  EXPECT_EQ(execution.outcome.summary(), "deadlock task 0 waits to lock m, held by itself");
}

TEST(Mutex, ADeadlockSaysWhoWaitsForWhatHeldByWhom) {
  // Either both take their first mutex, in 2 orders, and are deadlocked. Or one task takes both,
  // and the other one locks its first mutex after the first task's first unlock, which frees it, or
  // after its second one.
  const Tally tally = run_all([] {
    sim::mutex a{"a"};
    sim::mutex b{"b"};
    sim::thread one{[&] { const std::scoped_lock first{a}, second{b}; }};
    sim::thread two{[&] { const std::scoped_lock first{b}, second{a}; }};
    one.join();
    two.join();
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.count("deadlock task 1 waits to lock b, held by task 2; task 2 waits to lock a, "
                        "held by task 1"),
            2U);
  EXPECT_EQ(tally.count("passed"), 4U);
}

TEST(Mutex, ADeadlockOverWhatAnEndedTaskHoldsSaysSo) {
  const Tally tally = run_all([] {
    sim::mutex m{"m"};
    sim::thread forgetful{[&] { m.lock(); }};
    sim::thread patient{[&] { const std::lock_guard guard{m}; }};
    forgetful.join();
    patient.join();
  });
  // The waiting task locks and unlocks first, or waits without end.
  EXPECT_EQ(tally.executions, 2U);
  EXPECT_EQ(tally.count("deadlock task 2 waits to lock m, held by task 1, which has ended"), 1U);
}

TEST(Mutex, ADeadlockOfMainAndItsChildNamesTheLockNotTheJoin) {
  const Tally tally = run_all([] {
    sim::mutex m{"m"};
    const std::lock_guard guard{m};
    sim::thread t{[&] { m.lock(); }};
    t.join();
  });
  EXPECT_EQ(tally.executions, 1U);
  EXPECT_EQ(tally.count("deadlock task 1 waits to lock m, held by task 0"), 1U);
}

TEST(Mutex, AllWaitersAreEnabledAgainWhenItIsReleased) {
  // Main holds the mutex while three tasks wait; they then get it in any of 3! orders.
  const Tally tally = run_all([] {
    sim::mutex m;
    m.lock();
    const auto enter = [&] { const std::lock_guard guard{m}; };
    sim::thread a{enter};
    sim::thread b{enter};
    sim::thread c{enter};
    m.unlock();
    a.join();
    b.join();
    c.join();
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Mutex, UsedOutsideAnExecutionIsRefusedWithItsPlace) {
  const auto message_of = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const sim::UsageError& error) {
      return std::string{error.what()};
    }
    return std::string{"nothing was thrown"};
  };
  const int line = __LINE__ + 3;
  std::unique_ptr<sim::mutex> kept;
  run([&] { kept = std::make_unique<sim::mutex>(); });
  const std::string locked = message_of([&] { kept->lock(); });
  EXPECT_THAT(locked, testing::HasSubstr("mutex_test.cpp:" + std::to_string(line) + ": "));
}

}  // namespace
