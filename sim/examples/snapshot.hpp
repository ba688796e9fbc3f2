#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/snapshot`: a snapshot of two counters that reads one after the other, whose
/// history is not linearizable; and `example/snapshot-fixed`.
void add_snapshot(Registry& registry);

}  // namespace sim
