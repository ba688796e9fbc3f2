#pragma once

// A cache under a shared_mutex that loses what was written between two locks.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/rw-cache`, which looks for the page under a shared lock only, and
/// `example/rw-cache-fixed`, which looks again under the exclusive lock.
void add_rw_cache(Registry& registry);

}  // namespace sim
