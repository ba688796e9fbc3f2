#include <sim/check.hpp>
#include <sim/registration.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

/// Sells a postcard where one is left.
void buy(sim::atomic<int>& postcards) {
  if (postcards.load() > 0) postcards.fetch_sub(1);
}

RACELAB_SCENARIO("shop/last-postcard", "it is sold twice", sim::Expected::fails) {
  sim::atomic<int> postcards{1, "postcards"};
  sim::thread one{[&] { buy(postcards); }};
  sim::thread other{[&] { buy(postcards); }};
  one.join();
  other.join();
  SIM_EXPECT(postcards.peek() >= 0);
}

}  // namespace
