#pragma once

// Why an execution fails, as data: the orders of steps that are necessary for the failure, and what
// the field calls such a failure. explain() (sim/diagnose/explain.hpp) makes it; sim/report makes
// sentences of it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sim/diagnose/pattern.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// Why an execution fails: what explain() found out by running others. A value.
struct Explanation {
  /// Conflicting steps of different tasks whose order is necessary: no execution that was run with
  /// one of them reversed, and the other conflicts as they were, fails in this way; and some pass.
  std::vector<Ordering> necessary;
  std::size_t reversible = 0;  ///< how many pairs were reversed in an execution that still fails
  FailurePattern pattern = FailurePattern::unknown;
  std::uint64_t executions = 0;  ///< how many were run to find out
  /// Every pair was examined, in all executions that have it reversed.
  bool exhaustive = true;
  /// The execution most like the failing one that passes, with one of the necessary orders
  /// reversed.
  std::optional<Recording> passing;
};

/// Whether the order of two conflicting steps says more than the order of the locks before them:
/// the task that releases a mutex was the last to lock it.
[[nodiscard]] bool decides(const RecordedEvent& a, const RecordedEvent& b);

/// The conflicts between steps of different tasks that do not follow from other conflicts or from a
/// task's own order: the arrows of a picture of what happens before what.
[[nodiscard]] std::vector<Ordering> conflict_edges(const Recording& recording);

}  // namespace sim
