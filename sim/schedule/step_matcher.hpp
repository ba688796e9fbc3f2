#pragma once

// Finds the entries of a schedule in an execution that need not follow it, by the names of tasks,
// operations and objects. FollowStrategy and the shrinker use it.

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

/// Tells which entry of a schedule a task is about to do. The entries of one task are matched in
/// their order: when a task does one, those before it that were not done are gone.
class StepMatcher {
 public:
  /// `entries` must outlive the matcher.
  explicit StepMatcher(std::span<const ScheduleEntry> entries);

  /// Prepares for another execution.
  void begin();

  /// The entry that `task`, which is at a scheduling point, is about to do. Empty if its operation
  /// is not listed. Entries before it become gone.
  std::optional<std::size_t> entry_of(const ChoicePoint& point, TaskId task);
  /// The first entry of `task` that it has neither done nor passed over.
  [[nodiscard]] std::optional<std::size_t> next_of(const ChoicePoint& point, TaskId task);
  /// The answer to a choice of the running task (not a choice of "which task"), if it is the next
  /// entry of that task, which is then done.
  std::optional<std::uint32_t> answer(const ChoicePoint& point);

  /// To be called when the task of `entry` does it.
  void set_done(std::size_t entry);
  [[nodiscard]] bool is_done(std::size_t entry) const { return states_[entry] == State::done; }
  [[nodiscard]] bool is_gone(std::size_t entry) const { return states_[entry] == State::gone; }
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

  std::unordered_map<std::string, std::size_t> numbers_;  ///< of each name in the schedule
  std::vector<Listed> listed_;
  std::vector<std::vector<std::size_t>> by_task_;  ///< entries, by the task's number

  // State of the running execution.
  std::vector<State> states_;
  std::vector<std::size_t> next_;            ///< by the task's number, into by_task_
  std::vector<std::optional<TaskId>> made_;  ///< by the task's number
  std::vector<std::optional<std::size_t>> task_numbers_;
  std::vector<std::vector<std::optional<std::size_t>>> object_numbers_;  ///< by maker and ordinal
};

}  // namespace sim
