#pragma once

// Makes a failure simple: fewer preemptions, tasks and steps than it was found with, and if the
// program can do less, a smaller program. Whatever is returned was run and failed the same way.

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
/// The size of the execution that `trace` is of.
[[nodiscard]] ScheduleSize size_of(std::span<const TraceEntry> trace);

/// The simplest execution found with the failure of another one.
struct Shrunk {
  Program program;       ///< the given program, or a smaller one that fails the same way
  bool smaller = false;  ///< `program` is a smaller one
  std::vector<TraceEntry> trace;
  Recording recording;
  ScheduleSize before;
  ScheduleSize after;
  bool fewest = false;  ///< all executions of `program` with fewer preemptions were run; none fails
  bool exhaustive = true;        ///< everything was tried before the budget was spent
  std::uint64_t executions = 0;  ///< how many executions were run
};

/// Looks for a simpler execution with the failure that `trace` ends with, where `trace` is of an
/// execution of `program`. Each attempt is an execution that is run, so what is returned fails when
/// it is replayed. Deterministic: the result depends only on the arguments.
///
/// Context switches are taken out of the schedule by delta debugging, with FollowStrategy to fill
/// the gaps. Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input" (2002);
/// Jalbert, Sen, "A trace simplification technique for effective debugging of concurrent programs"
/// (FSE 2010). Then all executions with no more preemptions than are left are searched, as far as
/// the budget allows.
Shrunk shrink(const Program& program, std::span<const TraceEntry> trace, Prober& prober);

/// Schedule::found_by of a failure that was shrunk from one with this `found_by`.
[[nodiscard]] std::string found_by_shrinking(const std::string& found_by);

}  // namespace sim
