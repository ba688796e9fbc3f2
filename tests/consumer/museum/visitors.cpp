#include <cstdint>
#include <vector>

#include <sim/check.hpp>
#include <sim/registration.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

RACELAB_SCENARIO("museum/visitors", "each gate counts with a load and a store",
                 sim::Expected::fails, {{"gates", 2, 1, 8, "each lets one visitor in"}}) {
  const std::int64_t gates = arguments.at("gates");
  sim::atomic<std::int64_t> visitors{0, "visitors"};
  std::vector<sim::thread> open;
  for (std::int64_t gate = 0; gate < gates; ++gate) {
    open.emplace_back([&] { visitors.store(visitors.load() + 1); });
  }
  for (sim::thread& gate : open) gate.join();
  SIM_EXPECT(visitors.peek() == gates);
}

RACELAB_SCENARIO("museum/visitors-counted", "each gate counts with fetch_add: the fix") {
  sim::atomic<int> visitors{0, "visitors"};
  sim::thread north{[&] { visitors.fetch_add(1); }};
  sim::thread south{[&] { visitors.fetch_add(1); }};
  north.join();
  south.join();
  SIM_EXPECT(visitors.peek() == 2);
}
