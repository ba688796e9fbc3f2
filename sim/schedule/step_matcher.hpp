#pragma once

// Finds the entries of a schedule in an execution that may differ from it, by the names of tasks,
// operations and objects. FollowStrategy and ReversalStrategy use it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sim/base/choice.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Finds the entry of a schedule that a task is about to execute. The entries of one task are
/// matched in their order. An entry is *due* at first, *done* when its task has executed it, and
/// *gone* when its task has passed over it, that is, came to a later entry first. Not thread-safe.
class StepMatcher {
 public:
  /// `entries` must outlive the matcher.
  explicit StepMatcher(std::span<const ScheduleEntry> entries);

  /// Prepares for another execution.
  void begin();

  /// The entry that `task`, which is at a scheduling point, is about to execute. Empty if its
  /// operation is not listed. The task's due entries before the returned one become gone.
  std::optional<std::size_t> entry_of(const ChoicePoint& point, TaskId task);
  /// The first entry of `task` that it has neither done nor passed over.
  [[nodiscard]] std::optional<std::size_t> next_of(const ChoicePoint& point, TaskId task);
  /// The schedule's answer to a choice that a task makes, for any kind but ChoiceKind::schedule.
  /// Empty if the next entry of the task is not such a choice; otherwise that entry becomes done.
  std::optional<std::uint32_t> answer(const ChoicePoint& point);

  /// Must be called when the task of `entry` executes it.
  void set_done(std::size_t entry);
  [[nodiscard]] bool is_done(std::size_t entry) const { return states_[entry] == State::done; }
  [[nodiscard]] bool is_due(std::size_t entry) const { return states_[entry] == State::due; }
  [[nodiscard]] std::size_t size() const { return listed_.size(); }
  /// The task of an entry; empty if the execution has not spawned it yet.
  [[nodiscard]] std::optional<TaskId> task_of(std::size_t entry) const {
    return made_[listed_[entry].task];
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  enum class State : std::uint8_t { due, done, gone };
  struct Listed {
    std::size_t task;    ///< the number of its name
    std::size_t object;  ///< the number of its name; kNone for a choice
    std::string_view operation;
    const ScheduledChoice* choice;  ///< null for a step
  };

  std::size_t number(std::string_view name);
  std::size_t number_of(const NameTable& names, TaskId task);
  std::size_t number_of(const NameTable& names, ObjectId object);

  std::unordered_map<std::string, std::size_t> numbers_;  ///< a number for each name
  std::vector<Listed> listed_;
  std::vector<std::vector<std::size_t>> by_task_;  ///< entries, by the task's number

  // State of the running execution.
  std::vector<State> states_;
  std::vector<std::size_t> next_;            ///< by the task's number, into by_task_
  std::vector<std::optional<TaskId>> made_;  ///< by the task's number
  std::vector<std::optional<std::size_t>> task_numbers_;
  std::vector<std::vector<std::optional<std::size_t>>> object_numbers_;  ///< by creator and ordinal
};

}  // namespace sim
