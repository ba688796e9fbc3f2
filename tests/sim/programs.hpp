#pragma once

#include <string>
#include <variant>

#include <sim/examples/count_programs.hpp>
#include <sim/examples/dining_table.hpp>
#include <sim/examples/lock_free_queue.hpp>
#include <sim/examples/needle.hpp>
#include <sim/examples/rw_cache.hpp>
#include <sim/examples/search_party.hpp>
#include <sim/examples/thread_pool.hpp>
#include <sim/program.hpp>
#include <sim/scenario.hpp>

namespace sim::test {

/// An example of the library, as in "count/lastzero:n=5". Throws where there is none.
inline Program example(const std::string& spec) {
  Registry registry;
  add_count_programs(registry);
  add_needle(registry);
  add_dining_table(registry);
  add_lock_free_queue(registry);
  add_rw_cache(registry);
  add_search_party(registry);
  add_thread_pool(registry);
  return std::get<Program>(registry.make(spec));
}

}  // namespace sim::test
