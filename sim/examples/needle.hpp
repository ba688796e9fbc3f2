#pragma once

// A bug that a random walk finds once in thousands of executions, while a strategy with priorities
// finds it at once: the tests check each sampling strategy's stated probability on it.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/late-check`.
void add_needle(Registry& registry);

}  // namespace sim
