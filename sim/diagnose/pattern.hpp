#pragma once

#include <span>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// What the field calls a failure with these necessary orders: "lost update", "check-then-act",
/// "lock-order inversion", "lost wake-up", "unordered publication", … Empty where it has no name
/// for it.
std::string pattern_of(const Recording& recording, std::span<const Ordering> necessary);

}  // namespace sim
