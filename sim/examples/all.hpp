#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds all programs of this directory, `count/…` and `example/…`.
void add_examples(Registry& registry);

}  // namespace sim
