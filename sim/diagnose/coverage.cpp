#include <sim/diagnose/coverage.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

#include <sim/base/hash.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/engine/engine.hpp>
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

std::size_t CoverageCollector::HashOfKey::operator()(const Key& key) const {
  return static_cast<std::size_t>(hash_step(
      hash_step(key.task, key.object),
      reinterpret_cast<std::uintptr_t>(key.label) ^ static_cast<std::uint64_t>(key.kind)));
}

std::uint32_t CoverageCollector::number_of(const NameTable& names, const TraceEntry& step,
                                           const char* label) {
  const auto [known, is_new] = known_.try_emplace(
      {names.identity_of(step.task), names.identity_of(step.object), label, step.kind});
  if (is_new) {
    const TaskAction action{names.task_name(step.task), label, names.object_name(step.object),
                            step.kind, step.object == kClock};
    const auto [number, first] =
        numbers_.try_emplace(action, static_cast<std::uint32_t>(actions_.size()));
    if (first) actions_.push_back(action);
    known->second = number->second;
  }
  return known->second;
}

void CoverageCollector::meet(std::uint32_t first, std::uint32_t second) {
  const auto [low, high] = std::minmax(first, second);
  orders_[std::uint64_t{low} << 32U | high] |= first < second ? 1U : 2U;
}

void CoverageCollector::on_step(const Engine& /*engine*/, const ChoicePoint& point, TaskId task) {
  labels_.push_back(point.pending[index_of(task)].label);
}

void CoverageCollector::on_outcome(const Engine& engine, const Outcome& outcome) {
  if (!outcome.failed()) add(engine.trace(), engine.names());
  labels_.clear();
}

void CoverageCollector::add(const Trace& trace, const NameTable& names) {
  ++executions_;
  StructuralOrder order;
  std::size_t steps = 0;
  std::unordered_map<ObjectId, std::vector<Last>> last;
  for (const TraceEntry& entry : trace.entries()) {
    if (entry.is_order()) order.add(entry);
    if (!entry.is_step()) continue;
    const std::uint32_t action = number_of(names, entry, labels_[steps++]);
    const std::int32_t step = order.step(entry.task);
    for (const std::optional<ObjectId> object :
         {std::optional{entry.object}, entry.also_writes()}) {
      if (!object) continue;
      std::vector<Last>& others = last[*object];
      Last* same = nullptr;
      for (Last& other : others) {
        if (other.action == action) same = &other;
        if (other.entry.task == entry.task) continue;
        if (order.knows(entry.task, other.entry.task, other.step)) continue;
        if (conflicts(other.entry, entry) && decides(other.entry.kind, entry.kind)) {
          meet(other.action, action);
        }
      }
      if (same == nullptr) same = &others.emplace_back();
      *same = {action, entry, step};
    }
  }
}

Coverage CoverageCollector::result() const {
  constexpr unsigned kBoth = 3;
  Coverage coverage{executions_, orders_.size(), {}};
  for (const auto& [pair, seen] : orders_) {
    if (seen == kBoth) continue;
    const TaskAction& low = actions_[pair >> 32U];
    const TaskAction& high = actions_[pair & 0xFFFFFFFFU];
    coverage.never.push_back(seen == 1 ? ActionOrder{high, low} : ActionOrder{low, high});
  }
  // In the order of the smaller action, so that the result does not depend on the order in which
  // the actions were met.
  std::sort(coverage.never.begin(), coverage.never.end(),
            [](const ActionOrder& a, const ActionOrder& b) {
              return std::minmax(a.first, a.second) < std::minmax(b.first, b.second);
            });
  return coverage;
}

}  // namespace sim
