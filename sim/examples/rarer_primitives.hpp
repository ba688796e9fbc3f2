#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds a bug around each of the rarer primitives, and its `-fixed`: `example/two-answers` (a
/// promise), `example/early-close` (a bounded channel), `example/lazy-pair` (call_once),
/// `example/sales` (a variable of each task), `example/statement` (a recursive mutex).
void add_rarer_primitives(Registry& registry);

}  // namespace sim
