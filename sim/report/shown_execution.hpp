#pragma once

// An execution with everything that is known about it, as `show`, its exports and the lab's
// simulator page present it.

#include <optional>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// An execution with its schedule and, if it failed, its cause. A value.
struct ShownExecution {
  std::string file;  ///< path or address of its schedule
  Schedule schedule;
  Recording recording;
  std::optional<Divergence> divergence;  ///< present if the execution diverged from the schedule
  std::optional<Explanation> why;        ///< present if the execution failed and was explained
};

/// The title of a task: "test body" or "task 2".
[[nodiscard]] std::string task_title(const RecordedTask& task);

/// The description of a task, as in "transfer alice bob 800.00", or its title if it has none.
[[nodiscard]] std::string task_words(const RecordedTask& task);

/// The index of the event at which the execution failed: its last step. Empty if it passed, if it
/// failed before its first step, and for a deadlock, a hang or the step bound, which no step
/// causes.
[[nodiscard]] std::optional<std::size_t> failing_event(const Recording& recording);

}  // namespace sim
