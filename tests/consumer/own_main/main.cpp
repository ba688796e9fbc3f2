#include <string>
#include <vector>

#include <racelab/command.hpp>
#include <sim/check.hpp>
#include <sim/registration.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

/// As many tickets are taken as there are visitors.
void take_tickets(int visitors) {
  sim::atomic<int> next{0, "next"};
  std::vector<sim::thread> tasks;
  for (int i = 0; i < visitors; ++i) tasks.emplace_back([&] { next.fetch_add(1); });
  for (sim::thread& task : tasks) task.join();
  SIM_EXPECT(next.peek() == visitors);
}

void add_tickets(sim::Registry& registry) {
  for (const int visitors : {2, 3}) {
    sim::Scenario scenario;
    scenario.name = "tickets/" + std::to_string(visitors);
    scenario.summary = "each visitor takes a ticket";
    scenario.make = [visitors](const sim::Arguments&) {
      return sim::Program{{}, {}, [visitors] { take_tickets(visitors); }};
    };
    registry.add(scenario);
  }
}

}  // namespace

int main(int argc, char** argv) {
  sim::register_scenarios(add_tickets);
  return racelab::run(argc, argv);
}
