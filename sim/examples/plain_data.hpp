#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/double-checked-locking` and `example/spin-lock`, data races on what a relaxed flag
/// or a missing fence leaves unordered, each with its `-fixed`.
void add_plain_data(Registry& registry);

}  // namespace sim
