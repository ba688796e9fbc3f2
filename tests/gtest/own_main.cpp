// A main() of a test's own, with arguments of its own.

#include <cstdio>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

RACELAB_TEST(Counter, AddsAtOnce) {
  sim::atomic<int> counter{0, "counter"};
  sim::thread one{[&] { counter.fetch_add(1); }};
  sim::thread two{[&] { counter.fetch_add(1); }};
  one.join();
  two.join();
  SIM_EXPECT(counter.peek() == 2);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  sim::init_testing(&argc, argv);
  for (int i = 1; i < argc; ++i) std::printf("left: %s\n", argv[i]);
  return RUN_ALL_TESTS();
}
