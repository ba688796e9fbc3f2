#include <array>

#include <bank/scenarios.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/examples/dining_table.hpp>
#include <sim/examples/lock_free_queue.hpp>
#include <sim/examples/needle.hpp>
#include <sim/examples/rw_cache.hpp>
#include <sim/examples/search_party.hpp>
#include <sim/examples/thread_pool.hpp>
#include <sim/scenario.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/serve.hpp>

int main(int argc, char** argv) {
  sim::Registry registry;
  bank::add_scenarios(registry);
  sim::add_count_programs(registry);
  sim::add_needle(registry);
  sim::add_dining_table(registry);
  sim::add_lock_free_queue(registry);
  sim::add_rw_cache(registry);
  sim::add_search_party(registry);
  sim::add_thread_pool(registry);
  const std::array extra{racelab::kServeCommand};
  return racelab::run(argc, argv, registry, extra);
}
