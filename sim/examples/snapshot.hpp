#pragma once

// A snapshot of two counters that is not linearizable although every final state is right.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/snapshot`, which reads one counter after the other, and `example/snapshot-fixed`.
void add_snapshot(Registry& registry);

}  // namespace sim
