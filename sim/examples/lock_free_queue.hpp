#pragma once

// The lock-free queue of Michael and Scott, with the ABA problem and without it.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/lock-free-queue`, which reuses its nodes without version numbers, and
/// `example/lock-free-queue-fixed`, which has them.
void add_lock_free_queue(Registry& registry);

}  // namespace sim
