#pragma once

// The result of a search: counts, the reason why it ended, and the failures in groups.
// sim::explore() returns an Exploration (sim/search/explorer.hpp), sim::explore_in_jobs() merges
// those of its processes, and saved searches contain one.

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
  /// Number of executions whose first failure is of this group. If the strategy runs one execution
  /// for each trace, the number of traces with an execution whose first failure is of this group.
  std::uint64_t executions = 0;
  /// The simplest execution of the group, up to its failure: the first in the order of precedes().
  std::vector<TraceEntry> simplest_trace;
  std::optional<Reproduction> reproduction;  ///< Strategy::reproduction() of simplest_trace
  std::uint32_t part = 0;  ///< the part of the strategy that ran simplest_trace, if it has parts
  /// The recording of simplest_trace if ExploreOptions::record is set, else of the first execution
  /// found.
  Recording recording;
};

/// Why an exploration ended.
enum class StopReason : std::uint8_t {
  exhausted,       ///< the strategy has run every execution
  limit,           ///< the strategy has run as many executions as it was limited to
  failure,         ///< an execution failed, and ExploreOptions::all is not set
  executions,      ///< the budget of executions was used up
  time,            ///< the budget of time was used up
  interrupted,     ///< the user stopped it
  lost,            ///< a process of the search ended early, and its work unit was not explored to
                   ///< the end
  unsupported,     ///< the strategy cannot explore this program
  nondeterminism,  ///< the same choices led to different steps
};

/// The result of a search.
struct Exploration {
  StopReason reason = StopReason::exhausted;
  bool complete = false;  ///< whether every execution of the program was run to its end
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;    ///< executions that failed
  std::uint64_t steps = 0;       ///< sum over all executions
  std::uint64_t truncated = 0;   ///< executions that the bound on steps or on tasks truncated
  std::uint64_t bounded = 0;     ///< executions that were limited by one of the program's Bounds
  std::uint64_t lost = 0;        ///< processes that ended before they had explored their work units
  std::uint64_t abandoned = 0;   ///< tasks that did not end when their execution was drained
  std::uint32_t max_depth = 0;   ///< steps of the longest execution
  bool interleaved = false;      ///< whether some execution had a choice between tasks
  bool weak_orders = false;      ///< whether the code under test uses an order weaker than seq_cst
  bool spins_seen = false;       ///< whether a loop was recognized as one that spins
  bool open_invariants = false;  ///< whether some invariant names no objects, so that it is checked
                                 ///< on visited states only
  double seconds = 0;            ///< duration in real time
  std::vector<FailureGroup> groups;  ///< ordered by simplest_trace, the simplest first
  std::string problem;  ///< for `unsupported` and `nondeterminism`: a message that says why
  /// Why the search by traces could not take part in a search that several strategies share; empty
  /// if it could.
  std::string unsupported;
  /// What each part of the strategy did, by StrategyPart::index. Empty if the strategy has no
  /// parts. Of each, only the counts, `complete` and `groups` are used.
  std::vector<Exploration> parts;

  /// The part that has explored, or was to explore, every execution: the search by traces or, if
  /// that cannot explore the program, the search by interleavings. Null if there are no parts.
  [[nodiscard]] const Exploration* complete_part() const;
  /// Whether each of `executions` is a different trace, if the strategy has parts: if the search by
  /// traces has ended, so that settle() has replaced the counts by its own.
  [[nodiscard]] bool counts_traces() const;
  /// Whether all executions that were begun ran to their ends, without a limit by any bound.
  [[nodiscard]] bool nothing_left_out() const {
    return truncated == 0 && bounded == 0 && lost == 0;
  }
  /// Adds the results of another part of the same search, except for its reason and problem.
  void merge(const Exploration& other);
  void sort_groups();
  /// Called when a search with parts has ended, and `reason` says why. If the complete part has
  /// explored everything, its counts, which are exact, replace the sums over all parts; what the
  /// other parts did remains in `parts`. A failure that only they have found remains in `groups`.
  void settle();
};

/// The group in `groups` with this id; null if no group has it.
[[nodiscard]] const FailureGroup* find_group(std::span<const FailureGroup> groups,
                                             std::uint64_t id);

/// Whether schedule `a` is simpler than `b`: it has fewer preemptions or, if both have the same
/// number, the lower task or the lower index of a choice at the first difference.
[[nodiscard]] bool precedes(std::span<const TraceEntry> a, std::span<const TraceEntry> b);

}  // namespace sim
