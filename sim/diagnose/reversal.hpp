#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/random.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/step_matcher.hpp>

namespace sim {

/// Two steps of a schedule that are to come the other way round, and what stays as it was. Entries
/// are meant by their indexes.
struct Reversal {
  std::size_t first = 0;                         ///< of two conflicting steps, in the schedule
  std::size_t second = 0;                        ///< which is to come before `first`
  std::vector<std::vector<std::size_t>> before;  ///< by entry: those that stay before it
  std::vector<std::vector<std::size_t>> free;    ///< by entry: those that it may change places with
  std::set<ObjectId> shared;  ///< objects that several tasks use; of others no order matters
};

/// Runs the executions in which two steps of a schedule are reversed, and the order of the other
/// conflicts is as it was where these steps are made at all; but for those that it may change.
/// These come in every order, and so do steps that are not listed, except on objects that one task
/// has to itself.
class ReversalStrategy final : public Strategy {
 public:
  /// Keeps `entries`. Runs all such executions or, where `samples` are asked for, so many of them,
  /// with its decisions made at random.
  ReversalStrategy(std::span<const ScheduleEntry> entries, Reversal reversal,
                   std::uint32_t samples = 0)
      : matcher_(entries), reversal_(std::move(reversal)), samples_(samples) {}

  SearchStatus begin_execution() override;
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
    bool shared = false;       ///< it is not listed, and on an object that others use
  };

  std::vector<Candidate> candidates(const ChoicePoint& point);
  [[nodiscard]] bool comes(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool is_held(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool may_change_places(const Candidate& one, const Candidate& other) const;
  std::size_t decide(std::size_t alternatives);

  StepMatcher matcher_;
  Reversal reversal_;
  std::vector<std::pair<std::size_t, std::size_t>> path_;  ///< decisions: taken, of how many
  std::size_t depth_ = 0;
  std::uint32_t samples_;
  std::uint32_t sample_ = 0;
  Random random_{1};
  bool started_ = false;
  bool in_order_ = true;  ///< no step had to be made before one that stays before it
  bool first_came_first_ = false;
};

}  // namespace sim
