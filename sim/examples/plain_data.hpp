#pragma once

// Data races on plain variables: a flag with relaxed operations, or a spin lock without a fence,
// does not order the accesses.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/double-checked-locking` and `example/spin-lock`, and for each a `-fixed` program.
void add_plain_data(Registry& registry);

}  // namespace sim
