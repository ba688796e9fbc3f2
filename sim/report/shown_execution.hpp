#pragma once

#include <optional>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// An execution to be shown, with what is known of it. A value.
struct ShownExecution {
  std::string file;  ///< of its schedule
  Schedule schedule;
  Recording recording;
  std::optional<Divergence> divergence;  ///< where it departed from the schedule
  std::optional<Explanation> why;        ///< where it fails
};

/// "test body" or "task 2".
[[nodiscard]] std::string task_title(const RecordedTask& task);

/// "transfer alice bob 800.00" or, of a task that said nothing of itself, its title.
[[nodiscard]] std::string task_words(const RecordedTask& task);

/// The index of the event at which it failed: its last step. Empty where it passed, failed before
/// the first one, or where tasks only do not go on, which no step is to blame for.
[[nodiscard]] std::optional<std::size_t> failing_event(const Recording& recording);

}  // namespace sim
