#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `count/…`: small programs whose exact numbers of interleavings and Mazurkiewicz traces are
/// known from the literature and from other tools. They show that an exploration which says
/// "complete" is complete, and serve to compare speeds.
void add_count_programs(Registry& registry);

/// What is known of one of them.
struct PublishedCounts {
  const char* program;                         ///< with its parameter
  std::uint64_t traces;                        ///< Mazurkiewicz traces
  std::optional<std::uint64_t> interleavings;  ///< where these can be counted one by one
};

/// From Abdulla, Aronis, Jonsson, Sagonas, "Source sets" (JACM 2017) and the tests of Concuerror
/// and GenMC; each obtained by two tools or more.
std::span<const PublishedCounts> published_counts();

}  // namespace sim
