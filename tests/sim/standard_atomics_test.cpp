// Tests of atomic_ref, atomics of smart pointers, and the free functions on atomics.

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>

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
using testing::SizeIs;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

// ---------------------------------------------------------------------------------------------
// atomic_ref

TEST(AtomicRef, OperatesOnOneObjectInOneStepEach) {
  int value = 1;
  const auto execution = run([&] {
    value = 1;
    const sim::atomic_ref ref{value, "value"};
    ref.store(2);
    SIM_EXPECT(ref.load() == 2 && ref.exchange(4) == 2);
    int expected = 3;
    SIM_EXPECT(!ref.compare_exchange_strong(expected, 5) && expected == 4);
    SIM_EXPECT(ref.compare_exchange_weak(expected, 5));
    SIM_EXPECT(ref.fetch_add(2) == 5 && (ref -= 1) == 6 && ++ref == 7 && ref-- == 7);
    SIM_EXPECT(sim::atomic_ref{value} == 6);
    SIM_EXPECT((ref |= 1) == 7 && ref.fetch_and(3) == 7 && (ref ^= 1) == 2);
    ref.wait(7);
    ref.notify_one();
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(), SizeIs(15));
  EXPECT_EQ(execution.steps().at(0), "0 store value = 2");
  EXPECT_EQ(execution.steps().at(3), "0 compare_exchange value = 4 (failed)");
  EXPECT_EQ(value, 2);
}

TEST(AtomicRef, FindsTheLostUpdateOfALoadAndAStore) {
  const auto body = [](auto add) {
    return [add] {
      int value = 0;
      const sim::atomic_ref ref{value};
      in_tasks([&] { add(value); }, [&] { add(value); });
      SIM_EXPECT(value == 2);
    };
  };
  const auto in_two_steps = [](int& value) {
    const sim::atomic_ref ref{value};
    ref.store(ref.load() + 1);
  };
  EXPECT_EQ(count_all(body(in_two_steps)), (Counted{6, 4, {{"assertion \"value == 2\"", 2}}}));
  const auto in_one_step = [](int& value) { sim::atomic_ref{value}.fetch_add(1); };
  EXPECT_EQ(count_all(body(in_one_step)), (Counted{2, 2, {}}));
}

TEST(AtomicRef, OtherObjectsDoNotConflict) {
  EXPECT_EQ(count_all([] {
              int values[2]{};
              in_tasks([&] { ++sim::atomic_ref{values[0]}; },
                       [&] { ++sim::atomic_ref{values[1]}; });
            }),
            (Counted{2, 1, {}}));
}

TEST(AtomicRef, WakesWhoWaits) {
  const auto counted = count_all([] {
    int value = 0;
    const sim::atomic_ref ref{value};
    in_tasks([&] { sim::atomic_ref{value}.wait(0); },
             [&] {
               const sim::atomic_ref mine{value};
               mine = 1;
               mine.notify_all();
             });
  });
  EXPECT_TRUE(counted.failures.empty());
  EXPECT_EQ(counted.interleavings, 3U);  // it waits before the store, before the notify, or after
}

// ---------------------------------------------------------------------------------------------
// Atomics of smart pointers

TEST(AtomicSharedPtr, KeepsWhatItHoldsAlive) {
  const auto execution = run([] {
    sim::atomic<std::shared_ptr<int>> config{std::make_shared<int>(1), "config"};
    const std::weak_ptr<int> first = config.peek();
    const std::shared_ptr<int> held = config.load();
    config = std::make_shared<int>(2);
    SIM_EXPECT(!first.expired() && *held == 1 && *config.load() == 2);
    std::shared_ptr<int> expected = held;
    SIM_EXPECT(!config.compare_exchange_strong(expected, nullptr) && *expected == 2);
    SIM_EXPECT(config.compare_exchange_weak(expected, nullptr) && config.load() == nullptr);
    SIM_EXPECT(config.exchange(held) == nullptr);
    config.notify_one();
    config.wait(nullptr);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_EQ(execution.steps().at(0), "0 load config = non-null");
  EXPECT_EQ(execution.steps().at(4), "0 compare_exchange config = null");
}

TEST(AtomicSharedPtr, ComparesOwnersToo) {
  EXPECT_FALSE(run([] {
                 const auto one = std::make_shared<int>(1);
                 // It has the same pointer, and owns nothing.
                 const std::shared_ptr<int> alias{std::shared_ptr<int>{}, one.get()};
                 sim::atomic<std::shared_ptr<int>> atomic{one};
                 std::shared_ptr<int> expected = alias;
                 SIM_EXPECT(!atomic.compare_exchange_strong(expected, nullptr));
                 SIM_EXPECT(atomic.compare_exchange_strong(expected, nullptr));
               }).outcome.failed());
}

TEST(AtomicSharedPtr, AReplacedValueIsLostWithoutACompareExchange) {
  // Two tasks push a node on a list. With load and store, one push can be lost.
  struct Node {
    std::shared_ptr<Node> next;
  };
  const auto body = [](auto push) {
    return [push] {
      sim::atomic<std::shared_ptr<Node>> head;
      in_tasks([&] { push(head); }, [&] { push(head); });
      SIM_EXPECT(head.peek()->next != nullptr);
    };
  };
  const auto wrong = [](sim::atomic<std::shared_ptr<Node>>& head) {
    head.store(std::make_shared<Node>(Node{head.load()}));
  };
  EXPECT_EQ(count_all(body(wrong)),
            (Counted{6, 4, {{"assertion \"head.peek()->next != nullptr\"", 2}}}));
  const auto right = [](sim::atomic<std::shared_ptr<Node>>& head) {
    const auto node = std::make_shared<Node>(Node{head.load()});
    while (!head.compare_exchange_weak(node->next, node)) {
    }
  };
  EXPECT_TRUE(count_all(body(right)).failures.empty());
}

TEST(AtomicWeakPtr, CanBeLockedWhileTheObjectLives) {
  EXPECT_FALSE(run([] {
                 auto owner = std::make_shared<int>(1);
                 sim::atomic<std::weak_ptr<int>> observer{owner, "observer"};
                 SIM_EXPECT(observer.load().lock() == owner);
                 std::weak_ptr<int> expected = owner;
                 owner.reset();
                 SIM_EXPECT(observer.load().expired());
                 SIM_EXPECT(observer.compare_exchange_strong(expected, {}));
                 SIM_EXPECT(observer.exchange({}).expired());
               }).outcome.failed());
}

sim::atomic<std::shared_ptr<int>> made_outside{std::make_shared<int>(7)};

TEST(AtomicSharedPtr, AStaticOneBeginsEachExecutionAnew) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(run([] {
                   SIM_EXPECT(*made_outside.load() == 7);
                   made_outside.store(nullptr);
                 }).outcome.failed());
  }
}

// ---------------------------------------------------------------------------------------------
// The free functions and aliases

TEST(AtomicFunctions, DoWhatTheMembersDo) {
  const auto execution = run([] {
    sim::atomic<int> x{1, "x"};
    SIM_EXPECT(sim::atomic_load(&x) == 1 && sim::atomic_is_lock_free(&x));
    sim::atomic_store_explicit(&x, 2, std::memory_order_release);
    SIM_EXPECT(atomic_exchange(&x, 3) == 2 && atomic_fetch_add(&x, 2) == 3);
    SIM_EXPECT(atomic_fetch_sub_explicit(&x, 1, std::memory_order_relaxed) == 5);
    SIM_EXPECT(atomic_fetch_or(&x, 1) == 4 && atomic_fetch_and(&x, 1) == 5);
    SIM_EXPECT(atomic_fetch_xor(&x, 3) == 1);
    int expected = 2;
    SIM_EXPECT(atomic_compare_exchange_strong(&x, &expected, 4));
    SIM_EXPECT(!atomic_compare_exchange_weak(&x, &expected, 4) && expected == 4);
    atomic_wait(&x, 5);
    atomic_notify_all(&x);
    sim::atomic_flag flag{"flag"};
    SIM_EXPECT(!atomic_flag_test_and_set(&flag) && atomic_flag_test(&flag));
    atomic_flag_clear_explicit(&flag, std::memory_order_release);
    atomic_flag_notify_one(&flag);
    sim::atomic<std::shared_ptr<int>> pointer;
    atomic_store(&pointer, std::make_shared<int>(1));
    SIM_EXPECT(atomic_load(&pointer) != nullptr);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
  EXPECT_THAT(execution.steps(), SizeIs(18));
}

static_assert(std::is_same_v<sim::atomic_uint_fast16_t, sim::atomic<std::uint_fast16_t>>);
static_assert(std::is_same_v<sim::atomic_char8_t, sim::atomic<char8_t>>);
static_assert(std::is_same_v<sim::atomic_intmax_t, sim::atomic<std::intmax_t>>);
static_assert(std::is_signed_v<sim::atomic_signed_lock_free::value_type>);

}  // namespace
