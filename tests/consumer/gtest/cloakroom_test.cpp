#include <gtest/gtest.h>

#include <sim/gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

RACELAB_TEST(Cloakroom, GivesEachCoatAHookOfItsOwn) {
  sim::atomic<int> hooks{0, "hooks"};
  int first = 0;
  int second = 0;
  sim::thread one{[&] { first = hooks.fetch_add(1); }};
  sim::thread two{[&] { second = hooks.fetch_add(1); }};
  one.join();
  two.join();
  EXPECT_NE(first, second);
}
