#pragma once

// Replay in the mode `follow`: for a program that has changed since its schedule was recorded, and
// for schedules with gaps that are written by hand.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include <sim/engine/strategy.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/step_matcher.hpp>

namespace sim {

/// Runs one execution in which the steps that a schedule lists are made in the order of the
/// schedule, as far as possible. A step that is not listed is made right before the next listed
/// step of its task. A listed step whose task cannot run is put off until the task can run. A
/// listed step that its task never reaches, because it makes a later listed step first, is left
/// out. After the last listed step the running task continues or, if it cannot or has run for long,
/// the enabled task with the fewest unlisted steps. Always makes a choice: it never diverges.
class FollowStrategy final : public Strategy {
 public:
  /// `entries` must outlive the strategy.
  explicit FollowStrategy(std::span<const ScheduleEntry> entries) : matcher_(entries) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  /// The indexes of the entries that were made later than at their place in the schedule.
  [[nodiscard]] const std::set<std::size_t>& put_off() const { return put_off_; }
  /// The indexes of the entries that were never made, in ascending order.
  [[nodiscard]] std::vector<std::size_t> left_out() const;
  /// The number of unlisted steps and choices that were made before the last listed one.
  [[nodiscard]] std::size_t unlisted() const { return unlisted_; }
  /// The number of choices made after the last listed one.
  [[nodiscard]] std::size_t beyond() const { return beyond_; }

 private:
  std::optional<TaskId> listed_task(const ChoicePoint& point);
  [[nodiscard]] TaskId any_task(const ChoicePoint& point) const;
  [[nodiscard]] std::size_t unlisted_by(TaskId task) const;

  StepMatcher matcher_;
  std::set<std::size_t> put_off_;
  std::size_t first_due_ = 0;  ///< all entries before this one are made or left out
  std::size_t unlisted_ = 0;
  std::size_t beyond_ = 0;
  std::vector<std::size_t>
      unlisted_by_;  ///< for each task: unlisted steps since the last listed step of any task
  bool started_ = false;
};

}  // namespace sim
