#pragma once

// Small programs whose numbers of interleavings and of Mazurkiewicz traces are known from the
// literature and from other tools. A complete exploration must visit exactly that many. The
// benchmarks use the same programs to compare speeds.

#include <cstdint>
#include <optional>
#include <span>

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds the programs `count/…`. Their parameter n is the size of the program.
void add_count_programs(Registry& registry);

/// The published counts of one program.
struct PublishedCounts {
  const char* program;                         ///< with its parameter: "count/readers:n=2"
  std::uint64_t traces;                        ///< Mazurkiewicz traces
  std::optional<std::uint64_t> interleavings;  ///< empty if there are too many to run each
};

/// Counts from Abdulla, Aronis, Jonsson, Sagonas, "Source sets" (JACM 2017) and from the tests of
/// Concuerror and GenMC. At least two tools agree on each.
std::span<const PublishedCounts> published_counts();

}  // namespace sim
