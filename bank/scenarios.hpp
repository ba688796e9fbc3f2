#pragma once

#include <sim/scenario.hpp>

namespace bank {

/// Adds the bank's scenarios, `bank/…`, and lets the registry read self-contained bank schedules.
void add_scenarios(sim::Registry& registry);

}  // namespace bank
