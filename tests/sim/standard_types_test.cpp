// Tests of packaged_task, thread_specific, and the time points of the standard's clocks.

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

// ---------------------------------------------------------------------------------------------
// packaged_task

TEST(PackagedTask, ItsResultGoesToItsFuture) {
  const auto execution = run([] {
    sim::packaged_task task{[](int value) { return value + 1; }};
    static_assert(std::is_same_v<decltype(task), sim::packaged_task<int(int)>>);
    sim::future<int> result = task.get_future();
    sim::thread runs{std::move(task), 1};
    SIM_EXPECT(result.get() == 2);
    runs.join();
    SIM_EXPECT(!task.valid());
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(), ElementsAre("1 return task = true", "0 await task = true"));
}

TEST(PackagedTask, IsRunInOneStepBeforeOrAfterALook) {
  EXPECT_EQ(count_all([] {
              sim::packaged_task<int()> task{[] { return 1; }};
              const sim::future<int> result = task.get_future();
              in_tasks([&] { task(); }, [&] { static_cast<void>(result.wait_for(0s)); });
            }),
            (Counted{2, 2, {}}));
}

TEST(PackagedTask, PassesExceptionsOn) {
  EXPECT_FALSE(run([] {
                 sim::packaged_task<void()> task{[] { throw std::runtime_error("lost"); }};
                 sim::future<void> result = task.get_future();
                 task();
                 std::string caught;
                 try {
                   result.get();
                 } catch (const std::runtime_error& error) {
                   caught = error.what();
                 }
                 SIM_EXPECT(caught == "lost");
               }).outcome.failed());
}

template <class Call>
std::future_errc error_of(const Call& call) {
  try {
    call();
  } catch (const std::future_error& error) {
    return static_cast<std::future_errc>(error.code().value());
  }
  return {};
}

TEST(PackagedTask, ReportsErrorsAsTheStandardDoes) {
  const auto execution = run([] {
    sim::packaged_task<int()> task;
    EXPECT_EQ(error_of([&] { task(); }), std::future_errc::no_state);
    EXPECT_EQ(error_of([&] { static_cast<void>(task.get_future()); }), std::future_errc::no_state);
    task = sim::packaged_task<int()>{[p = std::make_unique<int>(3)] { return (*p)++; }};
    sim::future<int> result = task.get_future();
    EXPECT_EQ(error_of([&] { static_cast<void>(task.get_future()); }),
              std::future_errc::future_already_retrieved);
    task();
    EXPECT_EQ(error_of([&] { task(); }), std::future_errc::promise_already_satisfied);
    SIM_EXPECT(result.get() == 3);
    task.reset();
    result = task.get_future();
    task();
    SIM_EXPECT(result.get() == 4);
    task.reset();
    result = task.get_future();
    task = {};
    EXPECT_EQ(error_of([&] { static_cast<void>(result.get()); }), std::future_errc::broken_promise);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

// ---------------------------------------------------------------------------------------------
// thread_specific

constinit sim::thread_specific<int> number{5};
sim::thread_specific<std::string> text{"none"};

TEST(ThreadSpecific, HasAValueForEachTaskAndExecution) {
  const auto body = [] {
    sim::atomic<int> x{0};
    const auto task = [&] {
      SIM_EXPECT(number == 5 && text->empty() == false);
      x.fetch_add(1);
      number += 1;
      *text = "mine";
      x.fetch_add(1);
      SIM_EXPECT(++number == 7 && *text == "mine");
    };
    in_tasks(task, task);
    SIM_EXPECT(number == 5 && *text == "none");
    number = 9;
  };
  EXPECT_EQ(count_all(body), (Counted{6, 6, {}}));
}

TEST(ThreadSpecific, ValuesAreDestroyedWhenTheirTaskEnds) {
  struct Logged {
    std::vector<int>* log = nullptr;
    ~Logged() {
      if (log != nullptr) log->push_back(1);
    }
  };
  std::vector<int> log;
  run([&] {
    sim::thread_specific<Logged> logged;
    sim::thread{[&] { logged->log = &log; }}.join();
    EXPECT_THAT(log, SizeIs(1));
    logged->log = &log;
  });
  EXPECT_THAT(log, SizeIs(2));
}

TEST(ThreadSpecific, IsAThreadLocalVariableOutsideExecutions) {
  number = 8;
  EXPECT_FALSE(run([] { SIM_EXPECT(number == 5); }).outcome.failed());
  EXPECT_EQ(number, 8);
  number = 5;
}

// ---------------------------------------------------------------------------------------------
// Time points of the standard's clocks

TEST(StandardClocks, WaitsUntilTheirTimePointsMayEndAtAnyTime) {
  // The wait times out, or the flag is set before. No real clock shows in the trace.
  const auto counted = count_all([] {
    sim::mutex m;
    sim::condition_variable changed;
    bool set = false;
    in_tasks(
        [&] {
          std::unique_lock lock{m};
          const auto deadline = std::chrono::steady_clock::now() + 5ms;
          SIM_EXPECT(changed.wait_until(lock, deadline, [&] { return set; }) == set);
          SIM_EXPECT(sim::steady_clock::now() == sim::steady_clock::time_point{});
        },
        [&] {
          const std::lock_guard lock{m};
          set = true;
          changed.notify_one();
        });
  });
  EXPECT_TRUE(counted.failures.empty());
  EXPECT_GT(counted.traces, 2U);
}

TEST(StandardClocks, AllTimedOperationsTakeTheirTimePoints) {
  const auto execution = run([] {
    const auto steady = std::chrono::steady_clock::now() + 1s;
    const auto system = std::chrono::system_clock::now() + 1h;
    sim::timed_mutex timed;
    SIM_EXPECT(timed.try_lock_until(steady));
    timed.unlock();
    sim::recursive_timed_mutex recursive;
    SIM_EXPECT(recursive.try_lock_until(system));
    recursive.unlock();
    sim::shared_timed_mutex shared;
    { const std::shared_lock lock{shared, steady}; }
    sim::binary_semaphore permit{1};
    SIM_EXPECT(permit.try_acquire_until(system) && !permit.try_acquire_until(steady));
    sim::promise<int> promise;
    SIM_EXPECT(promise.get_future().wait_until(std::chrono::steady_clock::now()) ==
               sim::future_status::timeout);
    sim::this_thread::sleep_until(system);
    sim::this_thread::sleep_for(1ms);
    SIM_EXPECT(sim::steady_clock::now().time_since_epoch() == 1ms);
    SIM_EXPECT(sim::system_clock::to_time_t(sim::system_clock::now()) == 946'684'800);
    sim::this_thread::sleep_until(sim::system_clock::now() + 1s);
    SIM_EXPECT(sim::steady_clock::now().time_since_epoch() == 1001ms);
  });
  // The second acquire and the future time out, which are two time-outs of one task.
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::passed) << execution.outcome.summary();
}

TEST(StandardClocks, AWaitUntilTheGreatestTimePointNeverTimesOut) {
  const auto counted = count_all([] {
    sim::binary_semaphore permit{0};
    in_tasks(
        [&] { SIM_EXPECT(permit.try_acquire_until(std::chrono::steady_clock::time_point::max())); },
        [&] { permit.release(); });
  });
  EXPECT_EQ(counted, (Counted{1, 1, {}}));
  EXPECT_EQ(run([] {
              sim::binary_semaphore permit{0, "permit"};
              static_cast<void>(permit.try_acquire_until(sim::steady_clock::time_point::max()));
            }).outcome.summary(),
            "deadlock task 0 waits to try_acquire_until permit");
}

}  // namespace
