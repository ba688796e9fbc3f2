#pragma once

// The canonical order of wakeup sequences that displace the same step: it makes the path of each
// trace unique, so that no trace runs twice. docs/dpor.md, "Paths" and "Results that change".

#include <cstdint>
#include <optional>

#include <sim/base/trace.hpp>
#include <sim/search/dpor/branch.hpp>
#include <sim/search/dpor/last_execution.hpp>

namespace sim {

/// A step x that could come before the step d with which it races. Entries are indexes in the
/// execution in which d came first.
struct RaceReversal {
  std::uint32_t racing;  ///< the entry of d
  TraceEntry step;       ///< x, with the result that it had after d
  std::int32_t ready;    ///< the entry that the task of x was at before x; -1 if none
  ClockView needs;       ///< what x needs, beside what comes before d; d itself is not needed
  std::uint32_t until;   ///< the steps that x needs have numbers below this one
  std::optional<std::uint32_t> entry;  ///< of x, if it was executed
};

/// Decides whether a path with one more wakeup sequence is canonical.
class CanonicalOrder {
 public:
  /// Keeps both references. `path` is the branch that the execution began with.
  CanonicalOrder(const LastExecution& execution, const Branch& path)
      : execution_(execution), path_(path) {}

  /// Whether the wakeup sequences directly before d, which all displace d, are in canonical order
  /// when that of the reversal follows them.
  [[nodiscard]] bool is_canonical(const RaceReversal& reversal) const;

 private:
  [[nodiscard]] bool comes_first(const RaceReversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool depends_on(const RaceReversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool would_write(const RaceReversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool result_may_change(const RaceReversal& reversal, const TraceEntry& entry) const;

  const LastExecution& execution_;
  const Branch& path_;
};

}  // namespace sim
