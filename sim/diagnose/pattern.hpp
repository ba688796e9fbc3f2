#pragma once

// What the field calls a failure whose necessary orders are known: "lost update", "check-then-act",
// and so on. docs/explain.md describes each pattern.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sim/schedule/recording.hpp>

namespace sim {

/// Two steps of one execution, as indexes of its events: the first happened before the second. The
/// second may be an operation that was waited for: see Recording::event_or_waiting().
struct Ordering {
  std::size_t first = 0;
  std::size_t second = 0;
  friend bool operator==(const Ordering&, const Ordering&) = default;
};

/// What the field calls a failure. A data race needs no order of steps: it is a failure because
/// nothing orders two accesses.
enum class FailurePattern : std::uint8_t {
  unknown,
  data_race,
  lost_update,
  check_then_act,
  aba,
  atomicity_violation,
  intermediate_read,
  unrepeatable_read,
  read_skew,
  write_skew,
  unordered_publication,
  order_violation,
  lock_order_inversion,
  lost_wake_up,
  missing_arrival
};

/// Its name: "lost update". Empty if unknown.
[[nodiscard]] std::string_view to_string(FailurePattern pattern);

/// The pattern of a failed execution with these necessary orders.
[[nodiscard]] FailurePattern pattern_of(const Recording& recording,
                                        std::span<const Ordering> necessary);

}  // namespace sim
