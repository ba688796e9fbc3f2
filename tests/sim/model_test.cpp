#include <chrono>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <gtest/gtest.h>

#include <sim/explorer.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/sync.hpp>

/// Checks what docs/model.md says about each operation: how many steps it takes, and whether two of
/// them commute.
namespace sim {
namespace {

struct Objects {
  atomic<int> value{0};
  mutex lock;
  shared_mutex shared;
  condition_variable changed;
  condition_variable_any any;
  counting_semaphore<4> permits{2};
  latch open{0};
  latch gate{4};
  barrier<> phase{4};
  stop_source stop;
  timed_mutex timed;
  shared_timed_mutex shared_timed;
  recursive_mutex recursive;
  atomic_flag flag;
  once_flag done;
  channel<int> numbers{4};
  promise<int> promised;
  future<int> result = promised.get_future();
  var<int> plain;
  var<int> stepping{0, "stepping", AccessPoints::each};
  task_local<int> mine;

  /// The number of steps that making the objects takes.
  static constexpr std::uint32_t kSteps = 3;

  Objects() {
    promised.set_value(1);
    call_once(done, [] {});
  }
};
using Use = void (*)(Objects&);

Exploration run(Use one, Use two) {
  const Program program{"uses", {}, [=] {
                          Objects objects;
                          thread first{[&] { one(objects); }};
                          thread second{[&] { two(objects); }};
                          first.join();
                          second.join();
                        }};
  DporStrategy strategy;
  ExploreOptions options;
  options.all = true;
  Exploration found = explore(program, strategy, options);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.failures, 0U);
  return found;
}

struct Row {
  const char* operation;
  std::uint32_t steps;
  std::uint64_t traces;  ///< number of traces of a program with two tasks that both execute the
                         ///< operation
  Use use;
};

const Row kRows[] = {
    {"load", 1, 1, [](Objects& o) { static_cast<void>(o.value.load()); }},
    {"store", 1, 2, [](Objects& o) { o.value.store(0); }},
    {"exchange", 1, 2, [](Objects& o) { static_cast<void>(o.value.exchange(0)); }},
    {"fetch_add", 1, 2, [](Objects& o) { ++o.value; }},
    {"compare_exchange that fails", 1, 1,
     [](Objects& o) {
       int expected = 7;
       EXPECT_FALSE(o.value.compare_exchange_weak(expected, 8));
     }},
    {"compare_exchange that succeeds", 1, 2,
     [](Objects& o) {
       int expected = 0;
       EXPECT_TRUE(o.value.compare_exchange_strong(expected, 0));
     }},
    {"wait for a value", 1, 2, [](Objects& o) { o.value.wait(7); }},
    {"notify_one of an atomic", 1, 2, [](Objects& o) { o.value.notify_one(); }},
    {"peek", 0, 1, [](Objects& o) { static_cast<void>(o.value.peek()); }},
    {"lock, unlock", 2, 2, [](Objects& o) { const std::lock_guard held{o.lock}; }},
    {"lock, unlock of a shared_mutex", 2, 2,
     [](Objects& o) { const std::lock_guard held{o.shared}; }},
    {"lock_shared, unlock_shared", 2, 6, [](Objects& o) { const std::shared_lock held{o.shared}; }},
    {"notify_one", 1, 2, [](Objects& o) { o.changed.notify_one(); }},
    {"notify_all", 1, 2, [](Objects& o) { o.changed.notify_all(); }},
    {"notify_one of any", 1, 2, [](Objects& o) { o.any.notify_one(); }},
    {"a wait whose predicate holds, with its lock", 2, 2,
     [](Objects& o) {
       std::unique_lock held{o.lock};
       o.changed.wait(held, [] { return true; });
     }},
    {"acquire", 1, 2, [](Objects& o) { o.permits.acquire(); }},
    {"try_acquire", 1, 2, [](Objects& o) { EXPECT_TRUE(o.permits.try_acquire()); }},
    {"release", 1, 2, [](Objects& o) { o.permits.release(); }},
    {"count_down", 1, 2, [](Objects& o) { o.gate.count_down(); }},
    {"wait at an open latch", 1, 1, [](Objects& o) { o.open.wait(); }},
    {"try_wait", 1, 1, [](Objects& o) { EXPECT_FALSE(o.gate.try_wait()); }},
    {"arrive", 1, 2, [](Objects& o) { static_cast<void>(o.phase.arrive()); }},
    {"arrive_and_drop", 1, 2, [](Objects& o) { o.phase.arrive_and_drop(); }},
    {"request_stop", 1, 2, [](Objects& o) { static_cast<void>(o.stop.request_stop()); }},
    {"stop_requested", 1, 1, [](Objects& o) { EXPECT_FALSE(o.stop.get_token().stop_requested()); }},
    {"get_id", 0, 1, [](Objects&) { static_cast<void>(this_thread::get_id()); }},
    {"stop_callback", 2, 6,
     [](Objects& o) {
       const stop_callback none{o.stop.get_token(), [] {}};
     }},
    {"await a value", 1, 1, [](Objects& o) { await(o.value, [](int v) { return v == 0; }); }},
    {"await a value up to a time", 2, 4,
     [](Objects& o) {
       await_for(
           o.value, [](int v) { return v == 0; }, std::chrono::hours{1});
     }},
    {"now", 1, 1, [](Objects&) { static_cast<void>(steady_clock::now()); }},
    {"sleep_until", 1, 2, [](Objects&) { this_thread::sleep_until(steady_clock::time_point{}); }},
    // Both tasks read the clock, and the first to wake moves it.
    {"sleep_for", 2, 4, [](Objects&) { this_thread::sleep_for(std::chrono::seconds{1}); }},
    {"try_acquire_until", 1, 2,
     [](Objects& o) { EXPECT_TRUE(o.permits.try_acquire_until(steady_clock::time_point{})); }},
    {"lock, unlock of a recursive_mutex, twice", 2, 2,
     [](Objects& o) {
       const std::lock_guard outer{o.recursive};
       const std::lock_guard inner{o.recursive};
     }},
    {"test_and_set", 1, 2, [](Objects& o) { o.flag.test_and_set(); }},
    {"test", 1, 1, [](Objects& o) { static_cast<void>(o.flag.test()); }},
    {"clear", 1, 2, [](Objects& o) { o.flag.clear(); }},
    {"atomic_thread_fence", 0, 1, [](Objects&) { sim::atomic_thread_fence(memory_order_seq_cst); }},
    {"call_once behind the call", 1, 1, [](Objects& o) { call_once(o.done, [] {}); }},
    {"send", 1, 2, [](Objects& o) { o.numbers.send(1); }},
    {"try_receive", 1, 2, [](Objects& o) { EXPECT_FALSE(o.numbers.try_receive()); }},
    {"close", 1, 2, [](Objects& o) { o.numbers.close(); }},
    {"wait for a future", 1, 1, [](Objects& o) { o.result.wait(); }},
    {"read of a var", 0, 1, [](Objects& o) { static_cast<void>(o.plain.read()); }},
    {"read of a var with AccessPoints::each", 1, 1,
     [](Objects& o) { static_cast<void>(o.stepping.read()); }},
    {"a variable of each task", 0, 1, [](Objects& o) { ++*o.mine; }},
};

TEST(Model, EachOperationIsSoManyStepsAndCommutesWithItselfOrNot) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.operation);
    const Exploration both = run(row.use, row.use);
    EXPECT_EQ(both.max_depth, Objects::kSteps + 2 * row.steps);
    EXPECT_EQ(both.executions, row.traces);
  }
}

struct Pair {
  const char* operations;
  bool commute;
  Use one;
  Use two;
};

const Pair kPairs[] = {
    {"load and store", false, [](Objects& o) { static_cast<void>(o.value.load()); },
     [](Objects& o) { o.value.store(0); }},
    {"notify and store", true, [](Objects& o) { o.value.notify_all(); },
     [](Objects& o) { o.value.store(1); }},
    {"notify and a wait that does not sleep", false, [](Objects& o) { o.value.notify_all(); },
     [](Objects& o) { o.value.wait(7); }},
    {"lock and notify", true, [](Objects& o) { const std::lock_guard held{o.lock}; },
     [](Objects& o) { o.changed.notify_one(); }},
    {"acquire and release", false, [](Objects& o) { o.permits.acquire(); },
     [](Objects& o) { o.permits.release(); }},
    {"count_down and try_wait", false, [](Objects& o) { o.gate.count_down(); },
     [](Objects& o) { EXPECT_FALSE(o.gate.try_wait()); }},
    {"a timed wait and now", false,
     [](Objects& o) { static_cast<void>(o.permits.try_acquire_until(steady_clock::time_point{})); },
     [](Objects&) { static_cast<void>(steady_clock::now()); }},
    {"await a value and store", false,
     [](Objects& o) { await(o.value, [](int v) { return v == 0; }); },
     [](Objects& o) { o.value.store(0); }},
    {"send and try_receive", false, [](Objects& o) { o.numbers.send(1); },
     [](Objects& o) { static_cast<void>(o.numbers.try_receive()); }},
    {"request_stop and stop_requested", false,
     [](Objects& o) { static_cast<void>(o.stop.request_stop()); },
     [](Objects& o) { static_cast<void>(o.stop.get_token().stop_requested()); }},
};

TEST(Model, OperationsOnOneObjectCommuteWhereNoneWrites) {
  for (const Pair& pair : kPairs) {
    SCOPED_TRACE(pair.operations);
    EXPECT_EQ(run(pair.one, pair.two).executions, pair.commute ? 1U : 2U);
  }
}

}  // namespace
}  // namespace sim
