#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/thread-pool`: a pool whose shutdown is not noticed by a worker that is about to
/// sleep, and `example/thread-pool-fixed`.
void add_thread_pool(Registry& registry);

}  // namespace sim
