#pragma once

// Peterson's lock, which spins, as a program that can be searched to the end with sim::await().

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/peterson`, in which two lines are in the wrong order, and
/// `example/peterson-fixed`.
void add_peterson(Registry& registry);

}  // namespace sim
