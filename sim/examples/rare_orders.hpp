#pragma once

// Small programs whose bug needs one particular order of a few steps. They measure how soon a
// search finds a bug: tools/bench/search_bench.cpp prints the medians, and
// tests/sim/default_search_test.cpp holds the default search to them.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds the programs `rare/…`.
void add_rare_orders(Registry& registry);

}  // namespace sim
