#include <mutex>

#include <gtest/gtest.h>

#include <sim/gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

RACELAB_TEST(Account, KeepsEachDeposit) {
  sim::atomic<int> balance{0, "balance"};
  const auto deposit = [&] { balance.store(balance.load() + 100); };
  sim::thread one{deposit};
  sim::thread two{deposit};
  one.join();
  two.join();
  EXPECT_EQ(balance.load(), 200);
}

TEST(Account, AddsAtOnce) {
  sim::explore_test(
      [] {
        sim::atomic<int> balance{0, "balance"};
        sim::thread one{[&] { balance += 100; }};
        sim::thread two{[&] { balance += 100; }};
        one.join();
        two.join();
        EXPECT_EQ(balance.load(), 200);
      },
      {.search = {.strategy = "pct", .seed = 7, .executions = 1000}});
}

TEST(Account, DeadlocksWhereLocksAreTakenInTheOrderOfTheRequest) {
  sim::expect_failure(
      [] {
        sim::mutex alice{"alice.lock"};
        sim::mutex bob{"bob.lock"};
        sim::thread one{[&] { const std::scoped_lock both{alice}, other{bob}; }};
        sim::thread two{[&] { const std::scoped_lock both{bob}, other{alice}; }};
        one.join();
        two.join();
      },
      {sim::OutcomeKind::deadlock, "lock alice.lock, held by task 1"});
}
