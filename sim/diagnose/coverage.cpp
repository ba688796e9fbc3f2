#include <sim/diagnose/coverage.hpp>

#include <algorithm>

#include <sim/diagnose/explanation.hpp>
#include <sim/memory/conflict.hpp>
#include <sim/memory/vector_clock.hpp>

namespace sim {
namespace {

/// Happens-before without conflicts: only program order, spawns and joins.
class StructuralOrder {
 public:
  void add(const TraceEntry& entry) {
    if (entry.is_spawn()) {
      const VectorClock parent = clock(entry.task);
      clock(entry.other_task()) = parent;
    } else if (entry.is_join()) {
      const VectorClock ended = clock(entry.other_task());
      clock(entry.task).merge(ended);
    }
  }
  /// Counts a step of `task`; returns its number, from 1.
  std::int32_t step(TaskId task) { return clock(task).advance(task); }
  /// Whether step number `step` of `other` happens before the current step of `task`.
  [[nodiscard]] bool knows(TaskId task, TaskId other, std::int32_t step) {
    return clock(task).knows(other, step);
  }

 private:
  VectorClock& clock(TaskId task) {
    if (clocks_.size() <= index_of(task)) clocks_.resize(index_of(task) + 1);
    return clocks_[index_of(task)];
  }

  std::vector<VectorClock> clocks_;
};

}  // namespace

void CoverageCollector::meet(const TaskAction& first, const TaskAction& second) {
  const bool sorted = first < second;
  unsigned& seen = orders_[sorted ? std::pair{first, second} : std::pair{second, first}];
  seen |= sorted ? 1U : 2U;
}

void CoverageCollector::add(const Trace& trace, const Recording& recording) {
  ++executions_;
  const auto& events = recording.events;
  StructuralOrder order;
  std::map<TaskAction, Last> last;
  std::size_t event = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (entry.is_order()) order.add(entry);
    if (!entry.is_step()) continue;
    while (event < events.size() && !events[event].is_step()) ++event;
    if (event == events.size()) return;
    const RecordedEvent& now = events[event];
    const TaskAction action{recording.tasks[now.task].name, now.label, now.text, now.operation,
                            now.object == kClock};
    const std::int32_t step = order.step(entry.task);
    for (const auto& [other, when] : last) {
      const RecordedEvent& before = events[when.event];
      if (before.task == now.task || order.knows(entry.task, task_at(before.task), when.step)) {
        continue;
      }
      if (conflicts(before.entry(), now.entry()) && decides(before, now)) meet(other, action);
    }
    last[action] = {event++, step};
  }
}

Coverage CoverageCollector::result() const {
  constexpr unsigned kBoth = 3;
  Coverage coverage{executions_, orders_.size(), {}};
  for (const auto& [pair, seen] : orders_) {
    if (seen == 1) coverage.never.push_back({pair.second, pair.first});
    if (seen != 1 && seen != kBoth) coverage.never.push_back({pair.first, pair.second});
  }
  return coverage;
}

}  // namespace sim
