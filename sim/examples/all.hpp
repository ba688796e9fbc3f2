#pragma once

// Adds all example programs to a registry, for the command and the tests.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds all programs of this directory, named `count/…` and `example/…`.
void add_examples(Registry& registry);

}  // namespace sim
