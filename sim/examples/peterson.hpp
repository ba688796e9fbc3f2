#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/peterson`: Peterson's lock with two lines the wrong way round, searched in full
/// though it spins, and `example/peterson-fixed`.
void add_peterson(Registry& registry);

}  // namespace sim
