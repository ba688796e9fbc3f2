#include <sim/diagnose/explanation.hpp>

#include <algorithm>
#include <span>

#include <sim/memory/conflict.hpp>
#include <sim/memory/happens_before.hpp>

namespace sim {
namespace {

bool releases_lock(OperationKind kind) {
  return unlocks(kind) || row_of(kind).also_writes == AlsoWrites::released_mutex;
}

}  // namespace

bool decides(OperationKind a, OperationKind b) {
  const bool a_locks = waits_for_lock(a);
  const bool b_locks = waits_for_lock(b);
  if (releases_lock(a)) return !b_locks && !releases_lock(b);
  return !(a_locks && releases_lock(b));
}

std::vector<Ordering> conflict_edges(const Recording& recording) {
  const auto& events = recording.events;
  std::vector<Ordering> edges;
  std::vector<std::size_t> steps;  // the event of each entry of `order`
  HappensBefore order;
  order.reserve_tasks(recording.tasks.size());
  for (std::size_t event = 0; event < events.size(); ++event) {
    if (!events[event].is_step()) continue;
    const TraceEntry step = events[event].entry();
    order.add(step);
    steps.push_back(event);
    const std::size_t last = steps.size() - 1;
    // What happens before the step by program order and by the edges found so far.
    std::vector<std::int32_t> known(order.tasks_max(), 0);
    const auto merge = [&](std::size_t entry) {
      merge_clocks(known.data(), order.clock(entry).data(), known.size());
    };
    if (order[last].before >= 0) merge(static_cast<std::size_t>(order[last].before));
    for (std::size_t a = last; a-- > 0;) {
      if (order[a].entry.task == step.task || order.in(a, known)) continue;
      if (!conflicts(order[a].entry, step)) continue;
      edges.push_back({steps[a], event});
      merge(a);
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Ordering& a, const Ordering& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  });
  return edges;
}

}  // namespace sim
