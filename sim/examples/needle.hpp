#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/late-check`: a bug that a random walk finds once in thousands of executions, and a
/// strategy with priorities at once.
void add_needle(Registry& registry);

}  // namespace sim
