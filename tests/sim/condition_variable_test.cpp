// Tests of sim::condition_variable and sim::condition_variable_any: the steps of a wait, who is
// woken, and the bugs that wrong use causes.

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay_strategy.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/bounded.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using testing::ElementsAre;

/// One task waits until another one has called `tell`.
template <class Tell>
sim::Body told_by(const Tell& tell) {
  return [tell] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    bool ready = false;
    sim::thread waiter{[&] {
      std::unique_lock lock{m};
      told.wait(lock, [&] { return ready; });
    }};
    sim::thread teller{[&] { tell(m, told, ready); }};
    waiter.join();
    teller.join();
  };
}

void tell_under_the_mutex(sim::mutex& m, sim::condition_variable& told, bool& ready) {
  {
    const std::lock_guard lock{m};
    ready = true;
  }
  told.notify_one();
}

TEST(ConditionVariable, AWaitReleasesAndTakesAgain) {
  const auto execution = run(told_by(tell_under_the_mutex), {1, 1, 2, 2, 2, 1, 1});
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(),
              ElementsAre("1 lock m", "1 wait told", "2 lock m", "2 unlock m",
                          "2 notify_one told = task 1", "1 reacquire m", "1 unlock m"));
}

TEST(ConditionVariable, WhoIsNotAskedToWaitIsNotWoken) {
  // If the waiter is first, one order follows. If the teller is first, its notify finds no waiter
  // and comes before, between or after the waiter's lock and unlock.
  EXPECT_EQ(count_all(told_by(tell_under_the_mutex)), (Counted{1 + 3, 2, {}}));
}

TEST(ConditionVariable, ANotifyBeforeTheChangeIsLost) {
  // Either the waiter sleeps, is woken too early and sleeps again, or it has not slept yet.
  const auto counted = count_all(told_by([](auto& m, auto& told, bool& ready) {
    told.notify_one();
    const std::lock_guard lock{m};
    ready = true;
  }));
  EXPECT_EQ(
      counted.failures,
      (std::map<std::string, std::uint64_t>{{"deadlock task 1 waits for told to be notified", 2}}));
  EXPECT_EQ(counted.traces, 4U);
}

TEST(ConditionVariable, AChangeWithoutANotifyIsFound) {
  const auto counted = count_all(told_by([](auto& m, auto&, bool& ready) {
    const std::lock_guard lock{m};
    ready = true;
  }));
  EXPECT_EQ(counted, (Counted{2, 2, {{"deadlock task 1 waits for told to be notified", 1}}}));
}

TEST(ConditionVariable, ANotifyThatComesTooEarlyIsNoted) {
  // The waiter makes the steps lock and wait and, after the notify, reacquire and unlock. The
  // notify has 3 places, 2 of which are too early.
  const auto counted = count_all([] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    sim::thread waiter{[&] {
      std::unique_lock lock{m};
      told.wait(lock);
    }};
    told.notify_one();
    waiter.join();
  });
  EXPECT_EQ(counted, (Counted{3, 2, {{"deadlock task 1 waits for told to be notified", 1}}}));
}

sim::Body two_wait(void (sim::condition_variable::*notify)(sim::SourceLocation)) {
  return [notify] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    const auto wait = [&] {
      std::unique_lock lock{m};
      told.wait(lock);
    };
    sim::thread a{wait};
    sim::thread b{wait};
    sim::thread c{[&] { (told.*notify)(sim::SourceLocation::current()); }};
    a.join();
    b.join();
    c.join();
  };
}

TEST(ConditionVariable, ANotifyOneBranchesOverThoseWhoSleep) {
  // Two orders of the waits, and for each: the notify before both; between them, and the task that
  // is woken is back before the other has come, or is not; after both, waking either.
  const auto counted = count_all(two_wait(&sim::condition_variable::notify_one));
  EXPECT_EQ(counted.traces, 2U * (1 + 2 + 2));
  // At most one task is woken.
  std::uint64_t failures = 0;
  for (const auto& [failure, count] : counted.failures) failures += count;
  EXPECT_EQ(failures, counted.traces);
}

TEST(ConditionVariable, ANotifyAllWakesAllWhoSleep) {
  // The orders are those of notify_one, except that after both waits it wakes both tasks, which
  // continue in either order.
  const auto counted = count_all(two_wait(&sim::condition_variable::notify_all));
  EXPECT_EQ(counted.traces, 2U * (1 + 2 + 2));
  std::uint64_t failures = 0;
  for (const auto& [failure, count] : counted.failures) failures += count;
  EXPECT_EQ(failures, 2U * (1 + 2));
}

TEST(ConditionVariable, IfInsteadOfWhileIsFound) {
  // Two tasks take from a queue that gets one item. The task that is woken may find the queue
  // empty.
  const auto takers = [](bool looks_again) {
    return [looks_again] {
      sim::mutex m{"m"};
      sim::condition_variable filled{"filled"};
      int items = 0;
      bool closed = false;
      const auto take = [&] {
        std::unique_lock lock{m};
        const auto ready = [&] { return items > 0 || closed; };
        if (looks_again) {
          filled.wait(lock, ready);
        } else if (!ready()) {
          filled.wait(lock);
        }
        if (closed) return;
        SIM_EXPECT(items > 0);
        --items;
      };
      sim::thread a{take};
      sim::thread b{take};
      {
        const std::lock_guard lock{m};
        ++items;
      }
      filled.notify_one();
      {
        const std::lock_guard lock{m};
        closed = true;
      }
      filled.notify_all();
      a.join();
      b.join();
    };
  };
  EXPECT_TRUE(count_all(takers(true)).failures.empty());
  const auto failures = count_all(takers(false)).failures;
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_THAT(failures.begin()->first, testing::StartsWith("assertion \"items > 0\""));
}

TEST(ConditionVariable, WaitingWithoutTheMutexIsMisuse) {
  const auto execution = run([] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    std::unique_lock lock{m, std::defer_lock};
    told.wait(lock);
  });
  EXPECT_THAT(
      execution.outcome.summary(),
      testing::StartsWith("misuse \"wait on a condition_variable without holding its mutex\""));
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(ConditionVariable, WhoSleepsWhenAnExecutionEndsIsDrained) {
  const auto execution = run([] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    const std::string owned(100, 'x');
    sim::thread waiter{[&, text = owned] {
      std::unique_lock lock{m};
      told.wait(lock, [] { return false; });
      SIM_EXPECT(text.empty());
    }};
    waiter.join();
  });
  EXPECT_EQ(execution.outcome.summary(), "deadlock task 1 waits for told to be notified");
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(ConditionVariable, AnExecutionThatIsCutAtTheChoiceIsDrained) {
  // Both sleep after 4 steps. The notify is the 5th step, and the choice of the task that it wakes
  // would be the 6th.
  sim::EngineOptions options;
  options.steps_max = 5;
  const auto execution =
      run(two_wait(&sim::condition_variable::notify_one), {1, 1, 2, 2, 3}, options);
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::step_bound);
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(ConditionVariable, AScheduleNamesWhomANotifyWakes) {
  const sim::Program program{"two-wait", {}, two_wait(&sim::condition_variable::notify_one)};
  const auto found = run(program.body, {1, 1, 2, 2, 3, 1, 2, 2});
  const sim::Schedule schedule = sim::schedule_of(program, found.recording, "");
  const std::string text = sim::format_schedule(schedule);
  EXPECT_THAT(text, testing::HasSubstr("3 notify_one told = one of 2\n"
                                       "choice 3 notify -> task 2\n"
                                       "2 reacquire m\n"));
  const auto replay = [&](const std::string& changed) {
    const auto again = std::get<sim::Schedule>(sim::parse_schedule(changed));
    sim::Engine engine;
    sim::Recorder recorder;
    sim::ReplayStrategy strategy{again, recorder};
    run_once(engine, program.body, strategy, &recorder);
    return strategy.divergence() ? strategy.divergence()->message
                                 : recorder.recording().outcome.summary();
  };
  EXPECT_EQ(replay(text), found.outcome.summary());
  std::string other = text;
  other.replace(other.find("-> task 2"), 9, "-> task 7");
  EXPECT_EQ(replay(other), "expected to wake task 7 by task 3; the sleeping tasks are 1, 2");
}

TEST(ConditionVariableAny, WaitsWithALockThatOthersShare) {
  const auto body = [] {
    sim::shared_mutex m{"m"};
    sim::condition_variable_any told{"told"};
    bool ready = false;
    sim::thread waiter{[&] {
      std::shared_lock lock{m};
      told.wait(lock, [&] { return ready; });
    }};
    sim::thread teller{[&] {
      {
        const std::lock_guard lock{m};
        ready = true;
      }
      told.notify_all();
    }};
    waiter.join();
    teller.join();
  };
  EXPECT_TRUE(count_all(body).failures.empty());
  const auto execution = run(body, {1, 1, 1, 2, 2, 2, 1, 1});
  EXPECT_THAT(execution.steps(), ElementsAre("1 lock_shared m", "1 wait told", "1 unlock_shared m",
                                             "2 lock m", "2 unlock m", "2 notify_all told = task 1",
                                             "1 lock_shared m", "1 unlock_shared m"));
}

TEST(ConditionVariableAny, ANotifyBeforeTheLockIsReleasedIsNotLost) {
  // After the waiter's step "wait" a notify has 2 places, before its unlock and after it; before
  // "wait" there are 2 places, which are too early.
  const auto counted = count_all([] {
    sim::shared_mutex m{"m"};
    sim::condition_variable_any told{"told"};
    sim::thread waiter{[&] {
      std::unique_lock lock{m};
      told.wait(lock);
    }};
    told.notify_one();
    waiter.join();
  });
  EXPECT_EQ(counted.interleavings, 4U);
  EXPECT_EQ(counted.traces, 2U);
  EXPECT_EQ(counted.failures.size(), 1U);
}

TEST(ConditionVariableAny, OverAMutexItIsAConditionVariable) {
  const auto execution = run(
      [] {
        sim::mutex m{"m"};
        sim::condition_variable_any told{"told"};
        sim::thread waiter{[&] {
          std::unique_lock lock{m};
          told.wait(lock);
        }};
        told.notify_one();
        waiter.join();
      },
      {1, 1, 0, 1, 1});
  EXPECT_THAT(execution.steps(),
              ElementsAre("1 lock m", "1 wait told", "0 notify_one told = task 1", "1 reacquire m",
                          "1 unlock m"));
}

TEST(ConditionVariableAny, SaysWhatIsWaitedForWhateverTheLockDid) {
  const auto execution = run([] {
    sim::shared_mutex m{"m"};
    sim::condition_variable_any told{"told"};
    std::shared_lock lock{m};
    told.wait(lock);
  });
  EXPECT_EQ(execution.outcome.summary(), "deadlock task 0 waits for told to be notified");
}

TEST(ConditionVariableAny, WaitingWithALockThatOwnsNothingIsMisuse) {
  const auto execution = run([] {
    sim::shared_mutex m{"m"};
    sim::condition_variable_any told{"told"};
    std::shared_lock lock{m, std::defer_lock};
    told.wait(lock);
  });
  EXPECT_THAT(
      execution.outcome.summary(),
      testing::StartsWith("misuse \"wait on a condition_variable_any without holding its lock\""));
}

TEST(ConditionVariableAny, ALockThatSleepsToUnlockIsWokenByItsOwnNotifyOnly) {
  const auto body = [] {
    sim::condition_variable_any outer{"outer"};
    sim::condition_variable inner{"inner"};
    sim::mutex m{"m"};
    struct Lock {
      sim::mutex& m;
      sim::condition_variable& inner;
      void lock() {}
      void unlock() {
        std::unique_lock lock{m};
        inner.wait(lock);
      }
    } lock{m, inner};
    sim::thread waiter{[&] { outer.wait(lock); }};
    outer.notify_one();
    inner.notify_one();
    waiter.join();
  };
  const auto execution = run(body, {1, 1, 1, 0, 0, 1, 1});
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(),
              ElementsAre("1 wait outer", "1 lock m", "1 wait inner", "0 notify_one outer = task 1",
                          "0 notify_one inner = task 1", "1 reacquire m", "1 unlock m"));
  EXPECT_EQ(count_all(body).failures.size(), 2U) << "each of the notifies may come too early";
}

TEST(ConditionVariable, AWaitChangesItsMutexForAnInvariantToo) {
  // The invariant reads x and names m, so the orders of all writes to both count.
  const auto counted = count_all([] {
    sim::mutex m{"m"};
    sim::condition_variable told{"told"};
    sim::atomic<int> x{0, "x"};
    const sim::Invariant invariant{"x is small", {x.id(), m.id()}, [&] { return x.peek() < 3; }};
    sim::thread a{[&] { x.store(1); }};
    sim::thread b{[&] {
      m.lock();
      std::unique_lock lock{m, std::adopt_lock};
      told.wait(lock);
    }};
    sim::thread c{[&] { x.store(2); }};
    a.join();
    b.join();
    c.join();
  });
  EXPECT_EQ(counted.interleavings, 12U);
  EXPECT_EQ(counted.traces, 12U);
}

}  // namespace
