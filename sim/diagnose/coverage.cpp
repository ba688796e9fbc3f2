#include <sim/diagnose/coverage.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <sim/diagnose/explanation.hpp>
#include <sim/report/cause.hpp>

namespace sim {
namespace {

/// How many steps of each task are before a point because of the tasks' own orders, spawns and
/// joins alone.
class StructuralClocks {
 public:
  explicit StructuralClocks(std::size_t tasks)
      : clocks_(tasks, std::vector<std::size_t>(tasks, 0)) {}

  void order(const TraceEntry& entry) {
    const std::size_t task = index_of(entry.task);
    if (!entry.is_spawn() && !entry.is_join()) return;
    const std::size_t other = index_of(entry.other_task());
    if (entry.is_spawn()) {
      clocks_[other] = clocks_[task];
      return;
    }
    for (std::size_t i = 0; i < clocks_.size(); ++i) {
      clocks_[task][i] = std::max(clocks_[task][i], clocks_[other][i]);
    }
  }
  /// The number of this step of the task, from 1.
  std::size_t step(std::size_t task) { return ++clocks_[task][task]; }
  /// Whether step number `step` of `other` is before what `task` does now.
  [[nodiscard]] bool knows(std::size_t task, std::size_t other, std::size_t step) const {
    return clocks_[task][other] >= step;
  }

 private:
  std::vector<std::vector<std::size_t>> clocks_;
};

}  // namespace

void CoverageCollector::meet(const Action& first, const Action& second) {
  const bool sorted = first < second;
  unsigned& seen = orders_[sorted ? std::pair{first, second} : std::pair{second, first}];
  seen |= sorted ? 1U : 2U;
}

void CoverageCollector::add(const Trace& trace, const Recording& recording) {
  ++executions_;
  const auto& events = recording.events;
  std::size_t tasks = recording.tasks.size();
  for (const TraceEntry& entry : trace.entries()) {
    tasks = std::max(tasks, index_of(entry.task) + 1);
    if (entry.is_spawn() || entry.is_join()) {
      tasks = std::max(tasks, index_of(entry.other_task()) + 1);
    }
  }
  StructuralClocks clocks{tasks};
  std::map<Action, Last> last;
  std::size_t event = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (entry.is_order()) clocks.order(entry);
    if (!entry.is_step()) continue;
    while (event < events.size() && !events[event].is_step()) ++event;
    if (event == events.size()) return;
    const RecordedEvent& now = events[event];
    const Action action{recording.tasks[now.task].name, now.label, now.text};
    const std::size_t step = clocks.step(now.task);
    for (const auto& [other, when] : last) {
      const RecordedEvent& before = events[when.event];
      if (before.task == now.task || clocks.knows(now.task, before.task, when.step)) continue;
      if (conflict(before, now) && decides(before, now)) meet(other, action);
    }
    last[action] = {event++, step};
  }
}

Coverage CoverageCollector::result() const {
  constexpr unsigned kBoth = 3;
  Coverage coverage{executions_, orders_.size(), {}};
  for (const auto& [pair, seen] : orders_) {
    if (seen == kBoth) continue;
    const Action& first = seen == 1 ? pair.first : pair.second;
    const Action& second = seen == 1 ? pair.second : pair.first;
    coverage.never.push_back(fmt::format("{} before {}",
                                         action_text(second.task, second.operation, second.object),
                                         action_text(first.task, first.operation, first.object)));
  }
  return coverage;
}

}  // namespace sim
