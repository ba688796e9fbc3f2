#pragma once

// The execution that the search by traces ran last: its happens-before order, and what the search
// must know of its tasks, choices and wakeup sequences. Executions that follow each other share a
// prefix, which is kept.

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

/// The execution that ran last. reuse_common_prefix(), then add() for each further entry, makes it
/// that of a new trace.
class LastExecution {
 public:
  /// Keeps what `trace` has in common with the execution before it, but not beyond the steps that
  /// `branch` fixes, and makes room for the rest. Returns how many entries are kept. `trace` must
  /// stay valid until the next call.
  std::size_t reuse_common_prefix(const Trace& trace, const Branch& branch);
  void add(const TraceEntry& entry);

  [[nodiscard]] const HappensBefore& order() const { return order_; }
  /// The node of an entry.
  [[nodiscard]] const HappensBefore::Node& operator[](std::size_t entry) const {
    return order_[entry];
  }
  /// Vector clock of `entry`, itself included; all zeros if it is -1.
  [[nodiscard]] ClockView clock_or_zeros(std::int32_t entry) const {
    return entry < 0 ? ClockView{no_clock_} : order_.clock(static_cast<std::size_t>(entry));
  }
  /// The task of each step.
  [[nodiscard]] std::span<const TaskId> steps() const { return steps_; }
  /// The entries that are choices, in order.
  [[nodiscard]] std::span<const std::uint32_t> choices() const { return choices_; }
  /// Whether a choice took another alternative than the first.
  [[nodiscard]] bool chose_otherwise(std::uint32_t choice) const {
    return order_[choice].entry.chosen_index() != 0;
  }
  /// Whether step number `step` was fixed by a wakeup sequence, so that no default was decided.
  [[nodiscard]] bool is_in_wakeup_sequence(std::uint32_t step) const {
    return in_wakeup_sequence_[step];
  }
  /// The last step before `entry` that found the object in a state in which `step`, which was
  /// executed as `entry`, could have been executed. Empty if there is none.
  [[nodiscard]] std::optional<std::uint32_t> last_enabling(const TraceEntry& step,
                                                           std::uint32_t entry) const;
  /// What the compare_exchange at `entry` compared.
  [[nodiscard]] const Comparison& comparison(std::size_t entry) const;

  /// An order of tasks that is the same in every interleaving.
  [[nodiscard]] bool precedes(TaskId a, TaskId b) const;
  /// Gives `branch` the origins of its tasks, if tasks other than the test body made tasks.
  void add_origins(Branch& branch) const;

 private:
  void truncate(std::size_t entries);

  HappensBefore order_;
  std::vector<std::vector<ObjectId>> jointly_observed_;
  std::vector<TaskId> steps_;
  std::vector<bool> in_wakeup_sequence_;  ///< by step
  std::vector<std::uint32_t> choices_;
  std::array<TaskId, kTasksMax> parent_{};
  std::array<std::uint32_t, kTasksMax> ordinal_{};   ///< among the parent's tasks, from 1
  std::array<std::uint32_t, kTasksMax> children_{};  ///< how many tasks each has made
  std::uint32_t tasks_ = 1;
  std::uint32_t nested_ = 0;  ///< tasks that other tasks than the test body made
  std::vector<std::int32_t> no_clock_;
  std::span<const Comparison> comparisons_;
  std::span<const Admission> admissions_;
};

}  // namespace sim
