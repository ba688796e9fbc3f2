#pragma once

// Runs the executions in which two steps of a recorded schedule have the opposite order. explain()
// uses it to test whether an order is necessary for a failure.

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

/// Two steps of a schedule whose order is reversed, and the orders that must stay. Entries are
/// given by their indexes in the schedule.
struct Reversal {
  std::size_t first = 0;                         ///< the earlier one of two conflicting steps
  std::size_t second = 0;                        ///< the later one, which must come first
  std::vector<std::vector<std::size_t>> before;  ///< by entry: entries that must come before it
  std::vector<std::vector<std::size_t>> free;    ///< by entry: entries that may come on either side
  std::set<ObjectId> shared;  ///< objects that several tasks use; on others, order does not matter
  /// Whether `first` also waits for the unlisted steps that the task of `second` makes right after
  /// it and that only read its object: the second step is the first part of a longer look.
  bool looks_to_the_end = false;
};

/// Runs the executions in which two steps of a schedule are reversed. The other conflicts keep
/// their order as far as their steps are made, except the conflicts in Reversal::free, which are
/// tried in both orders. So are steps that the schedule does not list, if they are on objects that
/// several tasks use.
class ReversalStrategy final : public Strategy {
 public:
  /// Keeps a reference to `entries`. If `samples` is 0, all these executions are run, each once;
  /// otherwise `samples` executions with random decisions.
  ReversalStrategy(std::span<const ScheduleEntry> entries, Reversal reversal,
                   std::uint32_t samples = 0)
      : matcher_(entries), reversal_(std::move(reversal)), samples_(samples) {}

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  /// Whether the two steps were reversed in the execution that ran last: the second was made, and
  /// the first was not made before it.
  [[nodiscard]] bool is_reversed() const;
  /// Whether both steps were made, the second one before the first.
  [[nodiscard]] bool has_both() const { return is_reversed() && matcher_.is_done(reversal_.first); }

 private:
  /// A task that has made the second step, and since then has only read the object of it.
  struct Look {
    TaskId task{};
    ObjectId object{};
    std::uint32_t reads = 0;
  };

  struct Candidate {
    TaskId task{};
    std::optional<std::size_t> entry;
    std::size_t position = 0;  ///< where the schedule lists its next step
    bool held = false;         ///< an entry that must come before it was not made yet
    bool shared = false;       ///< it is not listed, and is on an object that other tasks use
  };

  std::vector<Candidate> candidates(const ChoicePoint& point);
  [[nodiscard]] bool comes(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool is_held(std::size_t entry, const ChoicePoint& point) const;
  [[nodiscard]] bool looks_on(const ChoicePoint& point) const;
  void note_look(const Candidate& next, const ChoicePoint& point);
  [[nodiscard]] bool may_change_places(const Candidate& one, const Candidate& other) const;
  std::size_t decide(std::size_t alternatives);

  StepMatcher matcher_;
  Reversal reversal_;
  std::vector<std::pair<std::size_t, std::size_t>>
      path_;  ///< for each decision: the alternative taken, and the number of alternatives
  std::size_t depth_ = 0;
  std::uint32_t samples_;
  std::uint32_t sample_ = 0;
  Random random_{1};
  bool started_ = false;
  bool in_order_ = true;  ///< no entry was made before one that must come before it
  bool first_came_first_ = false;
  std::optional<Look> look_;
};

}  // namespace sim
