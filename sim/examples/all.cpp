#include <sim/examples/all.hpp>

#include <sim/examples/count_programs.hpp>
#include <sim/examples/dining_table.hpp>
#include <sim/examples/lifetimes.hpp>
#include <sim/examples/lock_free_queue.hpp>
#include <sim/examples/needle.hpp>
#include <sim/examples/peterson.hpp>
#include <sim/examples/plain_data.hpp>
#include <sim/examples/rare_orders.hpp>
#include <sim/examples/rarer_primitives.hpp>
#include <sim/examples/rw_cache.hpp>
#include <sim/examples/search_party.hpp>
#include <sim/examples/snapshot.hpp>
#include <sim/examples/thread_pool.hpp>
#include <sim/examples/time_and_stops.hpp>
#include <sim/examples/without_cause.hpp>

namespace sim {

void add_examples(Registry& registry) {
  add_count_programs(registry);
  add_needle(registry);
  add_dining_table(registry);
  add_lifetimes(registry);
  add_lock_free_queue(registry);
  add_peterson(registry);
  add_plain_data(registry);
  add_rare_orders(registry);
  add_rarer_primitives(registry);
  add_rw_cache(registry);
  add_search_party(registry);
  add_snapshot(registry);
  add_thread_pool(registry);
  add_time_and_stops(registry);
  add_without_cause(registry);
}

}  // namespace sim
