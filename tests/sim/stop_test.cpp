// Tests of stop tokens, their callbacks, and waits that a stop request ends.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::stop_callback;
using sim::test::count_all;
using sim::test::run;
using sim::test::run_all;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(StopCallback, IsCalledByWhoRequestsTheStopInTheirOrder) {
  std::vector<int> called;
  const auto execution = run([&] {
    sim::stop_source source;
    const stop_callback one{source.get_token(), [&] { called.push_back(1); }};
    const stop_callback two{source.get_token(), [&] { called.push_back(2); }};
    SIM_EXPECT(source.request_stop());
    SIM_EXPECT(!source.request_stop());
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(called, ElementsAre(1, 2));
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 register stop = false", "0 register stop = false",
                          "0 request_stop stop = true", "0 called stop = true",
                          "0 called stop = true", "0 request_stop stop = true",
                          "0 deregister stop = true", "0 deregister stop = true"));
}

TEST(StopCallback, IsCalledAtOnceBehindTheRequest) {
  bool called = false;
  run([&] {
    sim::stop_source source;
    source.request_stop();
    const stop_callback late{source.get_token(), [&] { called = true; }};
    SIM_EXPECT(called);
  });
  EXPECT_TRUE(called);
}

TEST(StopCallback, OfATokenThatNobodyCanStopDoesNothing) {
  const auto execution = run([] { const stop_callback none{sim::stop_token{}, [] {}}; });
  EXPECT_THAT(execution.steps(), IsEmpty());
}

TEST(StopCallback, IsOverOnceItIsDestroyed) {
  // The destructor of the callback waits while another task calls it, so that the call never uses
  // destroyed objects.
  const auto all = run_all([] {
    sim::stop_source source;
    bool there = true;
    int calls = 0;
    sim::atomic<int> steps{0};
    sim::thread stopper{[&] { source.request_stop(); }};
    {
      const stop_callback callback{source.get_token(), [&] {
                                     SIM_EXPECT(there);
                                     ++steps;
                                     SIM_EXPECT(there);
                                     ++calls;
                                   }};
    }
    there = false;
    stopper.join();
    SIM_EXPECT(calls <= 1);
  });
  EXPECT_GT(all.executions, 3U);
  EXPECT_EQ(all.failures, 0U);
}

TEST(StopCallback, MayDestroyItself) {
  const auto execution = run([] {
    sim::stop_source source;
    struct Callback {
      std::function<void()> function;
      void operator()() const { function(); }
    };
    std::unique_ptr<stop_callback<Callback>> callback;
    callback = std::make_unique<stop_callback<Callback>>(source.get_token(),
                                                         Callback{[&] { callback.reset(); }});
    source.request_stop();
    SIM_EXPECT(callback == nullptr);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(StopCallback, ThatThrowsTerminates) {
  const sim::test::LeakOnPurpose leak;  // what an exception leaves is not unwound
  const auto execution = run([] {
    sim::stop_source source;
    const stop_callback callback{source.get_token(), [] { throw std::runtime_error("thrown"); }};
    source.request_stop();
  });
  EXPECT_EQ(execution.outcome.summary(), "uncaught-exception thrown");
}

TEST(StopCallback, AllInterleavingsAreSearched) {
  const auto counted = count_all([] {
    sim::stop_source source;
    int calls = 0;
    sim::thread one{[&] { const stop_callback callback{source.get_token(), [&] { ++calls; }}; }};
    sim::thread two{[&] { source.request_stop(); }};
    one.join();
    two.join();
    SIM_EXPECT(calls < 2);
  });
  // The request comes before the callback is registered, while it is registered, or after it is
  // deregistered. In the second case the callback has returned before it is deregistered, or the
  // deregistration waits for it.
  EXPECT_EQ(counted.traces, 4U);
  EXPECT_TRUE(counted.failures.empty());
}

TEST(StopSource, IsComparedSwappedAndEmptyAsTheStandardsIs) {
  const auto execution = run([] {
    sim::stop_source one;
    sim::stop_source none{sim::nostopstate};
    SIM_EXPECT(!none.stop_possible() && !none.request_stop());
    SIM_EXPECT(one.get_token() == one.get_token() && one != none);
    swap(one, none);
    SIM_EXPECT(none.stop_possible() && !one.stop_possible());
    sim::jthread nobody;
    SIM_EXPECT(!nobody.request_stop() && !nobody.get_stop_token().stop_possible());
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(StopSource, OfAJthreadIsTheSameObjectWhoeverAsksForItFirst) {
  const auto counted = count_all([] {
    sim::jthread asked{[] {}};
    sim::thread one{[&] { asked.request_stop(); }};
    sim::thread two{[&] { static_cast<void>(asked.get_stop_token().stop_requested()); }};
    one.join();
    two.join();
  });
  EXPECT_EQ(counted.traces, 2U);
}

TEST(StoppableWait, IsNeverSleptThrough) {
  const auto counted = count_all([] {
    sim::mutex m;
    sim::condition_variable_any changed;
    sim::jthread waiter{[&](const sim::stop_token& stop) {
      std::unique_lock held{m};
      SIM_EXPECT(!changed.wait(held, stop, [] { return false; }));
      SIM_EXPECT(held.owns_lock());
    }};
    waiter.request_stop();
  });
  EXPECT_TRUE(counted.failures.empty());
}

TEST(StoppableWait, EndsByANotificationToo) {
  const auto counted = count_all([] {
    sim::mutex m;
    sim::condition_variable_any changed;
    bool set = false;
    sim::stop_source never;
    sim::thread waiter{[&] {
      std::unique_lock held{m};
      SIM_EXPECT(changed.wait(held, never.get_token(), [&] { return set; }));
    }};
    {
      const std::lock_guard held{m};
      set = true;
    }
    changed.notify_one();
    waiter.join();
  });
  EXPECT_TRUE(counted.failures.empty());
}

TEST(StoppableWait, WithATimeEndsByWhateverComesFirst) {
  std::set<std::string> ends;
  run_all([&] {
    sim::mutex m;
    sim::condition_variable_any changed;
    sim::stop_source source;
    sim::thread waiter{[&] {
      std::unique_lock held{m};
      const bool set =
          changed.wait_for(held, source.get_token(), std::chrono::seconds{1}, [] { return false; });
      SIM_EXPECT(!set);
      const bool stopped = source.stop_requested();
      ends.insert(fmt::format("{}, {}", stopped ? "stopped" : "not stopped",
                              sim::steady_clock::now() == sim::steady_clock::time_point{}
                                  ? "before its time"
                                  : "at its time"));
    }};
    source.request_stop();
    waiter.join();
  });
  EXPECT_THAT(ends, testing::IsSupersetOf({"stopped, before its time", "stopped, at its time",
                                           "not stopped, at its time"}));
  EXPECT_EQ(ends.size(), 3U);
}

}  // namespace
