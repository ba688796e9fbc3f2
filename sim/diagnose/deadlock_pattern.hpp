#pragma once

// Names the pattern of a deadlock, for pattern_of(): from who waits for whom, from the values on
// which tasks sleep, and from the notifications that they missed.

#include <span>

#include <sim/diagnose/pattern.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// The pattern of an execution that ended in a deadlock; `unknown` if none of those of deadlocks is
/// certain. The arguments are those of pattern_of().
[[nodiscard]] FailurePattern deadlock_pattern(const Recording& recording,
                                              std::span<const Ordering> necessary,
                                              bool passes_if_woken);

}  // namespace sim
