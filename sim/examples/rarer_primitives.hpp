#pragma once

// One bug around each of the rarer primitives, and its fix.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/two-answers` (a promise), `example/early-close` (a channel), `example/lazy-pair`
/// (call_once), `example/sales` (a task_local) and `example/statement` (a recursive mutex), and for
/// each a `-fixed` program.
void add_rarer_primitives(Registry& registry);

}  // namespace sim
