#pragma once

// Finds out whether tasks in a deadlock only lack a notification. explain() uses it to tell a lost
// wake-up from a task that sleeps for another reason.

#include <span>

#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Whether the program passes if each task that sleeps at a condition variable in the deadlock of
/// `recording` is woken once more. `entries` is the schedule of the recording. Runs at most one
/// execution.
[[nodiscard]] bool passes_if_woken(const Program& program, const Recording& recording,
                                   std::span<const ScheduleEntry> entries, Prober& prober);

}  // namespace sim
