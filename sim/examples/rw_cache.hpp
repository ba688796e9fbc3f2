#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/rw-cache`: a cache that looks under a shared lock, and does not look again under
/// the exclusive one; and `example/rw-cache-fixed`.
void add_rw_cache(Registry& registry);

}  // namespace sim
