#pragma once

// Finds the races that this execution must reverse and makes a branch for each, from which the
// search by traces reaches other traces. docs/dpor.md has the theory in "Finding the branches" and
// "Operations that wait".

#include <cstdint>
#include <optional>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/search/dpor/branch.hpp>
#include <sim/search/dpor/canonical_order.hpp>
#include <sim/search/dpor/fairness.hpp>
#include <sim/search/dpor/last_execution.hpp>
#include <sim/search/work_stack.hpp>

namespace sim {

/// Makes branches from the races and choices of the execution that ran last.
class RaceReverser {
 public:
  /// Keeps all references. `path` is the branch with which the execution began; new branches are
  /// pushed on `branches`.
  RaceReverser(const LastExecution& execution, const Branch& path, WorkStack& branches)
      : execution_(execution),
        path_(path),
        canonical_order_(execution, path),
        fairness_(execution),
        branches_(branches) {}

  /// Must be called for each execution before the other functions.
  void begin(const Trace& trace) { fairness_.begin(trace); }
  /// Reverses the races of step entry `entry`. Requires `entry` to be the one that was added last.
  void reverse_races_of(std::uint32_t entry);
  /// Reverses the attempt of a task that was blocked when the execution ended. Requires all entries
  /// to have been added.
  void reverse_blocked(const BlockedTask& blocked);
  /// Makes a branch for the other alternatives of each choice that the path does not fix. `is_new`
  /// says for each choice, in order, whether the path does not fix it.
  void branch_choices(const std::vector<bool>& is_new);

 private:
  void reverse_attempt(const TraceEntry& step, std::int32_t ready,
                       std::optional<std::uint32_t> entry, std::optional<std::uint32_t> before);
  void reverse(const RaceReversal& reversal);
  [[nodiscard]] bool may_be_fair(const RaceReversal& reversal);
  void copy_choices(const RaceReversal& reversal);
  void push_child();
  [[nodiscard]] std::int32_t reversal_floor(ClockView clock,
                                            std::optional<std::uint32_t> entry) const;
  [[nodiscard]] std::int32_t floor_of_choice(std::uint32_t choice, ClockView clock) const;
  [[nodiscard]] bool chose_another_after(std::uint32_t entry) const;

  const LastExecution& execution_;
  const Branch& path_;
  CanonicalOrder canonical_order_;
  Fairness fairness_;
  WorkStack& branches_;
  Branch child_;
  Fairness::Steps fair_;  ///< a buffer of may_be_fair()
};

}  // namespace sim
