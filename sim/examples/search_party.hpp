#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/search-party`: tasks that meet at a barrier after each round until one leaves
/// without a word, and `example/search-party-fixed`.
void add_search_party(Registry& registry);

}  // namespace sim
