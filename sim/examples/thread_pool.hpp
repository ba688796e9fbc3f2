#pragma once

// A thread pool whose shutdown is lost on a worker that is about to sleep: a lost wake-up.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/thread-pool`, which sets its flag without the workers' mutex, and
/// `example/thread-pool-fixed`.
void add_thread_pool(Registry& registry);

}  // namespace sim
