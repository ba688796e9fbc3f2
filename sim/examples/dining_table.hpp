#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/dining-table`: philosophers at a table that seats them all, and
/// `example/dining-table-fixed`, where one always waits for a seat.
void add_dining_table(Registry& registry);

}  // namespace sim
