#pragma once

// The last execution of the search by traces: its happens-before order, its tasks, choices and
// wakeup sequences. Successive executions share a prefix, whose data is reused.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/search/dpor/branch.hpp>

namespace sim {

/// The execution that ran last. To replace it by the execution of a new trace, call
/// reuse_common_prefix() and then add() for each further entry.
class LastExecution {
 public:
  /// Keeps the entries that `trace` has in common with the previous execution, but not beyond the
  /// steps that `branch` fixes, and reserves memory for the rest. Returns how many entries are
  /// kept. `trace` must stay valid until the next call.
  std::size_t reuse_common_prefix(const Trace& trace, const Branch& branch);
  void add(const TraceEntry& entry);

  [[nodiscard]] const HappensBefore& order() const { return order_; }
  /// The entry with this index, as a node of order().
  [[nodiscard]] const HappensBefore::Node& operator[](std::size_t entry) const {
    return order_[entry];
  }
  /// Vector clock of `entry`, itself included; all zeros if `entry` is -1.
  [[nodiscard]] ClockView clock_or_zeros(std::int32_t entry) const {
    return entry < 0 ? ClockView{no_clock_} : order_.clock(static_cast<std::size_t>(entry));
  }
  /// The task of each step.
  [[nodiscard]] std::span<const TaskId> steps() const { return steps_; }
  /// The indexes of the entries that are choices, in order.
  [[nodiscard]] std::span<const std::uint32_t> choices() const { return choices_; }
  /// Whether the choice at entry `choice` took an alternative other than the first.
  [[nodiscard]] bool chose_another(std::uint32_t choice) const {
    return order_[choice].entry.chosen_index() != 0;
  }
  /// Whether step number `step` belongs to a wakeup sequence of the branch, so that it was not a
  /// default.
  [[nodiscard]] bool is_in_wakeup_sequence(std::uint32_t step) const {
    return in_wakeup_sequence_[step];
  }
  /// The last step before `entry` that found the object in a state in which `step`, the step at
  /// `entry`, could have been executed. Empty if there is no such step.
  [[nodiscard]] std::optional<std::uint32_t> last_enabling(const TraceEntry& step,
                                                           std::uint32_t entry) const;
  /// The values that the compare_exchange at `entry` compared.
  [[nodiscard]] const Comparison& comparison(std::size_t entry) const;

  /// Whether `a` comes before `b` in an order of tasks that is the same in every interleaving.
  [[nodiscard]] bool precedes(TaskId a, TaskId b) const;
  /// Sets the origins of `branch`, if tasks other than the test body made tasks.
  void add_origins(Branch& branch) const;

 private:
  void truncate(std::size_t entries);

  HappensBefore order_;
  std::vector<std::vector<ObjectId>> jointly_observed_;
  std::vector<TaskId> steps_;
  std::vector<bool> in_wakeup_sequence_;  ///< indexed by step number
  std::vector<std::uint32_t> choices_;
  std::array<TaskId, kTasksMax> parent_{};
  std::array<std::uint32_t, kTasksMax> ordinal_{};   ///< number of the task among its parent's
                                                     ///< tasks, from 1
  std::array<std::uint32_t, kTasksMax> children_{};  ///< number of tasks that each task has made
  std::uint32_t tasks_ = 1;
  std::uint32_t nested_ = 0;  ///< number of tasks that were made by other tasks than the test body
  std::vector<std::int32_t> no_clock_;
  std::span<const Comparison> comparisons_;
  std::span<const Admission> admissions_;
};

}  // namespace sim
