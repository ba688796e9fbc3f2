#pragma once

#include <cstdint>

namespace sim {

/// How much of what may happen without end one task may meet in an execution. A report of
/// executions that met a bound is not complete.
struct Bounds {
  std::uint32_t timeouts = 1;  ///< timed waits that end because their time has come
  std::uint32_t spurious = 0;  ///< waits that end, and operations that fail, without cause
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// The most that can be asked for.
inline constexpr std::uint32_t kBoundMax = 1'000'000;

inline constexpr std::uint32_t kSteps = 10'000;  ///< in one execution, where no more are asked for
/// KiB of stack that one task has, where no other is asked for.
inline constexpr std::uint32_t kStackKib = 256;
inline constexpr std::uint32_t kStackKibMin = 16;
inline constexpr std::uint32_t kStackKibMax = 1'048'576;
inline constexpr std::uint32_t kStepsMax = 100'000'000;

}  // namespace sim
