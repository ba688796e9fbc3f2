#pragma once

// Bugs that occur only when a wait wakes spuriously or a compare_exchange_weak fails spuriously.
// Their programs allow one spurious event for each task (Bounds::spurious).

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/woken-without-cause`, which has an `if` in place of a `while`, and
/// `example/weak-claim`, in which a task whose compare_exchange_weak fails assumes that another
/// task has succeeded, and for each a `-fixed` program.
void add_without_cause(Registry& registry);

}  // namespace sim
