#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Where and how an execution departed from a schedule.
struct Divergence {
  std::size_t entry = 0;  ///< which step or choice of the schedule, from 1
  std::size_t line = 0;   ///< its line in the file, 0 where it has none
  std::string message;    ///< "expected …; …"
};

/// Follows a schedule to the letter: at each step the task, its operation and its object, and the
/// result where the schedule states one, must be what the schedule says; else it refuses. Behind
/// the schedule's end the task that ran last goes on, or else the lowest. One execution.
class ReplayStrategy final : public Strategy {
 public:
  /// Keeps both; `recorder` must be the execution's observer.
  ReplayStrategy(const Schedule& schedule, const Recorder& recorder)
      : schedule_(schedule), recorder_(recorder) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  /// Empty where the execution has followed the schedule as far as both went.
  [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
  /// Entries of the schedule that the execution did.
  [[nodiscard]] std::size_t followed() const { return followed_; }
  /// Choices that the execution made behind the schedule's end.
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
  std::size_t unchecked_ = 0;  ///< 1 + index of the step whose result has not been compared
  bool started_ = false;
};

}  // namespace sim
