#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <sim/schedule.hpp>
#include <sim/strategies/step_matcher.hpp>
#include <sim/strategy.hpp>

namespace sim {

/// Two steps of a schedule that are to come the other way round, and what stays as it was. Entries
/// are meant by their indexes.
struct Reversal {
  std::size_t first = 0;                         ///< of two conflicting steps, in the schedule
  std::size_t second = 0;                        ///< which is to come before `first`
  std::vector<std::vector<std::size_t>> before;  ///< by entry: those that stay before it
  std::vector<std::vector<std::size_t>> free;    ///< by entry: those that it may change places with
};

/// Runs the executions in which two steps of a schedule are reversed, and the order of the other
/// conflicts is as it was where these steps are made at all; but for the conflicts of the same two
/// tasks in between, which are tried in every order. What is not listed runs with its task's next
/// listed step.
class ReversalStrategy final : public Strategy {
 public:
  /// Keeps `entries`.
  ReversalStrategy(std::span<const ScheduleEntry> entries, Reversal reversal)
      : matcher_(entries), reversal_(std::move(reversal)) {}

  bool begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  /// Whether the execution that ran last is one of those: the second step was made and the first
  /// was not before it.
  [[nodiscard]] bool is_reversed() const;

 private:
  struct Candidate {
    TaskId task{};
    std::optional<std::size_t> entry;
    std::size_t position = 0;  ///< in the schedule, of its next listed step
    bool held = false;         ///< by one that stays before it
  };

  std::vector<Candidate> candidates(const ChoicePoint& point);
  [[nodiscard]] bool comes(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool is_held(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool may_change_places(const Candidate& candidate) const;
  [[nodiscard]] bool is_of_the_two(TaskId task) const;
  std::size_t decide(std::size_t alternatives);

  StepMatcher matcher_;
  Reversal reversal_;
  std::vector<std::pair<std::size_t, std::size_t>> path_;  ///< decisions: taken, of how many
  std::size_t depth_ = 0;
  bool started_ = false;
  bool in_order_ = true;  ///< no step had to be made before one that stays before it
  bool first_came_first_ = false;
};

}  // namespace sim
