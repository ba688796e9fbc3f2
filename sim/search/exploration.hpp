#pragma once

// What a search has found: its counts, why it ended, and its failures in groups. sim::explore()
// returns one (sim/search/explorer.hpp), sim::explore_in_jobs() adds up those of its processes, and
// saved searches contain one.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// All failures of one kind at one place.
struct FailureGroup {
  std::uint64_t id = 0;  ///< Outcome::group
  /// Executions whose first failure is of this group. If the strategy runs one execution for each
  /// trace, it counts traces that have such an execution.
  std::uint64_t executions = 0;
  /// The simplest execution that failed so, up to its failure: the first in the order of
  /// precedes().
  std::vector<TraceEntry> simplest_trace;
  std::optional<Reproduction> reproduction;  ///< Strategy::reproduction() of simplest_trace
  /// simplest_trace in words if ExploreOptions::record is set, else the first execution found.
  Recording recording;
};

/// Why an exploration ended.
enum class StopReason : std::uint8_t {
  exhausted,       ///< the strategy has run every execution
  limit,           ///< the strategy has run all executions that it was asked for
  failure,         ///< an execution failed, and ExploreOptions::all is not set
  executions,      ///< the budget of executions is spent
  time,            ///< the budget of time is spent
  interrupted,     ///< the user stopped it
  lost,            ///< a process that explored was ended, and what it had left is not explored
  unsupported,     ///< the strategy cannot explore this program
  nondeterminism,  ///< the same choices led to different steps
};

/// What an exploration has found.
struct Exploration {
  StopReason reason = StopReason::exhausted;
  bool complete = false;  ///< every execution that the program has was run, to its end
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;   ///< executions that failed
  std::uint64_t steps = 0;      ///< sum over all executions
  std::uint64_t truncated = 0;  ///< executions that met the step bound
  std::uint64_t bounded = 0;    ///< executions that met one of the program's Bounds
  std::uint64_t lost = 0;       ///< processes that ended before they had explored their work unit
  std::uint64_t abandoned = 0;  ///< tasks that did not end when their execution was drained
  std::uint32_t max_depth = 0;  ///< steps of the longest execution
  bool interleaved = false;     ///< some execution had a choice between two tasks
  bool open_invariants =
      false;           ///< some invariant names no objects: checked on visited states only
  double seconds = 0;  ///< real time
  std::vector<FailureGroup> groups;  ///< ordered by simplest_trace, the simplest first
  std::string problem;  ///< what differed or is unsupported, if `reason` is one of these

  /// Whether all executions that were reached ran to their ends, without any of the bounds.
  [[nodiscard]] bool nothing_left_out() const {
    return truncated == 0 && bounded == 0 && lost == 0;
  }
  /// Adds what another exploration of the same search has found, except for its reason and problem.
  void merge(const Exploration& other);
  void sort_groups();
};

/// Whether schedule `a` is simpler than `b`: it has fewer preemptions or, with equally many, a
/// lower task (or answer to a choice) where the two differ first.
[[nodiscard]] bool precedes(std::span<const TraceEntry> a, std::span<const TraceEntry> b);

}  // namespace sim
