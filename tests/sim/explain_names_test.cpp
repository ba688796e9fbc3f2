// Tests of the names that explanations give to bugs: each name for programs that have the bug, and
// no name, or another one, for programs that only resemble them.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/report/cause.hpp>
#include <sim/search/bounded.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/await.hpp>
#include <sim/sync/barrier.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/shared_mutex.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/tracked.hpp>
#include <sim/sync/var.hpp>

#include <tests/sim/why.hpp>

namespace {

using namespace std::chrono_literals;

using sim::test::run_both;
using sim::test::why;
using sim::test::Why;
using testing::ElementsAre;
using testing::IsEmpty;

// Lost wake-ups.

TEST(LostWakeUp, IsANotificationBeforeTheWaitUnderTheSameMutex) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    sim::atomic<bool> ready{false, "ready"};
    const auto sleeper = [&] {
      if (ready.load()) return;
      std::unique_lock lock{mutex};
      changed.wait(lock);
    };
    const auto waker = [&] {
      const std::lock_guard lock{mutex};
      ready.store(true);
      changed.notify_one();
    };
    run_both(sleeper, waker);
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
  EXPECT_THAT(found.orders,
              ElementsAre("task 1 loads ready (step 1) before task 2 stores it (step 3)",
                          "task 2 notifies changed (step 4) before task 1 begins to wait for it "
                          "(step 7)"));
}

TEST(LostWakeUp, IsANotificationOfOneOfTwo) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    bool done = false;
    const auto sleeper = [&] {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return done; });
    };
    sim::thread one{sleeper};
    sim::thread two{sleeper};
    {
      const std::lock_guard lock{mutex};
      done = true;
      changed.notify_one();
    }
    one.join();
    two.join();
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
  // Both are necessary, although each section is kept apart from the third by the other one.
  EXPECT_EQ(found.orders.size(), 2U);
  for (const std::string& order : found.orders) {
    EXPECT_THAT(order,
                testing::ContainsRegex("task [12] locks mutex .* before the test body locks"));
  }
}

TEST(LostWakeUp, IsANotificationThatIsLeftOut) {
  const Why found = why([] {
    sim::atomic<int> waiting{0, "waiting"};
    sim::atomic<int> ready{0, "ready"};
    const auto sleeper = [&] {
      waiting.store(1);
      ready.wait(0);
    };
    const auto waker = [&] {
      const bool some = waiting.load() != 0;
      ready.store(1);
      if (some) ready.notify_one();
    };
    run_both(sleeper, waker);
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
}

TEST(LostWakeUp, IsANotificationOfAConditionVariableThatIsLeftOut) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    sim::atomic<int> waiting{0, "waiting"};
    bool ready = false;
    const auto sleeper = [&] {
      waiting.store(1);
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return ready; });
    };
    const auto waker = [&] {
      const bool some = waiting.load() != 0;
      const std::lock_guard lock{mutex};
      ready = true;
      if (some) changed.notify_one();
    };
    run_both(sleeper, waker);
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
}

TEST(LostWakeUp, IsANotificationThatAnotherTaskSwallows) {
  // The woken task finds nothing to do, because a third one came first, and does not pass it on.
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    int items = 0;
    const auto take = [&] {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return items > 0; });
      --items;
    };
    sim::thread one{take};
    sim::thread two{take};
    for (int i = 0; i < 2; ++i) {
      const std::lock_guard lock{mutex};
      if (++items == 1) changed.notify_one();
    }
    one.join();
    two.join();
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
}

TEST(LostWakeUp, IsNotASleepThatIsRight) {
  // The predicate is always false, because an increment is lost.
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    sim::atomic<int> items{0, "items"};
    const auto add = [&] {
      const int seen = items.load();
      items.store(seen + 1);
      const std::lock_guard lock{mutex};
      changed.notify_all();
    };
    sim::thread one{add};
    sim::thread two{add};
    {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return items.peek() == 2; });
    }
    one.join();
    two.join();
  });
  EXPECT_NE(found.pattern, "lost wake-up");
}

TEST(LostWakeUp, IsNotASleepWhoseNotifierIsStuck) {
  // Task 2 would notify after it has changed the value, but it waits for task 1 first.
  const Why found = why([] {
    sim::atomic<int> ready{0, "ready"};
    sim::atomic<int> other{0, "other"};
    const auto sleeper = [&] {
      ready.wait(0);
      other.store(1);
      other.notify_all();
    };
    const auto waker = [&] {
      ready.store(1);
      other.wait(0);
      ready.notify_all();
    };
    run_both(sleeper, waker);
  });
  EXPECT_NE(found.pattern, "lost wake-up");
}

// ABA.

TEST(Aba, IsMadeByTwoTasks) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    int changes = 0;
    const auto change = [&](int from, int to) {
      return [&x, &changes, from, to] {
        int seen = from;
        if (x.compare_exchange_strong(seen, to)) ++changes;
      };
    };
    sim::thread one{[&] {
      int seen = x.load();
      const int then = changes;
      if (seen == 0 && x.compare_exchange_strong(seen, 5)) SIM_EXPECT(changes == then);
    }};
    sim::thread two{change(0, 1)};
    sim::thread three{change(1, 0)};
    one.join();
    two.join();
    three.join();
  });
  EXPECT_EQ(found.pattern, "ABA");
}

TEST(Aba, IsMadeByAWriteOfTheSameValue) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    int resets = 0;
    const auto change = [&] {
      int seen = x.load();
      const int then = resets;
      if (x.compare_exchange_strong(seen, 1)) SIM_EXPECT(resets == then);
    };
    const auto reset = [&] {
      x.store(0);
      ++resets;
    };
    run_both(change, reset);
  });
  EXPECT_EQ(found.pattern, "ABA");
}

TEST(Aba, EndsInADeadlock) {
  // A task that was woken looks again only after the value has come back.
  const Why found = why([] {
    sim::atomic<int> count{0, "count"};
    const auto arrive = [&] {
      if (count.fetch_add(1) == 1) {
        count.store(0);
        count.notify_all();
        return;
      }
      for (int now = count.load(); now != 0; now = count.load()) count.wait(now);
    };
    const auto twice = [&] {
      arrive();
      arrive();
    };
    run_both(twice, twice);
  });
  EXPECT_EQ(found.pattern, "ABA");
}

TEST(Aba, IsNotALockThatIsFreeAgain) {
  // The lock was taken and released between the two looks at it, which is as it should be.
  const Why found = why([] {
    sim::atomic<int> lock{0, "lock"};
    int balance = 1;
    const auto acquire = [&] {
      int seen = 1;
      do {
        seen = sim::await(lock, [](int value) { return value == 0; });
      } while (!lock.compare_exchange_strong(seen, 1));
    };
    const auto spend = [&] {
      acquire();
      const bool enough = balance > 0;
      lock.store(0);
      acquire();
      if (enough) --balance;
      lock.store(0);
    };
    run_both(spend, spend);
    SIM_EXPECT(balance == 0);
  });
  EXPECT_NE(found.pattern, "ABA");
}

// Time-outs.

TEST(TimeOutRace, IsATimeOutBeforeTheAnswer) {
  const Why found = why([] {
    sim::binary_semaphore answer{0, "answer"};
    sim::thread server{[&] { answer.release(); }};
    const bool came = answer.try_acquire_for(10ms);
    server.join();
    SIM_EXPECT(came);
  });
  EXPECT_EQ(found.pattern, "time-out race");
  EXPECT_THAT(found.orders,
              ElementsAre("the test body times out in try_acquire_for on answer (step "
                          "2) before task 1 releases it (step 3)"));
}

TEST(TimeOutRace, IsAWaitThatTimesOut) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable changed{"changed"};
    sim::thread server{[&] { changed.notify_one(); }};
    std::unique_lock lock{mutex};
    const bool came = changed.wait_for(lock, 10ms) == std::cv_status::no_timeout;
    lock.unlock();
    server.join();
    SIM_EXPECT(came);
  });
  EXPECT_EQ(found.pattern, "time-out race");
}

TEST(TimeOutRace, IsNotATimeOutThatDoesNoHarm) {
  const Why found = why([] {
    sim::binary_semaphore answer{0, "answer"};
    sim::atomic<int> x{0, "x"};
    const auto add = [&] {
      answer.try_acquire_for(10ms);
      const int seen = x.load();
      x.store(seen + 1);
    };
    run_both(add, add);
    SIM_EXPECT(x.peek() == 2);
  });
  EXPECT_EQ(found.pattern, "lost update");
}

// Deadlocks of locks.

TEST(LockCycle, OfThreeTasks) {
  const Why found = why([] {
    std::vector<std::unique_ptr<sim::mutex>> forks;
    for (int i = 0; i < 3; ++i) forks.push_back(std::make_unique<sim::mutex>());
    std::vector<sim::thread> all;
    for (std::size_t i = 0; i < 3; ++i) {
      all.emplace_back([&, i] {
        const std::lock_guard left{*forks[i]};
        const std::lock_guard right{*forks[(i + 1) % 3]};
      });
    }
    for (sim::thread& one : all) one.join();
  });
  EXPECT_EQ(found.pattern, "lock-order cycle");
}

TEST(LockCycle, OfOneTaskThroughACallback) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    std::function<void()> callback;
    const auto notify = [&] {
      const std::lock_guard lock{mutex};
      if (callback) callback();
    };
    callback = [&] { const std::lock_guard lock{mutex}; };
    sim::thread task{notify};
    task.join();
  });
  EXPECT_EQ(found.pattern, "self-deadlock");
  EXPECT_THAT(found.orders, IsEmpty());
}

TEST(LockCycle, OfReadersThatBecomeWriters) {
  const Why found = why([] {
    sim::shared_mutex mutex{"mutex"};
    const auto upgrade = [&] {
      const std::shared_lock read{mutex};
      const std::lock_guard write{mutex};
    };
    run_both(upgrade, upgrade);
  });
  EXPECT_EQ(found.pattern, "reader-writer deadlock");
}

TEST(LockCycle, IsNotALockThatIsNeverReleased) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<bool> stop{false, "stop"};
    const auto forgets = [&] {
      mutex.lock();
      if (!stop.load()) mutex.unlock();
    };
    const auto stops = [&] {
      stop.store(true);
      const std::lock_guard lock{mutex};
    };
    run_both(forgets, stops);
  });
  EXPECT_EQ(found.pattern, "");
}

TEST(StuckBarrier, WaitsForATaskThatLeft) {
  const Why found = why([] {
    sim::barrier<> barrier{2};
    sim::atomic<bool> stop{false, "stop"};
    const auto waits = [&] {
      if (!stop.load()) barrier.arrive_and_wait();
    };
    const auto leaves = [&] { stop.store(true); };
    run_both(waits, leaves);
  });
  EXPECT_EQ(found.pattern, "stuck barrier");
}

// Initialization.

TEST(DoubleCheckedInitialization, LacksTheSecondCheck) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> instance{0, "instance"};
    int made = 0;
    const auto get = [&] {
      if (instance.load() != 0) return;
      const std::lock_guard lock{mutex};
      instance.store(++made);
    };
    run_both(get, get);
    SIM_EXPECT(made == 1);
  });
  EXPECT_EQ(found.pattern, "broken double-checked initialization");
}

TEST(DoubleCheckedInitialization, PublishesTooWeakly) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> instance{0, "instance"};
    sim::var<int> member{0, "member"};
    const auto get = [&] {
      if (instance.load(std::memory_order_relaxed) == 0) {
        const std::lock_guard lock{mutex};
        if (instance.load(std::memory_order_relaxed) == 0) {
          member = 1;
          instance.store(1, std::memory_order_relaxed);
        }
        return;
      }
      SIM_EXPECT(member.read() == 1);
    };
    run_both(get, get);
  });
  EXPECT_EQ(found.pattern, "broken double-checked initialization");
}

TEST(DoubleCheckedInitialization, PublishesTooEarly) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> instance{0, "instance"};
    sim::atomic<int> member{0, "member"};
    const auto get = [&] {
      if (instance.load() == 0) {
        const std::lock_guard lock{mutex};
        if (instance.load() == 0) {
          instance.store(1);
          member.store(1);
        }
        return;
      }
      SIM_EXPECT(member.load() == 1);
    };
    run_both(get, get);
  });
  EXPECT_EQ(found.pattern, "broken double-checked initialization");
}

TEST(DoubleCheckedInitialization, IsNotABalanceThatIsCheckedOutside) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> balance{1, "balance"};
    const auto spend = [&] {
      const int seen = balance.load();
      if (seen == 0) return;
      const std::lock_guard lock{mutex};
      balance.store(balance.peek() - 1);
    };
    run_both(spend, spend);
    SIM_EXPECT(balance.peek() == 0);
  });
  EXPECT_NE(found.pattern, "broken double-checked initialization");
}

TEST(DoubleCheckedInitialization, IsNotAnyDataRace) {
  const Why found = why([] {
    sim::atomic<int> flag{0, "flag"};
    sim::var<int> data{0, "data"};
    const auto writes = [&] {
      data = 1;
      flag.store(1, std::memory_order_relaxed);
    };
    const auto reads = [&] {
      if (flag.load(std::memory_order_relaxed) == 1) SIM_EXPECT(data.read() == 1);
    };
    run_both(writes, reads);
  });
  EXPECT_EQ(found.pattern, "data race");
}

// Reads.

TEST(AtomicityViolation, CountsDownAndLooksAgain) {
  const Why found = why([] {
    sim::atomic<int> references{2, "references"};
    int deleted = 0;
    const auto release = [&] {
      references.fetch_sub(1);
      if (references.load() == 0) ++deleted;
    };
    run_both(release, release);
    SIM_EXPECT(deleted == 1);
  });
  EXPECT_EQ(found.pattern, "atomicity violation");
}

TEST(UnrepeatableRead, IsNotACompareExchangeThatIsTriedAgain) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    const auto add = [&] {
      int seen = x.load();
      int tries = 1;
      while (!x.compare_exchange_strong(seen, seen + 1)) ++tries;
      SIM_EXPECT(tries == 1);
    };
    run_both(add, add);
  });
  EXPECT_NE(found.pattern, "unrepeatable read");
}

TEST(DoubleFree, IsNamedAfterTheSecondDestruction) {
  const Why found = why([] {
    struct Node : sim::tracked {};
    sim::atomic<int> references{2, "references"};
    alignas(Node) std::array<std::byte, sizeof(Node)> memory{};
    auto* const node = new (memory.data()) Node;
    const auto release = [&] {
      references.fetch_sub(1);
      if (references.load() == 0) node->~Node();
    };
    run_both(release, release);
  });
  EXPECT_EQ(found.pattern, "double free");
}

// Executions that do not end.

struct Endless {
  sim::Shrunk shrunk;
  sim::Explanation why;
};

/// Finds an execution that ends as `kind` within 300 steps, and shrinks and explains it.
Endless endless(const sim::Body& body, sim::OutcomeKind kind) {
  const sim::Program program{"program", {}, body};
  sim::ProbeOptions options;
  options.engine.steps_max = 300;
  sim::Prober prober{options};
  sim::BoundedStrategy few{2};
  const sim::Probe probe = prober.search(
      program, few, [&](const sim::Engine& engine) { return engine.outcome().kind == kind; });
  EXPECT_TRUE(probe.found);
  Endless found;
  found.shrunk = sim::shrink(program, probe.trace, prober);
  sim::Prober explainer{options};
  found.why = sim::explain(program, found.shrunk.recording, explainer);
  return found;
}

sim::Body spin() {
  return [] {
    sim::atomic<int> asleep{0, "asleep"};
    sim::atomic<int> woken{0, "woken"};
    const auto sleeper = [&] {
      asleep.store(1);
      while (woken.load() == 0) {
      }
    };
    const auto waker = [&] {
      if (asleep.load() == 1) woken.store(1);
    };
    run_both(sleeper, waker);
  };
}

TEST(Livelock, IsShrunkToItsLoopAndExplained) {
  const Endless found = endless(spin(), sim::OutcomeKind::step_bound);
  EXPECT_EQ(to_string(found.why.pattern), "livelock");
  EXPECT_EQ(found.shrunk.recording.steps(), 10U);
  ASSERT_EQ(found.why.necessary.size(), 1U);
  EXPECT_EQ(sim::order_text(found.shrunk.recording, found.why.necessary[0]),
            "task 2 loads asleep (step 1) before task 1 stores it (step 2)");
  EXPECT_THAT(sim::cause_text(found.shrunk.recording, found.why),
              testing::HasSubstr("Task 1 repeats step 3 without end. Another task would have to "
                                 "write woken, and none does."));
}

TEST(DeadlockOfSome, IsReportedAlthoughAnotherTaskPolls) {
  const Endless found = endless(
      [] {
        sim::mutex a{"a"};
        sim::mutex b{"b"};
        sim::atomic<bool> stop{false, "stop"};
        sim::thread poller{[&] {
          while (!stop.load()) {
          }
        }};
        sim::thread one{[&] {
          const std::lock_guard first{a};
          const std::lock_guard second{b};
        }};
        sim::thread two{[&] {
          const std::lock_guard first{b};
          const std::lock_guard second{a};
        }};
        one.join();
        two.join();
        stop.store(true);
        poller.join();
      },
      sim::OutcomeKind::deadlock);
  EXPECT_EQ(found.shrunk.recording.outcome.summary(),
            "deadlock task 2 waits to lock b, held by task 3; task 3 waits to lock a, held by task "
            "2; task 1 still runs");
  EXPECT_LE(found.shrunk.recording.steps(), 5U);
  EXPECT_EQ(to_string(found.why.pattern), "lock-order cycle");
  EXPECT_EQ(found.why.necessary.size(), 2U);
}

}  // namespace
