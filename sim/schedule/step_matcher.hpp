#pragma once

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

/// Tells which of the steps that a schedule lists a task is about to make, in an execution that
/// need not follow the schedule: by the names of the task, the operation and the object. A task
/// comes to its entries in their order; one that it passes over is gone.
class StepMatcher {
 public:
  /// Keeps `entries`.
  explicit StepMatcher(std::span<const ScheduleEntry> entries);

  /// Another execution begins.
  void begin();

  /// The entry that `task`, which is at a scheduling point, is about to do. Empty: none is.
  std::optional<std::size_t> entry_of(const ChoicePoint& point, TaskId task);
  /// The first entry of `task` that it has neither done nor passed over.
  [[nodiscard]] std::optional<std::size_t> next_of(const ChoicePoint& point, TaskId task);
  /// The answer to a choice of the running task that is not "which task", if it is listed next.
  std::optional<std::uint32_t> answer(const ChoicePoint& point);

  void set_done(std::size_t entry);
  [[nodiscard]] bool is_done(std::size_t entry) const { return states_[entry] == State::done; }
  [[nodiscard]] bool is_gone(std::size_t entry) const { return states_[entry] == State::gone; }
  [[nodiscard]] bool is_due(std::size_t entry) const { return states_[entry] == State::due; }
  [[nodiscard]] std::size_t size() const { return listed_.size(); }
  /// The task of an entry, where the execution has made it.
  [[nodiscard]] std::optional<TaskId> task_of(std::size_t entry) const {
    return made_[listed_[entry].task];
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  enum class State : std::uint8_t { due, done, gone };
  struct Listed {
    std::size_t task;    ///< its number
    std::size_t object;  ///< likewise; of a choice kNone
    std::string_view operation;
    const ScheduledChoice* choice;
  };

  std::size_t number(std::string_view name);
  std::size_t number_of(const NameTable& names, TaskId task);
  std::size_t number_of(const NameTable& names, ObjectId object);

  std::unordered_map<std::string, std::size_t> numbers_;  ///< of the names that the schedule has
  std::vector<Listed> listed_;
  std::vector<std::vector<std::size_t>> by_task_;  ///< entries, by the task's number

  // Of the running execution.
  std::vector<State> states_;
  std::vector<std::size_t> next_;            ///< by the task's number, into by_task_
  std::vector<std::optional<TaskId>> made_;  ///< by the task's number
  std::vector<std::optional<std::size_t>> task_numbers_;
  std::vector<std::vector<std::optional<std::size_t>>> object_numbers_;  ///< by maker and ordinal
};

}  // namespace sim
