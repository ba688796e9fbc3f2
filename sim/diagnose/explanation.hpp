#pragma once

// Why an execution fails, as data: the orders of steps that are necessary for the failure, and the
// name of the bug pattern. explain() (sim/diagnose/explain.hpp) makes an Explanation; sim/report
// puts it into sentences.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sim/diagnose/pattern.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// Steps that tasks repeat until the execution ends.
struct Livelock {
  std::size_t begin = 0;   ///< the first step that is repeated, as an index of the events
  std::size_t period = 0;  ///< how many events are repeated
  std::size_t times = 0;   ///< how often they occur
};

/// Why an execution fails: the result of explain(). A value.
struct Explanation {
  /// Pairs of conflicting steps of different tasks whose order is necessary: of the executions that
  /// reverse the pair and keep the order of the other conflicts, no one that was run fails in the
  /// same way, and at least one passes.
  std::vector<Ordering> necessary;
  std::size_t examined = 0;    ///< number of orders that were examined
  std::size_t reversible = 0;  ///< how many of them were reversed in an execution that fails in the
                               ///< same way
  FailurePattern pattern = FailurePattern::unknown;
  bool race = false;             ///< the failure is a data race, for which no order is necessary
  std::uint64_t executions = 0;  ///< number of executions that were run
  /// Whether each pair was examined in all executions that reverse it.
  bool whole = true;
  /// A passing execution that reverses one of the necessary orders, and is like the failing one up
  /// to there. Of several, the one with the longest common part.
  std::optional<Recording> passing;
  std::optional<Livelock> livelock;  ///< if tasks repeat steps that no fair schedule ends

  /// Whether no two steps of different tasks conflict before the failure.
  [[nodiscard]] bool conflict_free() const { return examined == 0 && whole; }
};

/// Whether the order of two conflicting steps is worth examining. The order of a release of a mutex
/// and a lock or another release of it is not, because it follows from the order of the locks.
[[nodiscard]] bool decides(OperationKind a, OperationKind b);

/// The conflicts between steps of different tasks that do not follow from program order or from
/// other conflicts: the arrows in a picture of happens-before.
[[nodiscard]] std::vector<Ordering> conflict_edges(const Recording& recording);

}  // namespace sim
