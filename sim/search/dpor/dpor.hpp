#pragma once

// The search by traces: optimal dynamic partial order reduction. It is used like any other
// strategy; its name in options is "dpor".
//
// How it finds the next execution:
//
// An execution is a path of decisions. At each point there is a default step d: of the task that
// ran last, or of the lowest task if that one cannot go on. The path either takes d or a wakeup
// sequence, which displaces d: the steps that lead up to a step x that conflicts with d, and then
// x, so that x comes before d. After a wakeup sequence d is the default again. Each Mazurkiewicz
// trace has exactly one such path, because a wakeup sequence is taken only where d cannot come
// first, and to the first such x in a fixed order (canonical_order.hpp).
//
// 1. begin_execution() pops a branch: the steps and choices that the execution begins with. After
//    them choose() takes defaults only.
// 2. end_execution() computes the happens-before order of the trace (last_execution.hpp). The
// prefix
//    that it shares with the execution before is kept.
// 3. Each step x after the branch is looked at with the steps d that it races with
//    (race_reverser.hpp). Reversing a race gives a branch: what came before d, then what x needs,
//    then x. A step that had to wait is reversed with the last step before which it could have run.
// 4. Many executions see the same race. Only one may reverse it: the one that does nothing between
// d
//    and x that x does not need. So races at or before the reversal floor are left out, and those
//    whose branch would not be the canonical path.
// 5. The branches go on a stack. When it is empty, every trace was run, and each of them once.
//
// A branch needs to know nothing of the others, so any of them can be explored in another process
// or after a restart. docs/dpor.md has the proof.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/search/dpor/branch.hpp>
#include <sim/search/dpor/last_execution.hpp>
#include <sim/search/dpor/race_reverser.hpp>
#include <sim/search/splittable.hpp>
#include <sim/search/work_stack.hpp>

namespace sim {

/// Runs exactly one execution of each Mazurkiewicz trace, and none that is given up half-way.
/// Complete for programs that do not call sim::yield().
///
/// Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal dynamic partial order
/// reduction" (JACM 2017). That a reversal belongs to one execution, which alone makes it, is the
/// idea of Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly stateless, optimal dynamic
/// partial order reduction" (POPL 2022).
class DporStrategy final : public SplittableStrategy {
 public:
  static constexpr Capabilities kCapabilities{.needs_order = true, .counts_traces = true};

  DporStrategy();

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

  /// How many bytes the branches that are left to explore take.
  [[nodiscard]] std::size_t branch_bytes() const { return branches_.bytes(); }
  /// The most bytes that they took so far.
  [[nodiscard]] std::size_t branch_bytes_max() const { return branches_.bytes_max(); }

 private:
  std::uint32_t choose_value(const ChoicePoint& point);
  std::uint32_t choose_default(const ChoicePoint& point);
  std::optional<TaskId> actual(TaskId named, const NameTable& names) {
    return branch_.origins.empty() ? named : find_actual(named, names);
  }
  std::optional<TaskId> find_actual(TaskId named, const NameTable& names);

  [[nodiscard]] static std::string_view unsupported_because_of(const TraceContext& context);
  [[nodiscard]] bool rename_displaced_tasks();

  WorkStack branches_;
  Branch branch_;                  ///< what the running execution begins with
  std::size_t steps_made_ = 0;     ///< how many of the branch's steps were made
  std::vector<bool> choice_made_;  ///< by choice of the branch
  std::vector<bool> choice_new_;   ///< by choice of the execution: the branch does not have it
  /// The branch ends with a wakeup sequence: the step that it displaced is due.
  bool displaced_is_due_ = false;
  /// The number in this execution of each task, by the number that the branch gives it.
  std::array<std::optional<TaskId>, kTasksMax> actual_{};
  std::array<std::optional<TaskId>, kTasksMax> named_{};  ///< the inverse of actual_
  std::uint32_t actual_known_ = 0;  ///< how many tasks of this execution have entries in named_

  LastExecution last_;
  RaceReverser reverser_{last_, branch_, branches_};
  Branch checked_;  ///< used by resume()
  SearchStatus status_ = SearchStatus::running;
};

}  // namespace sim
