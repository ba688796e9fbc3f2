#pragma once

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

/// Takes a schedule as an order over the steps that it lists, for a program that has changed since
/// or for a schedule with gaps. A step that is not listed runs with its task's next listed one; a
/// listed step whose task cannot run is put off until it can; one that its task passes over is left
/// out. Behind the last one the task that ran last goes on, or else the lowest. Never refuses. One
/// execution.
class FollowStrategy final : public Strategy {
 public:
  /// Keeps `entries`.
  explicit FollowStrategy(std::span<const ScheduleEntry> entries) : matcher_(entries) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  // How far the execution was that of the schedule; indexes of entries, in order.

  [[nodiscard]] const std::set<std::size_t>& put_off() const { return put_off_; }
  /// Those that were never done.
  [[nodiscard]] std::vector<std::size_t> left_out() const;
  /// Steps and choices that are not listed, made before the last listed one.
  [[nodiscard]] std::size_t unlisted() const { return unlisted_; }
  /// Choices made behind it.
  [[nodiscard]] std::size_t beyond() const { return beyond_; }

 private:
  std::optional<TaskId> listed_task(const ChoicePoint& point);
  [[nodiscard]] TaskId any_task(const ChoicePoint& point) const;
  [[nodiscard]] std::size_t unlisted_by(TaskId task) const;

  StepMatcher matcher_;
  std::set<std::size_t> put_off_;
  std::size_t first_due_ = 0;  ///< all entries before it are done or gone
  std::size_t unlisted_ = 0;
  std::size_t beyond_ = 0;
  std::vector<std::size_t> unlisted_by_;  ///< by task, since a listed step was made
  bool started_ = false;
};

}  // namespace sim
