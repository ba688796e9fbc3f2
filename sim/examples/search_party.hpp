#pragma once

// Tasks that meet at a barrier after each round, until one of them leaves: a deadlock, and its fix.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/search-party`, in which a task leaves without dropping out of the barrier, and
/// `example/search-party-fixed`.
void add_search_party(Registry& registry);

}  // namespace sim
