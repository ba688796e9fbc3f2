#include <sim/diagnose/fair_strategy.hpp>

#include <algorithm>
#include <cstddef>

namespace sim {
namespace {

/// Whether an operation of this kind may leave its object as it is, and does not wait.
bool only_looks(OperationKind kind) {
  return (only_reads(kind) || result_depends_on_order(kind)) && !may_wait(kind) &&
         !begins_to_sleep(kind) && !may_time_out(kind);
}

}  // namespace

bool FairStrategy::repeats(TaskId task, const Operation& next) const {
  return index_of(task) < looks_.size() && only_looks(next.kind) &&
         looks_[index_of(task)].contains({next.kind, next.object});
}

void FairStrategy::note(TaskId task, const Operation& step) {
  looks_.resize(std::max(looks_.size(), index_of(task) + 1));
  if (!only_reads(step.kind)) {
    for (std::size_t other = 0; other < looks_.size(); ++other) {
      const auto sees = [&](const Look& look) { return look.second == step.object; };
      std::set<Look>& its = looks_[other];
      if (other != index_of(task) && std::any_of(its.begin(), its.end(), sees)) its.clear();
    }
  }
  if (only_looks(step.kind)) {
    looks_[index_of(task)].emplace(step.kind, step.object);
  } else {
    looks_[index_of(task)].clear();
  }
}

std::uint32_t FairStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return inner_.choose(point);
  ChoicePoint rest = point;
  point.enabled.for_each([&](TaskId task) {
    if (repeats(task, point.pending[index_of(task)])) rest.enabled.erase(task);
  });
  if (rest.enabled.empty()) rest.enabled = point.enabled;
  rest.alternatives = rest.enabled.size();
  const std::uint32_t index = inner_.choose(rest);
  if (index >= rest.alternatives) return kRefuse;
  const TaskId task = rest.enabled.nth(index);
  note(task, point.pending[index_of(task)]);
  return point.enabled.rank(task);
}

}  // namespace sim
