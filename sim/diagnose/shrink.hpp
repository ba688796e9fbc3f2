#pragma once

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

/// What is simple about an execution; the less, the simpler, the first member first.
struct ScheduleSize {
  std::size_t preemptions = 0;
  std::size_t tasks = 0;  ///< that make steps
  std::size_t steps = 0;
  friend auto operator<=>(const ScheduleSize&, const ScheduleSize&) = default;
};
[[nodiscard]] ScheduleSize size_of(std::span<const TraceEntry> trace);

/// A failure in fewer preemptions, with fewer tasks and steps, than it was found.
struct Shrunk {
  Program program;       ///< one that does less, where there is one that fails so too
  bool smaller = false;  ///< it is such a one
  std::vector<TraceEntry> trace;
  Recording recording;
  ScheduleSize before;
  ScheduleSize after;
  bool fewest = false;  ///< no execution of `program` with fewer preemptions fails so: all were run
  bool whole = true;    ///< the budget was not spent before there was nothing left to try
  std::uint64_t executions = 0;  ///< that were run to find out
};

/// Looks for a simpler execution that fails as `trace`, an execution of `program` up to its
/// failure, does. Each attempt is an execution that was run: what fails there fails when it is
/// replayed. The same for the same input.
///
/// Context switches are taken out of the schedule by delta debugging, with FollowStrategy to fill
/// the gaps. Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input" (2002);
/// Jalbert, Sen, "A trace simplification technique for effective debugging of concurrent programs"
/// (FSE 2010). What is left is compared with a search of all executions that have no more
/// preemptions, as far as the budget goes.
Shrunk shrink(const Program& program, std::span<const TraceEntry> trace, Prober& prober);

/// Schedule::found_by of what was shrunk from a failure that has this one.
[[nodiscard]] std::string found_by_shrinking(const std::string& found_by);

}  // namespace sim
