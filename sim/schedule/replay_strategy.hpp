#pragma once

// Replay in the modes `strict` and `through`: each step and choice must be the one in the schedule.

#include <cstddef>
#include <optional>
#include <string>

#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Where an execution diverged from a schedule, and how.
struct Divergence {
  std::size_t entry = 0;  ///< number of the schedule's entry, from 1
  std::size_t line = 0;   ///< line of the entry in its file; 0 if it was not read from a file
  std::string message;    ///< "expected …; …"
};

/// Runs one execution that follows a schedule: at each step the task, its operation, its object
/// and, if the schedule states it, the result must be those of the schedule. Otherwise choose()
/// returns kRefuse and divergence() says why. After the end of the schedule the task that ran last
/// continues if it can; otherwise the enabled task with the lowest number runs.
class ReplayStrategy final : public Strategy {
 public:
  /// Both must outlive the strategy; `recorder` must be the observer of the execution.
  ReplayStrategy(const Schedule& schedule, const Recorder& recorder)
      : schedule_(schedule), recorder_(recorder) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  /// Empty if the execution has followed the schedule as far as both went.
  [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
  /// The number of entries of the schedule that the execution has followed.
  [[nodiscard]] std::size_t followed() const { return followed_; }
  /// The number of choices that the execution made after the end of the schedule.
  [[nodiscard]] std::size_t beyond() const { return beyond_; }

 private:
  std::uint32_t follow_step(const ScheduledStep& step, const ChoicePoint& point);
  std::uint32_t follow_choice(const ScheduledChoice& choice, const ChoicePoint& point);
  std::uint32_t follow_notify(const ScheduledChoice& choice, const ChoicePoint& point);
  std::uint32_t diverge(std::size_t entry, std::string message);
  bool result_agrees();

  const Schedule& schedule_;
  const Recorder& recorder_;
  std::optional<Divergence> divergence_;
  std::size_t followed_ = 0;
  std::size_t beyond_ = 0;
  std::size_t unchecked_ =
      0;  ///< number, from 1, of the entry whose result is not compared yet; 0 if all are
  bool started_ = false;
};

}  // namespace sim
