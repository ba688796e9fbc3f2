#pragma once

// Dining philosophers with a counting_semaphore for their seats: a deadlock, and its fix.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/dining-table`, a table with a seat for every philosopher, and
/// `example/dining-table-fixed`, where one philosopher always waits for a seat.
void add_dining_table(Registry& registry);

}  // namespace sim
