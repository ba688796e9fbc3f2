#pragma once

// A schedule: the choices of one execution, by the names of its tasks, operations and objects. A
// schedule is read from and written to a file (text_format.hpp), made from a recording (file.hpp)
// and replayed (replay.hpp).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sim/base/choice.hpp>
#include <sim/base/header_line.hpp>
#include <sim/base/limits.hpp>
#include <sim/schedule/expected_outcome.hpp>

namespace sim {

/// One step of a schedule: which task runs next, and what it is expected to do.
struct ScheduledStep {
  std::string task;                  ///< as Engine::task_name()
  std::string operation;             ///< the label of the operation: "load", "deduct", …
  std::string object;                ///< as Engine::object_name()
  bool failed = false;               ///< whether the operation failed: it changed nothing
  std::optional<std::string> value;  ///< the result as text; empty if unknown
  friend bool operator==(const ScheduledStep&, const ScheduledStep&) = default;
};

/// A choice that a task makes: a value, the task that a notification wakes, or whether an operation
/// fails spuriously.
struct ScheduledChoice {
  std::string task;
  ChoiceKind kind = ChoiceKind::value;
  std::uint32_t index = 0;  ///< kind value: the answer; kind spurious: 1 for a spurious failure
  std::string woken{};      ///< kind notify: the task that is woken, as Engine::task_name()
  friend bool operator==(const ScheduledChoice&, const ScheduledChoice&) = default;
};

/// One line of a schedule's body.
struct ScheduleEntry {
  std::variant<ScheduledStep, ScheduledChoice> what;
  std::size_t line = 0;  ///< its line, from 1; 0 if it was not read from a file
};

/// How a schedule is replayed.
enum class ReplayMode : std::uint8_t {
  strict,   ///< each step and choice must be the one in the schedule
  follow,   ///< the schedule orders the steps that it lists: see FollowStrategy
  through,  ///< like strict, but the execution continues after a failure
};

/// All replay modes.
inline constexpr std::array kReplayModes{ReplayMode::strict, ReplayMode::follow,
                                         ReplayMode::through};

/// The name of a mode, as schedule files spell it.
constexpr std::string_view to_string(ReplayMode mode) {
  if (mode == ReplayMode::through) return "through";
  return mode == ReplayMode::follow ? "follow" : "strict";
}

/// The choices of one execution, which are enough to replay it. A value.
struct Schedule {
  std::string scenario;  ///< with parameters; may be empty if `program` describes the program
  std::size_t scenario_line = 0;    ///< line of the name, from 1; 0 if not read from a file
  std::size_t scenario_column = 0;  ///< column of the name, from 1; 0 if not read from a file
  std::string found_by;             ///< a strategy or another origin, as text; may be empty
  ReplayMode mode = ReplayMode::strict;
  Bounds bounds;                          ///< the bounds that the execution was recorded with
  std::optional<ExpectedOutcome> expect;  ///< the outcome of the recorded execution
  std::vector<HeaderLine> program;        ///< header lines that describe the program
  std::vector<ScheduleEntry> entries;
};

}  // namespace sim
