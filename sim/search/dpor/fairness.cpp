#include <sim/search/dpor/fairness.hpp>

#include <algorithm>
#include <utility>

#include <sim/memory/conflict.hpp>

namespace sim {

/// The fact that the step at `entry` comes after a yield; null if it does not.
const StepAfterYield* Fairness::after_yield(std::uint32_t entry) const {
  const auto found =
      std::lower_bound(after_yields_.begin(), after_yields_.end(), entry,
                       [](const StepAfterYield& a, std::size_t at) { return a.entry < at; });
  return found != after_yields_.end() && found->entry == entry ? &*found : nullptr;
}

bool Fairness::may_be_fair(const Steps& steps) const {
  TaskSet yielding;
  TaskSet tasks = TaskSet::of(kMainTask);
  for (const std::uint32_t entry : steps.entries) {
    tasks.insert(execution_[entry].entry.task);
    if (after_yield(entry) != nullptr) yielding.insert(execution_[entry].entry.task);
  }
  for (const TraceEntry& entry : trace_) {
    if (entry.is_spawn()) tasks.insert(entry.other_task());
  }
  bool fair = true;
  yielding.for_each([&](TaskId task) {
    (tasks - TaskSet::of(task)).for_each([&](TaskId other) {
      fair = fair && may_be_fair_to(other, task, steps);
    });
  });
  return fair;
}

/// Whether each step of `task` after a yield may come after a step of `other` that comes after the
/// step of `task` before the yield, if `other` could run then. Each step of `other` is used for one
/// yield only, because the yields of a task come one after the other.
bool Fairness::may_be_fair_to(TaskId other, TaskId task, const Steps& branch) const {
  const std::vector<std::uint32_t>& steps = branch.entries;
  const HappensBefore& order = execution_.order();
  std::optional<std::uint32_t> before;
  std::size_t unused = 0;  // index of the first step that may be one of `other` that is not used
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::uint32_t step = steps[i];
    if (execution_[step].entry.task != task) continue;
    const StepAfterYield* const yielded = after_yield(step);
    if (yielded != nullptr && !yielded->released.contains(other) &&
        exists_at(other, before, task)) {
      const bool is_moved = branch.overtaken && i + 1 == steps.size();
      bool found = false;
      std::size_t made = 0;  // steps of `other` before the one that it would have to make
      for (std::size_t j = 0; j < steps.size() && !found; ++j) {
        const std::uint32_t candidate = steps[j];
        if (execution_[candidate].entry.task != other) continue;
        const bool too_late = !is_moved && comes_after(j, step, branch);
        if (too_late) break;
        ++made;
        const bool too_early = before && order.in(candidate, order.clock(*before));
        found = j >= unused && !too_early;
        if (found) unused = j + 1;
      }
      if (!found && i >= branch.checked) {
        const std::optional<std::uint32_t> next = next_step(other, made);
        // Without a further step, `other` could not run. A step that commutes with all from here on
        // can be made in time; what comes after it is not known.
        return !next || !comes_after_one(*next, step, branch);
      }
    }
    before = step;
  }
  return true;
}

/// Whether step number `at` of a branch certainly comes after `earlier`, a step before it.
bool Fairness::comes_after(std::size_t at, std::uint32_t earlier, const Steps& steps) const {
  const HappensBefore& order = execution_.order();
  const std::uint32_t step = steps.entries[at];
  if (!steps.overtaken || at + 1 != steps.entries.size())
    return order.in(earlier, order.clock(step));
  // In the execution the moved step came after the one that it overtakes, which is not in the
  // branch.
  const std::int32_t ready = execution_[step].before;
  if (ready >= 0 && order.in(earlier, order.clock(static_cast<std::size_t>(ready)))) return true;
  const TraceEntry& moved = execution_[step].entry;
  return std::any_of(steps.entries.begin(), steps.entries.end() - 1, [&](std::uint32_t other) {
    return (other == earlier || order.in(earlier, order.clock(other))) &&
           order.conflicts(other, footprint(moved, true)) &&
           order.conflicts(other, footprint(moved, false));
  });
}

/// Whether `other` exists in every execution of the trace when `task` yields after its step
/// `before`, or before its first step.
bool Fairness::exists_at(TaskId other, std::optional<std::uint32_t> before, TaskId task) const {
  if (other == kMainTask) return true;
  const std::optional<std::uint32_t> spawn = spawn_of(other);
  if (!before) before = spawn_of(task);
  if (!spawn || !before) return false;
  const HappensBefore& order = execution_.order();
  return *spawn <= *before && includes(order.clock(*before), order.clock(*spawn));
}

std::optional<std::uint32_t> Fairness::spawn_of(TaskId task) const {
  for (std::uint32_t i = 0; i < execution_.order().size(); ++i) {
    const TraceEntry& entry = execution_[i].entry;
    if (entry.is_spawn() && entry.other_task() == task) return i;
  }
  return std::nullopt;
}

/// The entry of step number `done` of `task`, from 0, if the task was ready to make it after its
/// previous step. Empty if there is no such step, or if the task may have had to wait for it.
std::optional<std::uint32_t> Fairness::next_step(TaskId task, std::size_t done) const {
  bool ready = true;
  bool exists = task == kMainTask;
  for (std::uint32_t i = 0; i < trace_.size(); ++i) {
    // A task that takes the place of another one exists only when that has ended.
    if (trace_[i].is_spawn() && trace_[i].other_task() == task)
      ready = !std::exchange(exists, true);
    if (trace_[i].task != task) continue;
    if (!trace_[i].is_step()) {
      ready = ready && !trace_[i].is_wake() && !trace_[i].is_join();
    } else if (done-- == 0) {
      return ready && !may_wait(trace_[i].kind) ? std::optional{i} : std::nullopt;
    } else {
      ready = true;
    }
  }
  return std::nullopt;
}

/// Whether the step at `next` comes after `first` or after a step that happens after it, because it
/// would conflict with that step if it were made before.
bool Fairness::comes_after_one(std::uint32_t next, std::uint32_t first, const Steps& steps) const {
  const HappensBefore& order = execution_.order();
  for (std::size_t at = 0; at < steps.entries.size(); ++at) {
    const std::uint32_t step = steps.entries[at];
    if (step != first && !comes_after(at, first, steps)) continue;
    // The step that was overtaken conflicts with the one that has overtaken it in both orders.
    const bool overtaken = steps.overtaken == next && at + 1 == steps.entries.size();
    const bool succeeds = would_succeed(next, at, steps);
    if (overtaken || order.conflicts(step, footprint(trace_[next], succeeds))) return true;
  }
  return false;
}

/// Whether the step at `next` would succeed in the state in which step number `at` finds its
/// object. If that is not known, false.
bool Fairness::would_succeed(std::uint32_t next, std::size_t at, const Steps& steps) const {
  const TraceEntry& entry = trace_[next];
  const TraceEntry& found = execution_[steps.entries[at]].entry;
  if (!result_depends_on_order(entry.kind)) return true;
  if (found.object != entry.object) return false;
  if (row_of(entry.kind).requires_state != Requirement::expected_value) {
    return found.kind != OperationKind::load && found_required_state(found, entry);
  }
  const std::optional<std::uint64_t> value = value_found(at, steps);
  return value && execution_.comparison(next).expected == *value;
}

/// The value in which step number `at`, on an atomic, finds its object; empty if it is not known.
std::optional<std::uint64_t> Fairness::value_found(std::size_t at, const Steps& steps) const {
  const std::uint32_t step = steps.entries[at];
  const TraceEntry& entry = execution_[step].entry;
  const bool moved = steps.overtaken && at + 1 == steps.entries.size();
  if (!moved) {
    if (only_reads(entry.kind)) return entry.result_bits();
    if (entry.kind == OperationKind::compare_exchange) return execution_.comparison(step).found;
    return std::nullopt;
  }
  // It finds the value that the last step before it has left.
  for (std::size_t i = at; i-- > 0;) {
    if (execution_[steps.entries[i]].entry.object != entry.object) continue;
    return value_left(steps.entries[i]);
  }
  const TraceEntry& overtaken = trace_[*steps.overtaken];
  if (overtaken.object != entry.object) return std::nullopt;
  if (only_reads(overtaken.kind)) return overtaken.result_bits();
  if (overtaken.kind == OperationKind::compare_exchange) {
    return execution_.comparison(*steps.overtaken).found;
  }
  return std::nullopt;
}

/// The value that the step at `entry` has left in its object, if that is an atomic.
std::optional<std::uint64_t> Fairness::value_left(std::uint32_t entry) const {
  const TraceEntry& step = execution_[entry].entry;
  const Synchronization kind = row_of(step.kind).synchronization;
  const bool atomic = kind == Synchronization::atomic || kind == Synchronization::atomic_store;
  return atomic ? std::optional{step.result_bits()} : std::nullopt;
}

}  // namespace sim
