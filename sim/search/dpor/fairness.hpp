#pragma once

// Which branches of the search by traces can belong to a fair execution. Yields are fair: a task
// that has yielded waits until each task that was enabled then has made a step or cannot make one
// (sim/engine/scheduler.hpp). A branch that no fair execution contains is not explored, so that a
// loop that yields ends. The search decides this from the happens-before order: at least one of the
// executions of a trace must be fair. docs/dpor.md has the reasons in "Yields".

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/search/dpor/last_execution.hpp>

namespace sim {

/// Decides whether a branch can be fair. Used by one thread at a time.
class Fairness {
 public:
  /// Keeps a reference to the execution.
  explicit Fairness(const LastExecution& execution) : execution_(execution) {}

  /// Begins with a new trace, which must stay valid until the next call.
  void begin(const Trace& trace) {
    trace_ = trace.entries();
    after_yields_ = trace.context().after_yields;
  }
  [[nodiscard]] bool has_yields() const { return !after_yields_.empty(); }
  /// The steps of a branch.
  struct Steps {
    std::vector<std::uint32_t> entries;  ///< in order; with each step, those that happen before it
    std::size_t checked = 0;             ///< index in `entries` from which on steps are checked
    std::optional<std::uint32_t> overtaken;  ///< if set, the last step is moved before this entry,
                                             ///< which is not in the branch
  };
  /// Whether each step after a yield may come after a step of each other task that could run. Errs
  /// on the side of true.
  [[nodiscard]] bool may_be_fair(const Steps& steps) const;

 private:
  [[nodiscard]] const StepAfterYield* after_yield(std::uint32_t entry) const;
  [[nodiscard]] bool may_be_fair_to(TaskId other, TaskId task, const Steps& steps) const;
  [[nodiscard]] bool comes_after(std::size_t at, std::uint32_t earlier, const Steps& steps) const;
  [[nodiscard]] bool exists_at(TaskId other, std::optional<std::uint32_t> before,
                               TaskId task) const;
  [[nodiscard]] std::optional<std::uint32_t> spawn_of(TaskId task) const;
  [[nodiscard]] std::optional<std::uint32_t> next_step(TaskId task, std::size_t done) const;
  [[nodiscard]] bool comes_after_one(std::uint32_t next, std::uint32_t first,
                                     const Steps& steps) const;
  [[nodiscard]] bool would_succeed(std::uint32_t next, std::size_t at, const Steps& steps) const;
  [[nodiscard]] std::optional<std::uint64_t> value_found(std::size_t at, const Steps& steps) const;
  [[nodiscard]] std::optional<std::uint64_t> value_left(std::uint32_t entry) const;

  const LastExecution& execution_;
  std::span<const TraceEntry> trace_;
  std::span<const StepAfterYield> after_yields_;
};

}  // namespace sim
