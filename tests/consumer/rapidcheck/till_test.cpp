#include <cstdint>

#include <gtest/gtest.h>

#include <sim/rapidcheck_gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

RACELAB_PROP(Till, HoldsWhatBothSold, (int one, int other)) {
  return [one, other] {
    sim::atomic<std::int64_t> till{0, "till"};
    sim::thread first{[&] { till.fetch_add(one); }};
    sim::thread second{[&] { till.fetch_add(other); }};
    first.join();
    second.join();
    EXPECT_EQ(till.peek(), std::int64_t{one} + other);
  };
}
