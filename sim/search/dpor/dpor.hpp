#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/memory/happens_before.hpp>
#include <sim/search/dpor/branch.hpp>
#include <sim/search/splittable.hpp>
#include <sim/search/work_stack.hpp>

namespace sim {

/// Optimal dynamic partial order reduction: of each Mazurkiewicz trace exactly one execution, and
/// none that is given up half-way. Complete for programs that do not call sim::yield().
///
/// An execution is a path of decisions: at each point either the default step d is taken (the task
/// that ran last goes on, else the lowest), or a *detour* is: the steps that lead up to a step x
/// which conflicts with d, then x, so that x comes before d; behind a detour d is the default
/// again. Each trace has exactly one such path: a detour is taken only where d cannot come first,
/// and towards the least such x. Where the race of d and x is seen in an execution in which d came
/// first, the detour is a new execution to run; exactly one execution sees it, the one whose path
/// has, behind d, no detour and no choice that x does not need. So a branch needs to know nothing
/// of the others: what is left to explore is a stack of branches, and any of them can be explored
/// elsewhere. docs/dpor.md has the proof.
///
/// After Abdulla, Aronis, Jonsson, Sagonas, "Source sets" (JACM 2017); the idea that a reversal has
/// one execution which alone may make it is that of Kokologiannakis, Marmanis, Gladstein,
/// Vafeiadis, "Truly stateless, optimal dynamic partial order reduction" (POPL 2022).
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

  /// Bytes of the branches that are left to explore, and the most that they were.
  [[nodiscard]] std::size_t branch_bytes() const { return branches_.bytes(); }
  [[nodiscard]] std::size_t branch_bytes_max() const { return branches_.bytes_max(); }

 private:
  /// A step x that could come before the step d it conflicts with.
  struct Reversal {
    std::uint32_t racing;  ///< the entry of d
    TraceEntry step;       ///< x; its result is that of x behind d
    std::int32_t ready;    ///< the entry that its task was at before it; -1: none
    ClockView needs;       ///< what x needs, beside what comes before d; d itself is left out
    std::uint32_t until;   ///< steps that x needs are before this one
    std::optional<std::uint32_t> entry;  ///< of x, where it was executed
  };

  std::uint32_t choose_value(const ChoicePoint& point);
  std::uint32_t choose_default(const ChoicePoint& point);
  std::optional<TaskId> actual(TaskId named, const NameTable& names) {
    return branch_.origins.empty() ? named : find_actual(named, names);
  }
  std::optional<TaskId> find_actual(TaskId named, const NameTable& names);

  [[nodiscard]] bool rename_skipped();
  std::size_t take_over(const Trace& trace);
  void add(const TraceEntry& entry);
  void cut(std::size_t entries);
  void reverse_races(std::uint32_t entry);
  [[nodiscard]] std::optional<std::uint32_t> admitting(const TraceEntry& step,
                                                       std::uint32_t entry) const;
  void reverse_attempt(const TraceEntry& step, std::int32_t ready,
                       std::optional<std::uint32_t> entry, std::optional<std::uint32_t> before);
  void reverse(const Reversal& reversal);
  void copy_choices(const Reversal& reversal);
  void branch_choices();
  void push_child();
  [[nodiscard]] std::int32_t barrier(ClockView clock, std::optional<std::uint32_t> racing) const;
  [[nodiscard]] std::int32_t barrier_of_choice(std::uint32_t choice, ClockView clock) const;
  [[nodiscard]] bool chose_behind(std::uint32_t entry) const;
  [[nodiscard]] bool is_least(const Reversal& reversal) const;
  [[nodiscard]] bool comes_first(const Reversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool is_behind(const Reversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool would_change(const Reversal& reversal, std::uint32_t other) const;
  [[nodiscard]] bool is_open(const Reversal& reversal, const TraceEntry& entry) const;
  [[nodiscard]] bool precedes(TaskId a, TaskId b) const;

  WorkStack branches_;
  Branch branch_;                  ///< what the running execution begins with
  std::size_t steps_made_ = 0;     ///< of it
  std::vector<bool> choice_made_;  ///< of it
  std::vector<bool> choice_new_;   ///< of each choice of the execution: the branch does not have it
  bool detoured_ = false;          ///< behind a detour: what it skipped is due
  std::array<std::optional<TaskId>, kTasksMax>
      actual_{};  ///< by a branch's name of a task: its number now
  std::array<std::optional<TaskId>, kTasksMax> named_{};  ///< the other way round
  std::uint32_t actual_known_ = 0;

  // The last execution.
  Causality causality_;
  std::vector<std::vector<ObjectId>> coupled_;
  std::vector<TaskId> steps_;          ///< which task made each
  std::vector<bool> in_detour_;        ///< by step
  std::vector<std::uint32_t> chosen_;  ///< the entries that are choices
  std::array<TaskId, kTasksMax> parent_{};
  std::array<std::uint32_t, kTasksMax> ordinal_{};
  std::array<std::uint32_t, kTasksMax> children_{};
  std::uint32_t tasks_ = 1;
  std::uint32_t nested_ = 0;  ///< tasks made by others than the test body
  std::vector<std::int32_t> no_clock_;
  std::span<const Comparison> comparisons_;
  std::span<const Admission> admissions_;

  Branch child_;
  SearchStatus status_ = SearchStatus::running;
};

}  // namespace sim
