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

/// Runs one execution in which the steps that a schedule lists come in its order, as far as that is
/// possible. Steps that are not listed run right before the next listed step of their task. A
/// listed step whose task cannot run is put off until it can; one that its task passes over is left
/// out. After the last listed step the running task goes on, or else the lowest. Never refuses.
class FollowStrategy final : public Strategy {
 public:
  /// `entries` must outlive the strategy.
  explicit FollowStrategy(std::span<const ScheduleEntry> entries) : matcher_(entries) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  /// The entries that were made later than where the schedule has them, as indexes.
  [[nodiscard]] const std::set<std::size_t>& put_off() const { return put_off_; }
  /// The entries that were never made, as indexes in ascending order.
  [[nodiscard]] std::vector<std::size_t> left_out() const;
  /// The number of steps and choices that are not listed, made before the last listed one.
  [[nodiscard]] std::size_t unlisted() const { return unlisted_; }
  /// The number of choices made after the last listed one.
  [[nodiscard]] std::size_t beyond() const { return beyond_; }

 private:
  std::optional<TaskId> listed_task(const ChoicePoint& point);
  [[nodiscard]] TaskId any_task(const ChoicePoint& point) const;
  [[nodiscard]] std::size_t unlisted_by(TaskId task) const;

  StepMatcher matcher_;
  std::set<std::size_t> put_off_;
  std::size_t first_due_ = 0;  ///< all entries before this one are done or gone
  std::size_t unlisted_ = 0;
  std::size_t beyond_ = 0;
  std::vector<std::size_t>
      unlisted_by_;  ///< by task: unlisted steps since the last listed step of any
  bool started_ = false;
};

}  // namespace sim
