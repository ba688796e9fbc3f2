#pragma once

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

/// One step of a schedule: which task goes next, and what it is expected to do.
struct ScheduledStep {
  std::string task;                  ///< as Engine::task_name()
  std::string operation;             ///< the word for it: "load", "deduct", …
  std::string object;                ///< as Engine::object_name()
  bool failed = false;               ///< a compare_exchange or try_lock that changed nothing
  std::optional<std::string> value;  ///< the result, where it is known
  friend bool operator==(const ScheduledStep&, const ScheduledStep&) = default;
};

/// A choice that is not "which task".
struct ScheduledChoice {
  std::string task;
  ChoiceKind kind = ChoiceKind::value;
  std::uint32_t index = 0;  ///< of a value; of what may be spurious 1 where it is
  std::string woken{};      ///< of a notify, the task, as Engine::task_name()
  friend bool operator==(const ScheduledChoice&, const ScheduledChoice&) = default;
};

struct ScheduleEntry {
  std::variant<ScheduledStep, ScheduledChoice> what;
  std::size_t line = 0;  ///< in the file it was read from, from 1; 0: none
};

/// How a schedule is replayed.
enum class ReplayMode : std::uint8_t {
  strict,   ///< to the letter
  follow,   ///< as an order over the steps it lists: FollowStrategy
  through,  ///< to the letter, and past failures, to its last step
};

inline constexpr std::array kReplayModes{ReplayMode::strict, ReplayMode::follow,
                                         ReplayMode::through};

constexpr std::string_view to_string(ReplayMode mode) {
  if (mode == ReplayMode::through) return "through";
  return mode == ReplayMode::follow ? "follow" : "strict";
}

/// The choices of one execution: enough to replay it, and readable. A value.
struct Schedule {
  std::string scenario;             ///< with its parameters; may be empty where `program` says all
  std::size_t scenario_line = 0;    ///< in the file it was read from, from 1; 0: none
  std::size_t scenario_column = 0;  ///< likewise
  std::string found_by;             ///< a strategy, or another origin; may be empty
  ReplayMode mode = ReplayMode::strict;
  Bounds bounds;                          ///< that the execution was recorded with
  std::optional<ExpectedOutcome> expect;  ///< what the recorded execution came to
  std::vector<HeaderLine> program;        ///< what the scenario needs to build itself, in order
  std::vector<ScheduleEntry> entries;
};

}  // namespace sim
