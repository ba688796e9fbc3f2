#include <array>

#include <bank/scenarios.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/examples/needle.hpp>
#include <sim/scenario.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/serve.hpp>

int main(int argc, char** argv) {
  sim::Registry registry;
  bank::add_scenarios(registry);
  sim::add_count_programs(registry);
  sim::add_needle(registry);
  const std::array extra{racelab::kServeCommand};
  return racelab::run(argc, argv, registry, extra);
}
