#pragma once

// Names the bug pattern of a failure whose necessary orders are known: "lost update",
// "check-then-act", and so on. A name is only given if the facts of the execution leave no doubt.
// docs/explain.md describes each pattern. deadlock_pattern.hpp names deadlocks.

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
/// two accesses. Deadlocks of locks, and failures whose kind says what happened, need none either.
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
  double_checked_initialization,
  time_out_race,
  lock_order_cycle,
  self_deadlock,
  reader_writer_deadlock,
  lost_wake_up,
  stuck_barrier,
  livelock,
  use_after_destruction,
  double_free
};

/// The name of a pattern: "lost update". Empty for `unknown`.
[[nodiscard]] std::string_view to_string(FailurePattern pattern);

/// The pattern of a failed execution with these necessary orders; `unknown` if no pattern is
/// certain. `passes_if_woken`: after a deadlock, whether the program passes if each task that
/// sleeps at a condition variable is woken once more.
[[nodiscard]] FailurePattern pattern_of(const Recording& recording,
                                        std::span<const Ordering> necessary,
                                        bool passes_if_woken = false);

}  // namespace sim
