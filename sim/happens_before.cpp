#include <sim/happens_before.hpp>

#include <algorithm>

namespace sim {
namespace {

void join(VectorClock& clock, const VectorClock& other, std::size_t tasks) {
  for (std::size_t i = 0; i < tasks; ++i) clock[i] = std::max(clock[i], other[i]);
}

}  // namespace

HappensBefore::ObjectClocks& HappensBefore::object(ObjectId id) {
  const std::size_t creator = index_of(creator_of(id));
  if (objects_.size() <= creator) objects_.resize(creator + 1);
  auto& row = objects_[creator];
  if (row.size() <= ordinal_of(id)) row.resize(ordinal_of(id) + 1);
  return row[ordinal_of(id)];
}

void HappensBefore::compute(const Trace& trace) {
  entries_.assign(trace.entries().begin(), trace.entries().end());
  clocks_.resize(entries_.size());
  for (auto& row : objects_) std::fill(row.begin(), row.end(), ObjectClocks{});
  std::size_t tasks = 1;
  for (const TraceEntry& entry : entries_) {
    tasks += entry.kind == OperationKind::spawn ? 1 : 0;
  }
  tasks_.assign(tasks, VectorClock{});
  fingerprint_ = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const TraceEntry& entry = entries_[i];
    const std::size_t me = index_of(entry.task);
    VectorClock& clock = tasks_[me];
    if (entry.kind == OperationKind::spawn) {
      tasks_[entry.value] = clock;
    } else if (entry.kind == OperationKind::join) {
      join(clock, tasks_[entry.value], tasks);
    } else {
      // A choice counts as a step of its task that touches nothing.
      ++clock[me];
      if (entry.is_step()) {
        ObjectClocks& touched = object(entry.object);
        join(clock, entry.is_write() ? touched.accesses : touched.writes, tasks);
        join(touched.accesses, clock, tasks);
        if (entry.is_write()) touched.writes = touched.accesses;
      }
      // Summed up, so that the order of independent steps makes no difference.
      std::uint64_t hash = hash_step(me, entry.is_step() ? 0 : entry.value + 1);
      for (std::size_t task = 0; task < tasks; ++task) hash = hash_step(hash, clock[task]);
      fingerprint_ += hash;
    }
    clocks_[i] = clock;
  }
}

bool HappensBefore::ordered(std::size_t a, std::size_t b) const {
  const std::size_t task = index_of(entries_[a].task);
  return clocks_[a][task] <= clocks_[b][task];
}

}  // namespace sim
