#pragma once

// The search by traces: optimal dynamic partial order reduction (DPOR). It is used like any other
// strategy; its name in options is "dpor".
//
// How it finds the next execution:
//
// An execution is a path of decisions. At each point there is a default step d: the next step of
// the task that ran last or, if that task cannot continue, of the lowest task. The path takes
// either d or a wakeup sequence, which displaces d: the steps that lead to a step x that conflicts
// with d, and then x, so that x comes before d. After a wakeup sequence, d is the default again.
// Each Mazurkiewicz trace has exactly one such path, because a wakeup sequence is taken only where
// d cannot come first, and only to the first such x in a fixed order (canonical_order.hpp).
//
// 1. begin_execution() pops a branch: the steps and choices with which the execution begins. After
//    them, choose() takes defaults only.
// 2. end_execution() computes the happens-before order of the trace (last_execution.hpp). It reuses
//    the data of the prefix that the trace shares with the previous execution.
// 3. For each step x after the branch, it considers the steps d that race with x
//    (race_reverser.hpp). Reversing a race gives a branch: the steps before d, then the steps that
//    x needs, then x. A step that had to wait is reversed with the last step before which it could
//    have been executed.
// 4. Many executions contain the same race. Only one of them may reverse it: the one that executes
//    nothing between d and x that x does not need. Races at or before the reversal floor are
//    therefore ignored, as are those whose branch would not be the canonical path.
// 5. The branches are pushed on a stack. When the stack is empty, every trace has been run, each
//    of them once.
//
// A branch is independent of all others, so it can be explored in another process or after a
// restart. docs/dpor.md has the proof.

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

/// Runs exactly one execution of each Mazurkiewicz trace, and abandons none of them. Complete for
/// programs whose invariants exist while all tasks run; the status is `unsupported` for other
/// programs. If the program yields, it runs one execution of each trace that has a fair execution.
///
/// Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal dynamic partial order
/// reduction" (JACM 2017). The rule that only one execution makes each reversal follows
/// Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly stateless, optimal dynamic partial order
/// reduction" (POPL 2022).
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

  /// The memory of the branches that are left to explore, in bytes.
  [[nodiscard]] std::size_t branch_bytes() const { return branches_.bytes(); }
  /// The maximum of branch_bytes() so far.
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
  Branch branch_;                  ///< the branch with which the running execution begins
  std::size_t steps_made_ = 0;     ///< number of the branch's steps that were made
  std::vector<bool> choice_made_;  ///< whether each choice of the branch was made
  std::vector<bool> choice_new_;   ///< for each choice of the execution, whether it is not in the
                                   ///< branch
  /// The branch ended with a wakeup sequence, and the step that it displaced is the next default.
  bool displaced_is_due_ = false;
  /// The TaskId that each task has in this execution, by the TaskId that the branch uses for it.
  std::array<std::optional<TaskId>, kTasksMax> actual_{};
  std::array<std::optional<TaskId>, kTasksMax> named_{};  ///< the inverse of actual_
  std::uint32_t actual_known_ = 0;  ///< number of tasks of this execution that have entries in
                                    ///< named_

  LastExecution last_;
  RaceReverser reverser_{last_, branch_, branches_};
  Branch checked_;  ///< a buffer of resume()
  SearchStatus status_ = SearchStatus::running;
};

}  // namespace sim
