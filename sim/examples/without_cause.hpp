#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/woken-without-cause`, an `if` where a `while` should be, and `example/weak-claim`,
/// where a compare_exchange_weak that fails is taken for one that another has won, each with its
/// `-fixed`. What they meet happens once to each task.
void add_without_cause(Registry& registry);

}  // namespace sim
