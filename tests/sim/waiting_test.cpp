// Tests of the primitives at which tasks wait: the orders that they allow, what is misuse, and the
// bugs that they cause.

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::kGoOn;
using sim::test::LeakOnPurpose;
using sim::test::run;
using testing::ElementsAre;
using testing::StartsWith;

using Failures = std::map<std::string, std::uint64_t>;

/// Runs each function in a task, and makes the tasks in the order of the functions.
template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

/// The outcome of a body that destroys an object while a task waits for it.
template <class Make, class Wait>
std::string destroyed(const Make& make, const Wait& wait) {
  const auto execution = run([&] {
    auto object = make();
    sim::thread waiter{[&wait, &waited_for = *object] {
      const std::string owned(100, 'x');
      wait(waited_for);
      SIM_EXPECT(owned.empty());
    }};
    object.reset();
    waiter.join();
  });
  EXPECT_EQ(execution.abandoned, 0U);
  return execution.outcome.summary();
}

TEST(Waiting, NobodyGetsWhatNeverCameWhenAnExecutionEnds) {
  const LeakOnPurpose leak;
  const auto goes_on = [](const auto& wait, std::uint32_t abandoned = 0) {
    bool went_on = false;
    const auto execution = run([&] {
      sim::counting_semaphore<> permits{0};
      sim::latch all{2};
      sim::barrier<> phase{2};
      sim::atomic<int> value{0};
      sim::thread waiter{[&] {
        wait(permits, all, phase, value);
        went_on = true;
      }};
      waiter.join();
    });
    EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::deadlock);
    EXPECT_EQ(execution.abandoned, abandoned);
    return went_on;
  };
  EXPECT_FALSE(goes_on([](auto& permits, auto&, auto&, auto&) { permits.acquire(); }));
  EXPECT_FALSE(goes_on([](auto&, auto& all, auto&, auto&) { all.arrive_and_wait(); }));
  EXPECT_FALSE(goes_on([](auto&, auto&, auto& phase, auto&) { phase.arrive_and_wait(); }));
  // The wait of an atomic is noexcept, so no exception can end the task.
  EXPECT_FALSE(goes_on([](auto&, auto&, auto&, auto& value) { value.wait(0); }, 1));
}

TEST(Waiting, ForWhatIsDestroyedIsAUseAfterDestruction) {
  const auto held = [] {
    auto m = std::make_unique<sim::mutex>("m");
    m->lock();
    return m;
  };
  EXPECT_EQ(destroyed(held, [](sim::mutex& m) { m.lock(); }),
            "use-after-destruction task 1 waits to lock m, which task 0 destroys");
  const auto closed = [] { return std::make_unique<sim::latch>(1, sim::Name{"all"}); };
  EXPECT_EQ(
      destroyed(closed, [](const sim::latch& all) { all.wait(); }),
      "use-after-destruction task 1 waits for others to arrive at all, which task 0 destroys");
}

// ---------------------------------------------------------------------------------------------
// shared_mutex

TEST(SharedMutex, ReadersEnterTogetherAndWritersAlone) {
  const auto body = [] {
    sim::shared_mutex m{"m"};
    int readers = 0;
    int writers = 0;
    bool together = false;
    const auto read = [&] {
      const std::shared_lock lock{m};
      ++readers;
      sim::atomic<int>{0}.load();
      together |= readers == 2;
      SIM_EXPECT(writers == 0);
      --readers;
    };
    const auto write = [&] {
      const std::lock_guard lock{m};
      ++writers;
      sim::atomic<int>{0}.load();
      SIM_EXPECT(readers == 0 && writers == 1);
      --writers;
    };
    in_tasks(read, read, write);
  };
  EXPECT_TRUE(count_all(body).failures.empty());
  EXPECT_THAT(run(body, {1, 2, 1, 2, 1, 2, 1, 2, 3, 3, 3, 3}).steps(),
              ElementsAre("1 lock_shared m", "2 lock_shared m", "1 load 1.atomic1 = 0",
                          "2 load 2.atomic1 = 0", "1 destroy 1.atomic1", "2 destroy 2.atomic1",
                          "1 unlock_shared m", "2 unlock_shared m", "3 lock m",
                          "3 load 3.atomic1 = 0", "3 destroy 3.atomic1", "3 unlock m"));
}

TEST(SharedMutex, TheOrderOfEnteringCounts) {
  // All operations write the mutex. Two readers have C(4,2) orders, none of which is excluded. With
  // a writer, the reader comes first or last, or the writer queues while it reads.
  const auto reads = [](sim::shared_mutex& m) { return [&m] { const std::shared_lock lock{m}; }; };
  EXPECT_EQ(count_all([&] {
              sim::shared_mutex m;
              in_tasks(reads(m), reads(m));
            }),
            (Counted{6, 6, {}}));
  EXPECT_EQ(count_all([&] {
              sim::shared_mutex m;
              in_tasks(reads(m), [&m] { const std::lock_guard lock{m}; });
            }),
            (Counted{3, 3, {}}));
}

TEST(SharedMutex, ATryFailsWhileItIsHeld) {
  // try_lock comes before lock_shared (as does its unlock then, because lock_shared waits),
  // between, or after.
  int taken = 0;
  int refused = 0;
  const sim::Body body = [&] {
    sim::shared_mutex m{"m"};
    in_tasks([&] { const std::shared_lock lock{m}; },
             [&] {
               const bool got = m.try_lock();
               ++(got ? taken : refused);
               if (got) m.unlock();
             });
  };
  EXPECT_EQ(sim::test::run_all(body).executions, 3U);
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(count_all(body), (Counted{3, 3, {}}));
}

TEST(SharedMutex, AnUpgradeByTwoIsADeadlock) {
  const auto counted = count_all([] {
    sim::shared_mutex m{"m"};
    const auto upgrade = [&] {
      m.lock_shared();
      m.lock();
      m.unlock();
      m.unlock_shared();
    };
    in_tasks(upgrade);
  });
  EXPECT_EQ(counted.failures, (Failures{{"deadlock task 1 waits to lock m, held by itself", 1}}));
}

TEST(SharedMutex, SaysWhoHoldsItTogether) {
  const auto execution = run(
      [] {
        sim::shared_mutex m{"m"};
        sim::mutex never{"never"};
        never.lock();
        const auto hold = [&] {
          const std::shared_lock lock{m};
          never.lock();
        };
        in_tasks(hold, hold, [&] { m.lock(); });
      },
      {0, 1, 2});
  EXPECT_EQ(execution.outcome.summary(),
            "deadlock task 1 waits to lock never, held by task 0; task 2 waits to lock never, held "
            "by task 0; task 3 waits to lock m, held by task 1, held by task 2");
}

TEST(SharedMutex, UnlockingWhatIsNotHeldSoIsMisuse) {
  const auto summary = [](const std::function<void(sim::shared_mutex&)>& use) {
    return run([use] {
             sim::shared_mutex m;
             use(m);
           })
        .outcome.summary();
  };
  const auto not_so =
      StartsWith("misuse \"unlock of a shared_mutex that the task does not hold in this mode\"");
  EXPECT_THAT(summary([](auto& m) { m.unlock(); }), not_so);
  EXPECT_THAT(summary([](auto& m) { m.unlock_shared(); }), not_so);
  EXPECT_THAT(summary([](auto& m) {
                m.lock_shared();
                m.unlock();
              }),
              not_so);
  EXPECT_THAT(summary([](auto& m) {
                m.lock();
                m.unlock_shared();
              }),
              not_so);
  EXPECT_THAT(summary([](auto& m) {
                m.lock_shared();
                m.lock_shared();
              }),
              StartsWith("misuse \"lock_shared of a shared_mutex that the task holds already\""));
  EXPECT_THAT(
      summary([](auto& m) {
        m.lock_shared();
        static_cast<void>(m.try_lock_shared());
      }),
      StartsWith("misuse \"try_lock_shared of a shared_mutex that the task holds already\""));
}

// ---------------------------------------------------------------------------------------------
// counting_semaphore

TEST(CountingSemaphore, AdmitsAsManyAsItHasPermits) {
  const auto body = [](std::ptrdiff_t permits) {
    return [permits] {
      sim::counting_semaphore<> slots{permits, "slots"};
      int inside = 0;
      const auto enter = [&] {
        slots.acquire();
        SIM_EXPECT(++inside <= 2);
        sim::atomic<int>{0}.load();
        --inside;
        slots.release();
      };
      in_tasks(enter, enter, enter);
    };
  };
  EXPECT_TRUE(count_all(body(1)).failures.empty());
  EXPECT_TRUE(count_all(body(2)).failures.empty());
  EXPECT_EQ(count_all(body(3)).failures.size(), 1U);
}

TEST(CountingSemaphore, OfOneIsALock) {
  // As in linc(N), there are N! orders.
  const auto body = [](int tasks) {
    return [tasks] {
      sim::binary_semaphore lock{1};
      std::list<sim::thread> threads;
      for (int i = 0; i < tasks; ++i) {
        threads.emplace_back([&] {
          lock.acquire();
          lock.release();
        });
      }
      for (sim::thread& thread : threads) thread.join();
    };
  };
  EXPECT_EQ(count_all(body(2)), (Counted{2, 2, {}}));
  EXPECT_EQ(count_all(body(3)), (Counted{6, 6, {}}));
  EXPECT_EQ(count_all(body(4)), (Counted{24, 24, {}}));
}

TEST(CountingSemaphore, SignalsFromOneTaskToAnother) {
  EXPECT_EQ(count_all([] {
              sim::counting_semaphore<> done{0, "done"};
              int result = 0;
              in_tasks(
                  [&] {
                    done.acquire();
                    SIM_EXPECT(result == 42);
                  },
                  [&] {
                    result = 42;
                    done.release();
                  });
            }),
            (Counted{1, 1, {}}));
}

TEST(CountingSemaphore, APermitThatIsMissingIsADeadlock) {
  // A task releases its permits only after it has the second one, so two tasks that need two
  // permits may hold one each.
  const auto counted = count_all([] {
    sim::counting_semaphore<> forks{2, "forks"};
    const auto eat = [&] {
      forks.acquire();
      forks.acquire();
      forks.release(2);
    };
    in_tasks(eat, eat);
  });
  EXPECT_EQ(counted.failures, (Failures{{"deadlock task 1 waits to acquire forks; task 2 waits to "
                                         "acquire forks",
                                         2}}));
  // One task after the other, or each task takes one permit first, in either order.
  EXPECT_EQ(counted.traces, 4U);
}

TEST(CountingSemaphore, ATryTakesNothingWhereThereIsNothing) {
  const auto execution = run([] {
    sim::counting_semaphore<> slots{1, "slots"};
    SIM_EXPECT(slots.try_acquire());
    SIM_EXPECT(!slots.try_acquire());
    slots.release(2);
    SIM_EXPECT(slots.peek() == 2);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 try_acquire slots = 0", "0 try_acquire slots = 0 (failed)",
                          "0 release slots = 2"));
}

TEST(CountingSemaphore, MorePermitsThanItMayHaveAreMisuse) {
  const auto execution = run([] {
    sim::binary_semaphore busy{1, "busy"};
    busy.release();
  });
  EXPECT_THAT(execution.outcome.summary(),
              StartsWith("misuse \"release of more permits than the semaphore may have\""));
}

// ---------------------------------------------------------------------------------------------
// latch

TEST(Latch, OpensWhenAllHaveArrived) {
  // Two arrivals in either order, then the wait.
  EXPECT_EQ(count_all([] {
              sim::latch all{2, "all"};
              int arrived = 0;
              const auto arrive = [&] {
                ++arrived;
                all.count_down();
              };
              in_tasks(arrive, arrive, [&] {
                all.wait();
                SIM_EXPECT(arrived == 2);
              });
            }),
            (Counted{2, 2, {}}));
}

TEST(Latch, ArriveAndWaitIsTwoSteps) {
  const auto body = [] {
    sim::latch both{2, "both"};
    const auto meet = [&] { both.arrive_and_wait(); };
    in_tasks(meet, meet);
  };
  // Two orders of arrival; the waits only read.
  EXPECT_EQ(count_all(body), (Counted{4, 2, {}}));
  EXPECT_THAT(run(body, {1, 2, 1, 2}).steps(),
              ElementsAre("1 count_down both = 1", "2 count_down both = 0", "1 wait both = 0",
                          "2 wait both = 0"));
}

TEST(Latch, AnArrivalThatIsMissingIsADeadlock) {
  EXPECT_EQ(count_all([] {
              sim::latch all{2, "all"};
              in_tasks([&] { all.count_down(); }, [&] { all.wait(); });
            }),
            (Counted{1, 1, {{"deadlock task 2 waits for others to arrive at all", 1}}}));
}

TEST(Latch, ToWaitDoesNotNeedToChangeIt) {
  const auto execution = run([] {
    sim::latch all{1, "all"};
    sim::barrier<> phase{1, {}, "phase"};
    auto arrival = phase.arrive();
    all.count_down();
    std::as_const(all).wait();
    std::as_const(phase).wait(std::move(arrival));
  });
  EXPECT_THAT(execution.steps(), ElementsAre("0 arrive phase = 1", "0 count_down all = 0",
                                             "0 wait all = 0", "0 wait phase = 1"));
}

TEST(Latch, AskingDoesNotWait) {
  const auto execution = run([] {
    sim::latch all{1, "all"};
    SIM_EXPECT(!all.try_wait());
    all.count_down();
    SIM_EXPECT(all.try_wait());
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(Latch, CountingDownBelowZeroIsMisuse) {
  // Any of the three may come last.
  const auto counted = count_all([] {
    sim::latch all{2, "all"};
    const auto arrive = [&] { all.count_down(); };
    in_tasks(arrive, arrive, arrive);
  });
  EXPECT_EQ(counted.traces, 6U);
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_THAT(counted.failures.begin()->first,
              StartsWith("misuse \"count_down of a latch below zero\""));
  EXPECT_EQ(counted.failures.begin()->second, 6U);
}

// ---------------------------------------------------------------------------------------------
// barrier

TEST(Barrier, NobodyIsAPhaseAhead) {
  const auto counted = count_all([] {
    sim::barrier meeting{2};
    int phases[2]{0, 0};
    const auto work = [&](int self) {
      return [&, self] {
        for (int phase = 0; phase < 2; ++phase) {
          SIM_EXPECT(phases[1 - self] >= phase);
          ++phases[self];
          meeting.arrive_and_wait();
        }
      };
    };
    in_tasks(work(0), work(1));
  });
  // There are two orders of arrival in each phase. In addition a wait may come late, after the
  // other's next arrival.
  EXPECT_EQ(counted.failures, Failures{});
  EXPECT_EQ(counted.traces, 2U * 4);
}

TEST(Barrier, TheLastToArriveCompletesThePhase) {
  const auto body = [] {
    int completed = 0;
    const auto complete = [&]() noexcept { ++completed; };
    sim::barrier<std::function<void()>> meeting{2, complete, "meeting"};
    const auto work = [&] {
      meeting.arrive_and_wait();
      SIM_EXPECT(completed == 1);
    };
    in_tasks(work, work);
  };
  EXPECT_EQ(count_all(body).failures, Failures{});
  EXPECT_THAT(run(body, {1, 2, 2, 1, 2}).steps(),
              ElementsAre("1 arrive meeting = 1", "2 arrive meeting = 0", "2 complete meeting = 2",
                          "1 wait meeting = 2", "2 wait meeting = 2"));
}

TEST(Barrier, WhoDropsIsNotExpectedAgain) {
  const auto counted = count_all([] {
    sim::barrier meeting{2, {}, "meeting"};
    in_tasks([&] { meeting.arrive_and_drop(); },
             [&] {
               meeting.arrive_and_wait();
               meeting.arrive_and_wait();
             });
  });
  EXPECT_EQ(counted.failures, Failures{});
}

TEST(Barrier, OneWhoStaysAwayIsADeadlock) {
  const auto counted = count_all([] {
    sim::barrier meeting{2, {}, "meeting"};
    in_tasks([&] { meeting.arrive_and_wait(); },
             [&] {
               meeting.arrive_and_wait();
               meeting.arrive_and_wait();
             });
  });
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_EQ(counted.failures.begin()->first,
            "deadlock task 2 waits for others to arrive at meeting");
  EXPECT_EQ(counted.failures.begin()->second, counted.traces);
}

TEST(Barrier, MoreArrivalsThanAPhaseExpectsAreMisuse) {
  const auto execution = run([] {
    sim::barrier meeting{2, {}, "meeting"};
    static_cast<void>(meeting.arrive(3));
  });
  EXPECT_THAT(execution.outcome.summary(),
              StartsWith("misuse \"more arrivals at a barrier than it expects\""));
}

// ---------------------------------------------------------------------------------------------
// atomic::wait

TEST(AtomicWait, SleepsUntilItIsNotifiedAndLooksAgain) {
  const auto body = [] {
    sim::atomic<int> ready{0, "ready"};
    in_tasks([&] { ready.wait(0); },
             [&] {
               ready.store(1);
               ready.notify_one();
             });
  };
  EXPECT_THAT(run(body, {1, 2, 2, 1}).steps(),
              ElementsAre("1 wait ready = 0", "2 store ready = 1", "2 notify_one ready = task 1",
                          "1 wait ready = 1"));
  // The wait comes before the store, before the notify, or after it. A wait that sleeps compares
  // once more.
  EXPECT_EQ(count_all(body), (Counted{3, 3, {}}));
}

TEST(AtomicWait, AStoreWithoutANotifyIsADeadlock) {
  const auto counted = count_all([] {
    sim::atomic<int> ready{0, "ready"};
    in_tasks([&] { ready.wait(0); }, [&] { ready.store(1); });
  });
  EXPECT_EQ(counted, (Counted{2, 2, {{"deadlock task 1 waits for ready to be notified", 1}}}));
}

TEST(AtomicWait, ANotifyBeforeTheStoreIsLost) {
  // The wait before both, between them, or after both. If it is woken before the store, it compares
  // again before the store, which is too early, or after the store.
  const auto counted = count_all([] {
    sim::atomic<int> ready{0, "ready"};
    in_tasks([&] { ready.wait(0); },
             [&] {
               ready.notify_one();
               ready.store(1);
             });
  });
  EXPECT_EQ(counted, (Counted{4, 4, {{"deadlock task 1 waits for ready to be notified", 2}}}));
}

TEST(AtomicWait, ANotifyOneWakesOneOfThose) {
  const auto counted = count_all([] {
    sim::atomic<int> ready{0, "ready"};
    const auto wait = [&] { ready.wait(0); };
    in_tasks(wait, wait, [&] {
      ready.store(1);
      ready.notify_one();
    });
  });
  EXPECT_EQ(counted.failures.count("deadlock task 1 waits for ready to be notified"), 1U);
  EXPECT_EQ(counted.failures.count("deadlock task 2 waits for ready to be notified"), 1U);
  const auto all = count_all([] {
    sim::atomic<int> ready{0, "ready"};
    const auto wait = [&] { ready.wait(0); };
    in_tasks(wait, wait, [&] {
      ready.store(1);
      ready.notify_all();
    });
  });
  EXPECT_EQ(all.failures, Failures{});
}

TEST(AtomicWait, WhoSleepsWhenAnExecutionEndsIsDrained) {
  const auto execution = run(
      [] {
        sim::atomic<int> ready{0, "ready"};
        in_tasks([&] {
          while (ready.load() == 0) ready.wait(0);
        });
      },
      {}, kGoOn);
  EXPECT_EQ(execution.outcome.summary(), "deadlock task 1 waits for ready to be notified");
}

// ---------------------------------------------------------------------------------------------
// jthread

TEST(Jthread, IsAskedToStopAndJoined) {
  const auto body = [] {
    sim::atomic<int> done{0, "done"};
    {
      sim::jthread worker{[&](const sim::stop_token& stop) {
        while (!stop.stop_requested()) sim::this_thread::yield();
        done.store(1);
      }};
    }
    SIM_EXPECT(done.load() == 1);
  };
  const auto execution = run(body, {0, 1, 1, 0});
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(), ElementsAre("0 request_stop stop = true", "1 load stop = true",
                                             "1 store done = 1", "0 load done = 1"));
}

TEST(Jthread, IsNotAskedWhereNobodyCanHearIt) {
  const auto execution = run([] {
    sim::atomic<int> done{0, "done"};
    {
      const sim::jthread worker{[&] { done.store(1); }};
    }
    SIM_EXPECT(done.load() == 1);
  });
  EXPECT_THAT(execution.steps(), ElementsAre("1 store done = 1", "0 load done = 1"));
}

TEST(Jthread, OneThatIsReplacedIsJoinedFirst) {
  const auto execution = run([] {
    sim::atomic<int> done{0, "done"};
    sim::jthread worker{[&] { done.fetch_add(1); }};
    worker = sim::jthread{[&] { done.fetch_add(10); }};
    SIM_EXPECT(done.load() % 10 == 1);
    sim::jthread empty;
    swap(empty, worker);
    SIM_EXPECT(!worker.joinable() && empty.joinable());
    SIM_EXPECT(worker.get_id() == sim::thread::id{});
    SIM_EXPECT(empty.get_id() != sim::this_thread::get_id());
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(Jthread, OneThatWasMovedFromHasNobodyToAsk) {
  const auto execution = run([] {
    sim::jthread worker{[](const sim::stop_token&) {}};
    const sim::jthread moved{std::move(worker)};
    SIM_EXPECT(!worker.request_stop());
    SIM_EXPECT(!worker.get_stop_source().stop_possible());
    SIM_EXPECT(!worker.get_stop_source().stop_requested());
    SIM_EXPECT(moved.get_stop_token().stop_possible());
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(ThreadId, IsShownAsTheNumberOfItsTask) {
  std::ostringstream text;
  run([&] {
    sim::thread worker{[] {}};
    text << sim::this_thread::get_id() << ", " << worker.get_id();
    worker.join();
    text << ", " << worker.get_id();
  });
  EXPECT_EQ(text.str(), "0, 1, no task");
}

}  // namespace
