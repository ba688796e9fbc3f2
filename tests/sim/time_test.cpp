// Tests of virtual time: what moves the clock, what may time out, and how often.

#include <chrono>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::cv_status;
using sim::steady_clock;
using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using sim::test::run_all;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

std::chrono::nanoseconds now() {
  return steady_clock::now().time_since_epoch();
}

sim::Exploration explore(const sim::Body& body, const sim::Bounds& bounds = {}) {
  sim::DporStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  return sim::explore({"test", {}, body, {}, bounds}, strategy, options);
}

TEST(Time, StandsStillButWhereASleepEnds) {
  const auto execution = run([] {
    SIM_EXPECT(now() == 0ns);
    sim::this_thread::sleep_for(1h);
    sim::this_thread::sleep_until(steady_clock::time_point{30min});
    SIM_EXPECT(now() == 1h);
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 now steady_clock = 0s", "0 now steady_clock = 0s",
                          "0 sleep steady_clock = 3600s", "0 sleep steady_clock = 3600s",
                          "0 now steady_clock = 3600s"));
}

TEST(Time, AnySleepMayEndNextAndTimeNeverGoesBack) {
  std::set<std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>> woke;
  run_all([&] {
    std::chrono::nanoseconds a{};
    std::chrono::nanoseconds b{};
    in_tasks(
        [&] {
          sim::this_thread::sleep_until(steady_clock::time_point{10ms});
          a = now();
        },
        [&] {
          sim::this_thread::sleep_until(steady_clock::time_point{20ms});
          b = now();
        });
    woke.emplace(a, b);
  });
  EXPECT_THAT(woke, UnorderedElementsAre(std::pair(10ms, 20ms), std::pair(20ms, 20ms)));
}

TEST(Time, ReadsOfItCommuteAndSleepsDoNot) {
  EXPECT_EQ(count_all([] { in_tasks([] { now(); }, [] { now(); }); }).traces, 1U);
  const auto sleep = [] { sim::this_thread::sleep_until(steady_clock::time_point{1s}); };
  EXPECT_EQ(count_all([&] { in_tasks(sleep, sleep); }).traces, 2U);
  EXPECT_EQ(count_all([&] { in_tasks(sleep, [] { now(); }); }).traces, 2U);
}

TEST(Time, DoesNotOverflow) {
  const auto execution = run([] {
    sim::this_thread::sleep_for(std::chrono::hours::max());
    sim::this_thread::sleep_for(-1h);
    SIM_EXPECT(now() == std::chrono::nanoseconds::max());
  });
  EXPECT_FALSE(execution.outcome.failed());
}

TEST(Time, ASleepOrdersNoPlainData) {
  const auto all = run_all([] {
    sim::var<int> x;
    in_tasks([&] { x = 1; },
             [&] {
               sim::this_thread::sleep_for(1h);
               static_cast<void>(x.read());
             });
  });
  EXPECT_EQ(all.failures, all.executions);
}

TEST(TimedMutex, IsGivenUpOnOrHadInEachPossibleWay) {
  // The mutex is free before and after the other task holds it. The wait times out only in between.
  std::set<std::pair<bool, std::chrono::nanoseconds>> ends;
  const Counted counted = count_all([&] {
    sim::timed_mutex m{"m"};
    in_tasks([&] { const std::lock_guard held{m}; },
             [&] {
               const bool mine = m.try_lock_until(steady_clock::time_point{5ms});
               ends.emplace(mine, now());
               if (mine) m.unlock();
             });
  });
  EXPECT_EQ(counted.traces, 3U);
  EXPECT_TRUE(counted.failures.empty());
  EXPECT_THAT(ends, UnorderedElementsAre(std::pair(true, 0ns), std::pair(false, 5ms)));
}

TEST(TimedMutex, ForNoTimeOnlyTries) {
  const auto execution = run([] {
    sim::timed_mutex m{"m"};
    SIM_EXPECT(m.try_lock_for(0s));
    SIM_EXPECT(!m.try_lock_for(-1s));
    m.unlock();
  });
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 try_lock m = true", "0 try_lock m = false (failed)", "0 unlock m"));
}

TEST(TimedMutex, ThatIsHeldForEverIsNoDeadlock) {
  EXPECT_EQ(count_all([] {
              sim::timed_mutex m;
              sim::timed_mutex n;
              const auto take = [](sim::timed_mutex& first, sim::timed_mutex& second) {
                const std::lock_guard held{first};
                if (second.try_lock_for(1s)) second.unlock();
              };
              in_tasks([&] { take(m, n); }, [&] { take(n, m); });
            }).failures,
            (std::map<std::string, std::uint64_t>{}));
}

TEST(TimedWaits, OfAllKindsEndBothWays) {
  // Each wait runs in one task, while another task provides what it waits for.
  const auto both = [](const auto& wait, const auto& bring) {
    std::set<bool> results;
    run_all([&] {
      sim::shared_timed_mutex shared;
      sim::counting_semaphore<> permits{0};
      sim::promise<int> promise;
      sim::future<int> future = promise.get_future();
      shared.lock();
      in_tasks([&] { results.insert(wait(shared, permits, future)); },
               [&] { bring(permits, promise); });
      shared.unlock();
    });
    return results;
  };
  const auto nothing = [](auto&, auto&) {};
  EXPECT_THAT(both([](auto& m, auto&, auto&) { return m.try_lock_for(1s); }, nothing),
              ElementsAre(false));
  EXPECT_THAT(both([](auto& m, auto&, auto&) { return m.try_lock_shared_for(1s); }, nothing),
              ElementsAre(false));
  EXPECT_THAT(both([](auto&, auto& permits, auto&) { return permits.try_acquire_for(1s); },
                   [](auto& permits, auto&) { permits.release(); }),
              ElementsAre(false, true));
  EXPECT_THAT(both([](auto&, auto&,
                      auto& future) { return future.wait_for(1s) == sim::future_status::ready; },
                   [](auto&, auto& promise) { promise.set_value(1); }),
              ElementsAre(false, true));
}

/// The results of a wait for a notification, and their times, over all interleavings.
template <class Wait>
std::set<std::string> ends_of_wait(const Wait& wait, bool notifies) {
  std::set<std::string> ends;
  run_all([&] {
    sim::mutex m;
    sim::condition_variable changed;
    sim::thread waiter{[&] {
      std::unique_lock held{m};
      const cv_status status = wait(changed, held);
      const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now());
      ends.insert(fmt::format("{} at {}", status == cv_status::timeout ? "timeout" : "notified",
                              time.count()));
    }};
    if (notifies) {
      const std::lock_guard held{m};
      changed.notify_one();
    }
    waiter.join();
  });
  return ends;
}

TEST(TimedConditionVariable, EndsByItsTimeOrByANotification) {
  const auto wait = [](auto& changed, auto& held) { return changed.wait_for(held, 7ms); };
  EXPECT_THAT(ends_of_wait(wait, false), ElementsAre("timeout at 7"));
  EXPECT_THAT(ends_of_wait(wait, true), ElementsAre("notified at 0", "timeout at 7"));
}

TEST(TimedConditionVariable, AnswersByTheClockAlsoWhereItWasNotified) {
  std::set<std::string> answers;
  run_all([&] {
    sim::mutex m;
    sim::condition_variable changed;
    bool notified = false;
    in_tasks(
        [&] {
          std::unique_lock held{m};
          const auto status = changed.wait_until(held, steady_clock::time_point{1ms});
          answers.insert(fmt::format("{}{}", notified ? "notified, " : "",
                                     status == cv_status::timeout ? "timeout" : "in time"));
        },
        [&] {
          {
            const std::lock_guard held{m};
            notified = true;
            changed.notify_one();
          }
          sim::this_thread::sleep_until(steady_clock::time_point{1s});
        });
  });
  EXPECT_THAT(answers, UnorderedElementsAre("timeout", "notified, in time", "notified, timeout"));
}

TEST(TimedConditionVariable, AnswersByTheClockAlsoWhereNoTimeOutIsLeft) {
  const auto found = explore(
      [] {
        sim::mutex m;
        sim::condition_variable changed;
        sim::thread late{[&] {
          sim::this_thread::sleep_until(steady_clock::time_point{20ms});
          const std::lock_guard held{m};
          changed.notify_one();
        }};
        {
          std::unique_lock held{m};
          const auto status = changed.wait_until(held, steady_clock::time_point{10ms});
          SIM_EXPECT(status == cv_status::timeout);
        }
        late.join();
      },
      {.timeouts = 0});
  EXPECT_EQ(found.failures, 0U);
}

TEST(Time, PointsMayBeOfAnyDuration) {
  const auto execution = run([] {
    using Milliseconds = std::chrono::time_point<steady_clock, std::chrono::milliseconds>;
    sim::timed_mutex m;
    m.lock();
    SIM_EXPECT(!m.try_lock_until(Milliseconds{3ms}));
    SIM_EXPECT(now() == 3ms);
    sim::this_thread::sleep_until(steady_clock::now() + std::chrono::duration<double>(0.5));
    SIM_EXPECT(now() == 503ms);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(TimedConditionVariable, WithAPredicateAnswersWithIt) {
  const auto found = explore([] {
    sim::mutex m;
    sim::condition_variable_any changed;
    bool set = false;
    in_tasks(
        [&] {
          std::unique_lock held{m};
          SIM_EXPECT(changed.wait_for(held, 1s, [&] { return set; }) == set);
        },
        [&] {
          const std::lock_guard held{m};
          set = true;
          changed.notify_all();
        });
  });
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.failures, 0U);
}

// A loop that waits repeatedly never ends by itself. The bound limits its time-outs.
void wait_again_and_again() {
  sim::mutex m;
  sim::condition_variable changed;
  bool set = false;
  in_tasks(
      [&] {
        std::unique_lock held{m};
        while (!set) changed.wait_for(held, 1s);
      },
      [&] {
        const std::lock_guard held{m};
        set = true;
        changed.notify_one();
      });
}

TEST(TimeOuts, AreBoundedAndASearchThatMetTheBoundIsNotComplete) {
  std::uint64_t executions = 0;
  for (const std::uint32_t timeouts : {0U, 1U, 2U}) {
    SCOPED_TRACE(timeouts);
    const auto found = explore(wait_again_and_again, {.timeouts = timeouts});
    EXPECT_EQ(found.reason, sim::StopReason::exhausted);
    EXPECT_EQ(found.failures, 0U);
    EXPECT_GT(found.bounded, 0U);
    EXPECT_FALSE(found.complete);
    EXPECT_GT(found.executions, executions);
    executions = found.executions;
  }
}

TEST(TimeOuts, AreBoundedForEachTask) {
  const auto body = [](int waits) {
    return [waits] {
      sim::timed_mutex m;
      m.lock();
      const auto give_up = [&m, waits] {
        for (int i = 0; i < waits; ++i) SIM_EXPECT(!m.try_lock_for(1s));
      };
      in_tasks(give_up, give_up);
    };
  };
  EXPECT_TRUE(explore(body(1)).complete);
  EXPECT_EQ(explore(body(2)).bounded, explore(body(2)).executions);
  EXPECT_TRUE(explore(body(2), {.timeouts = 2}).complete);
}

TEST(TimeOuts, WhoHasNoneLeftWaitsAndIsNoDeadlock) {
  const auto found = explore([] {
    sim::timed_mutex m;
    m.lock();
    sim::thread task{[&] {
      while (!m.try_lock_for(1s)) {
      }
    }};
    task.join();
  });
  EXPECT_EQ(found.failures, 0U);
  EXPECT_EQ(found.bounded, 1U);
}

TEST(TimeOuts, OthersThatWaitForEachOtherAreADeadlockAllTheSame) {
  const auto found = explore([] {
    sim::timed_mutex held;
    held.lock();
    sim::mutex m{"m"};
    sim::thread patient{[&] {
      while (!held.try_lock_for(1s)) {
      }
    }};
    sim::thread stuck{[&] {
      m.lock();
      m.lock();
    }};
    patient.join();
    stuck.join();
  });
  EXPECT_EQ(found.failures, found.executions);
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].recording.outcome.message(), "task 2 waits to lock m, held by itself");
}

// The choice points that a bound allows: spurious wake-ups, and weak operations that fail.

TEST(Spurious, HappensOnlyWhereItIsAskedFor) {
  const auto body = [] {
    sim::mutex m;
    sim::condition_variable changed;
    bool set = false;
    in_tasks(
        [&] {
          std::unique_lock held{m};
          if (!set) changed.wait(held);
          SIM_EXPECT(set);
        },
        [&] {
          const std::lock_guard held{m};
          set = true;
          changed.notify_one();
        });
  };
  EXPECT_EQ(explore(body).failures, 0U);
  EXPECT_TRUE(explore(body).complete);
  const auto found = explore(body, {.spurious = 1});
  EXPECT_EQ(found.failures, 1U);
  EXPECT_EQ(found.groups.at(0).recording.outcome.message(), "\"set\"");
}

TEST(Spurious, AWeakCompareExchangeFailsOnceForEachThatIsAllowed) {
  const auto failures = [](std::uint32_t spurious) {
    std::set<int> seen;
    const auto found = explore(
        [&seen] {
          sim::atomic<int> x{0, "x"};
          int failed = 0;
          for (int expected = 0; !x.compare_exchange_weak(expected, 1);) {
            SIM_EXPECT(expected == 0);
            ++failed;
          }
          seen.insert(failed);
        },
        {.spurious = spurious});
    EXPECT_EQ(found.failures, 0U);
    EXPECT_EQ(found.executions, spurious + 1);
    return seen;
  };
  EXPECT_THAT(failures(0), ElementsAre(0));
  EXPECT_THAT(failures(1), ElementsAre(0, 1));
  EXPECT_THAT(failures(3), ElementsAre(0, 1, 2, 3));
}

TEST(Spurious, AStrongOneNeverDoes) {
  const auto found = explore(
      [] {
        sim::atomic<int> x{0};
        int expected = 0;
        SIM_EXPECT(x.compare_exchange_strong(expected, 1));
      },
      {.spurious = 2});
  EXPECT_EQ(found.failures, 0U);
  EXPECT_TRUE(found.complete);
}

TEST(Spurious, MayComeBesideATimeOut) {
  // There is one execution each in which the wait times out, is notified, or wakes spuriously.
  std::set<std::string> ends;
  sim::EngineOptions options;
  options.bounds.spurious = 1;
  run_all(
      [&] {
        sim::mutex m;
        sim::condition_variable changed;
        std::unique_lock held{m};
        const auto status = changed.wait_for(held, 3ms);
        ends.insert(fmt::format("{} {}", status == cv_status::timeout ? "timeout" : "no timeout",
                                now() == 3ms ? "late" : "early"));
      },
      options);
  EXPECT_THAT(ends, testing::Contains("timeout late"));
}

}  // namespace
