#pragma once

// The canonical order of wakeup sequences that displace the same step. It makes the path of each
// trace unique, so that no trace runs twice. docs/dpor.md has the theory in "Paths" and "Results
// that change".

#include <cstdint>
#include <optional>

#include <sim/base/trace.hpp>
#include <sim/search/dpor/branch.hpp>
#include <sim/search/dpor/last_execution.hpp>

namespace sim {

/// A pair of racing steps, d and x, to be reversed: x could come before d. Entries are indexes in
/// the trace of the execution in which d came first.
struct RaceReversal {
  std::uint32_t racing;  ///< the entry of d
  TraceEntry step;       ///< x, with the result that it had after d
  std::int32_t ready;    ///< the previous entry of the task of x; -1 if none
  ClockView needs;       ///< clock of the entries that x needs in addition to those before d; does
                         ///< not include d
  std::uint32_t until;   ///< all steps that x needs have numbers below this
  std::optional<std::uint32_t> entry;  ///< the entry of x; empty if x was not executed
};

/// Decides whether a path with one more wakeup sequence is canonical.
class CanonicalOrder {
 public:
  /// Keeps both references. `path` is the branch with which the execution began.
  CanonicalOrder(const LastExecution& execution, const Branch& path)
      : execution_(execution), path_(path) {}

  /// Whether the wakeup sequences directly before d, which all displace d, are in canonical order
  /// if the sequence of `reversal` is added after them.
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
