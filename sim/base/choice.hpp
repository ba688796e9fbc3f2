#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

class Engine;

/// What a choice point decides.
enum class ChoiceKind : std::uint8_t {
  schedule,  ///< which task makes the next step
  value,     ///< the answer of choose(n) in the code under test
  notify,    ///< which of the tasks that sleep a notify_one wakes
  spurious,  ///< whether a compare_exchange_weak fails without cause: 0 no, 1 yes
};

constexpr std::string_view to_string(ChoiceKind kind) {
  switch (kind) {
    case ChoiceKind::value:
      return "value";
    case ChoiceKind::notify:
      return "notify";
    case ChoiceKind::spurious:
      return "spurious";
    case ChoiceKind::schedule:
      break;
  }
  return "schedule";
}

/// What `word` stands for; empty where it is none of a choice that is not "which task".
constexpr std::optional<ChoiceKind> choice_kind(std::string_view word) {
  for (const ChoiceKind kind : {ChoiceKind::value, ChoiceKind::notify, ChoiceKind::spurious}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

/// One decision an execution must make. Valid only during Strategy::choose().
struct ChoicePoint {
  ChoiceKind kind;
  std::uint32_t alternatives;          ///< at least 1; for a schedule choice enabled.size()
  TaskSet enabled;                     ///< tasks that may run; empty unless kind is schedule
  std::span<const Operation> pending;  ///< by task index; meaningful for tasks in enabled
  std::optional<TaskId> current;       ///< made the last step; empty before the first
  std::span<const TaskId> sleepers;    ///< of a notify, whom each index wakes: the longest first
  const Engine* engine;                ///< names of tasks and objects, for messages only
};

}  // namespace sim
