#include <sim/diagnose/explanation.hpp>

#include <algorithm>

namespace sim {
namespace {

bool touches(const TraceEntry& entry, ObjectId object) {
  return entry.object == object || entry.also_writes() == object;
}

/// Whether it changes `object`, which it touches.
bool changes(const TraceEntry& entry, ObjectId object) {
  return entry.also_writes() == object || entry.is_write();
}

}  // namespace

bool decides(const RecordedEvent& a, const RecordedEvent& b) {
  const auto releases = [](const RecordedEvent& e) {
    return e.operation == OperationKind::unlock || e.operation == OperationKind::unlock_shared ||
           e.operation == OperationKind::wait;
  };
  const auto locks = [](const RecordedEvent& e) {
    return e.operation == OperationKind::lock || e.operation == OperationKind::lock_shared;
  };
  return !((releases(a) && (locks(b) || releases(b))) || (releases(b) && locks(a)));
}

bool conflict(const RecordedEvent& a, const RecordedEvent& b) {
  if (!a.is_step() || !b.is_step()) return false;
  const TraceEntry one = a.entry();
  const TraceEntry other = b.entry();
  const auto conflict_on = [&](ObjectId object) {
    return touches(one, object) && touches(other, object) &&
           (changes(one, object) || changes(other, object));
  };
  return conflict_on(one.object) || (one.also_writes() && conflict_on(*one.also_writes()));
}

std::vector<Ordering> conflict_edges(const Recording& recording) {
  const auto& events = recording.events;
  const std::size_t tasks = recording.tasks.size();
  std::vector<Ordering> edges;
  // For each event, how many events of each task are before it in the happens-before order.
  std::vector<std::vector<std::size_t>> before(events.size(), std::vector<std::size_t>(tasks, 0));
  std::vector<std::optional<std::size_t>> last(tasks);
  for (std::size_t b = 0; b < events.size(); ++b) {
    auto& clock = before[b];
    const auto merge = [&](std::size_t a) {
      for (std::size_t task = 0; task < tasks; ++task) {
        clock[task] = std::max(clock[task], before[a][task]);
      }
      clock[events[a].task] = std::max(clock[events[a].task], a + 1);
    };
    if (last[events[b].task]) merge(*last[events[b].task]);
    last[events[b].task] = b;
    for (std::size_t a = b; a-- > 0;) {
      const std::size_t task = events[a].task;
      if (task == events[b].task || clock[task] > a || !conflict(events[a], events[b])) continue;
      edges.push_back({a, b});
      merge(a);
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Ordering& a, const Ordering& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  });
  return edges;
}

}  // namespace sim
