#pragma once

#include <sim/scenario.hpp>

namespace sim {

/// Adds `count/…`: small programs whose exact numbers of interleavings and Mazurkiewicz traces are
/// known from the literature and from other tools. They show that an exploration which says
/// "complete" is complete, and serve to compare speeds.
void add_count_programs(Registry& registry);

}  // namespace sim
