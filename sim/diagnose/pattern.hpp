#pragma once

// Names the bug pattern of a failure whose necessary orders are known: "lost update",
// "check-then-act", and so on. docs/explain.md describes each pattern.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sim/schedule/recording.hpp>

namespace sim {

/// Two steps of one execution, as indexes of its events; the first happened before the second. The
/// second may be an operation that was not executed: see Recording::event_or_waiting().
struct Ordering {
  std::size_t first = 0;
  std::size_t second = 0;
  friend bool operator==(const Ordering&, const Ordering&) = default;
};

/// The bug patterns. A data race has no necessary order: it is a failure because nothing orders the
/// two accesses.
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

/// The name of a pattern: "lost update". Empty for `unknown`.
[[nodiscard]] std::string_view to_string(FailurePattern pattern);

/// The pattern of a failed execution with these necessary orders; `unknown` if no pattern matches.
[[nodiscard]] FailurePattern pattern_of(const Recording& recording,
                                        std::span<const Ordering> necessary);

}  // namespace sim
