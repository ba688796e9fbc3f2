#pragma once

// Limits of one execution: how often events may happen that could recur forever, how many steps an
// execution has, and how much stack a task has. Options and command lines are checked against the
// smallest and largest values defined here.

#include <cstdint>

namespace sim {

/// Per-task limits on events that could recur forever in an execution. A search in which an
/// execution met one of them is not complete.
struct Bounds {
  std::uint32_t timeouts = 1;  ///< timed waits that end at their deadline
  std::uint32_t spurious = 0;  ///< waits that end, and weak operations that fail, spuriously
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// The largest value that a member of Bounds may have.
inline constexpr std::uint32_t kBoundMax = 1'000'000;

/// Default limit on the steps and choices of one execution.
inline constexpr std::uint32_t kSteps = 10'000;
/// Largest limit on the steps and choices of one execution.
inline constexpr std::uint32_t kStepsMax = 100'000'000;

/// Default stack of one task, in KiB.
inline constexpr std::uint32_t kStackKib = 256;
/// Smallest stack of one task, in KiB.
inline constexpr std::uint32_t kStackKibMin = 16;
/// Largest stack of one task, in KiB.
inline constexpr std::uint32_t kStackKibMax = 1'048'576;

}  // namespace sim
