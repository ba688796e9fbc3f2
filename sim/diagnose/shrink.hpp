#pragma once

// Simplifies a failing execution: looks for an execution that fails in the same way with fewer
// preemptions, tasks and steps, or in a smaller program. The result was run, so it does fail.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// Size of a schedule, compared lexicographically: preemptions, tasks, steps.
struct ScheduleSize {
  std::size_t preemptions = 0;
  std::size_t tasks = 0;  ///< only tasks that make steps
  std::size_t steps = 0;
  friend auto operator<=>(const ScheduleSize&, const ScheduleSize&) = default;
};
/// The size of the schedule of the execution with this trace.
[[nodiscard]] ScheduleSize size_of(std::span<const TraceEntry> trace);

/// The result of shrink(): the simplest execution that was found with the given failure.
struct Shrunk {
  Program program;       ///< the given program, or a smaller one that fails the same way
  bool smaller = false;  ///< whether `program` is smaller than the given one
  std::vector<TraceEntry> trace;
  Recording recording;
  ScheduleSize before;
  ScheduleSize after;
  bool fewest = false;  ///< all executions of `program` with fewer preemptions were run; none fails
  bool exhaustive = true;        ///< whether everything was tried before the budget was spent
  std::uint64_t executions = 0;  ///< number of executions that were run
};

/// Looks for a simpler execution with the same failure as the execution of `program` with this
/// trace. Each attempt is run, so the returned execution fails when it is replayed. Deterministic:
/// the result depends only on the arguments. Throws what Prober::search() throws.
///
/// Context switches are taken out of the schedule by delta debugging, with FollowStrategy to fill
/// the gaps. Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input" (2002);
/// Jalbert, Sen, "A trace simplification technique for effective debugging of concurrent programs"
/// (FSE 2010). Then all executions with no more preemptions than are left are searched, as far as
/// the budget allows.
Shrunk shrink(const Program& program, std::span<const TraceEntry> trace, Prober& prober);

/// Schedule::found_by for a shrunk schedule; `found_by` is that of the original one.
[[nodiscard]] std::string found_by_shrinking(const std::string& found_by);

}  // namespace sim
