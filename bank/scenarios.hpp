#pragma once

// The scenarios of the bank, and the reader for its schedules.

#include <sim/scenario.hpp>

namespace bank {

/// Adds the scenarios `bank/…`, and lets the registry make programs of schedules that contain a
/// workload (workload_header.hpp).
void add_scenarios(sim::Registry& registry);

}  // namespace bank
