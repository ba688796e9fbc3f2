#pragma once

// The question that the engine asks a strategy. At each choice point the engine fills a ChoicePoint
// and calls Strategy::choose(), which returns an index below ChoicePoint::alternatives, or the
// index of a task that is held back. A
// ChoicePoint contains everything that a strategy may use to decide; it holds no reference to the
// engine.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sim/base/name_table.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// What a choice point decides.
enum class ChoiceKind : std::uint8_t {
  schedule,  ///< which task makes the next step
  value,     ///< the result of sim::choose(n) in the code under test
  notify,    ///< which of the sleeping tasks a notify_one wakes
  spurious,  ///< whether a compare_exchange_weak fails spuriously: 0 no, 1 yes
};

/// The word for a kind of choice, as in schedule files.
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

/// The kind of choice that `word` stands for. Empty for an unknown word, and for "schedule",
/// because schedule files do not write the choice of a task as a choice line.
constexpr std::optional<ChoiceKind> choice_kind(std::string_view word) {
  for (const ChoiceKind kind : {ChoiceKind::value, ChoiceKind::notify, ChoiceKind::spurious}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

/// One decision an execution must make. Valid only during Strategy::choose().
struct ChoicePoint {
  ChoiceKind kind;
  std::uint32_t alternatives;  ///< at least 1; if kind is schedule, enabled.size()
  TaskSet enabled;             ///< tasks that may run; empty unless kind is schedule
  /// The pending operation of each task, by task index. Valid for tasks that have not ended.
  std::span<const Operation> pending;
  std::optional<TaskId> current;     ///< the task that made the last step; empty before the first
  std::optional<TaskId> chooser;     ///< the task that makes the choice; empty if kind is schedule
  std::span<const TaskId> sleepers;  ///< if kind is notify, the task that each index wakes, in the
                                     ///< order in which the tasks began to wait
  /// Tasks that could run if they had not yielded. A strategy that follows a given order may choose
  /// one nevertheless; see index_of_task().
  TaskSet held_back;
  TaskSet ended;           ///< tasks that have returned from their functions
  const NameTable* names;  ///< origin and name of each task, name of each object; never null

  /// Whether the task that made the last step may make the next one too.
  [[nodiscard]] bool current_can_continue() const {
    return current.has_value() && enabled.contains(*current);
  }
  /// The index of the default choice: the task that made the last step continues or, if it cannot,
  /// the lowest task runs. 0 if kind is not schedule.
  [[nodiscard]] std::uint32_t default_index() const {
    return current_can_continue() ? enabled.rank(*current) : 0;
  }
  /// The index with which a strategy chooses `task`, which may be held back; empty if the task
  /// cannot run. Requires kind to be schedule.
  [[nodiscard]] std::optional<std::uint32_t> index_of_task(TaskId task) const {
    if (enabled.contains(task)) return enabled.rank(task);
    if (held_back.contains(task)) return alternatives + held_back.rank(task);
    return std::nullopt;
  }
  /// Whether the task that made the last step could make the next one too if it had not called
  /// sim::yield().
  [[nodiscard]] bool current_is_held_back() const {
    return current.has_value() && held_back.contains(*current);
  }
};

}  // namespace sim
