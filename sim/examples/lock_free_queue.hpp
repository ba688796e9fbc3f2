#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/lock-free-queue`: a queue of Michael and Scott that reuses its nodes without
/// versions (the ABA problem), and `example/lock-free-queue-fixed`.
void add_lock_free_queue(Registry& registry);

}  // namespace sim
