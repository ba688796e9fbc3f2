#include <sim/memory/data_race.hpp>

#include <algorithm>

namespace sim {
namespace {

bool acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}
bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

}  // namespace

void RaceDetector::watch(std::uint32_t tasks) {
  for (auto& row : objects_) row.clear();
  for (std::uint32_t task = 0; task < tasks; ++task) reset(task_at(task));
}

void RaceDetector::reset(TaskId task) {
  clocks_[index_of(task)] = {};
  clocks_[index_of(task)].now.advance(task);
}

RaceDetector::Object& RaceDetector::object(ObjectId id) {
  const std::size_t creator = index_of(creator_of(id));
  if (objects_.size() <= creator) objects_.resize(creator + 1);
  auto& row = objects_[creator];
  if (row.size() <= ordinal_of(id)) row.resize(ordinal_of(id) + 1);
  return row[ordinal_of(id)];
}

VectorClock& RaceDetector::phase(Object& object, std::uint64_t number) {
  if (object.arrived.size() <= number) object.arrived.resize(number + 1);
  return object.arrived[number];
}

// ---------------------------------------------------------------------------------------------
// Synchronization

void RaceDetector::spawn(TaskId parent, TaskId child) {
  Task& task = clocks_[index_of(child)];
  task = {};
  task.now = clocks_[index_of(parent)].now;
  // The child may have the place of a task that has ended, whose accesses the parent knows.
  task.now.advance(child);
  clocks_[index_of(parent)].now.advance(parent);
}

void RaceDetector::join(TaskId joiner, TaskId ended) {
  clocks_[index_of(joiner)].now.merge(clocks_[index_of(ended)].now);
}

void RaceDetector::fence(TaskId id, std::memory_order order) {
  Task& task = clocks_[index_of(id)];
  if (acquires(order)) task.now.merge(task.read);
  if (releases(order)) {
    task.released = task.now;
    task.now.advance(id);
  }
}

void RaceDetector::complete(TaskId task, ObjectId object_id, std::uint64_t number) {
  clocks_[index_of(task)].now.merge(phase(object(object_id), number));
}

void RaceDetector::acquire(Task& task, const VectorClock& clock, std::memory_order order) {
  (acquires(order) ? task.now : task.read).merge(clock);
}

const VectorClock& RaceDetector::released(const Task& task, std::memory_order order) {
  return releases(order) ? task.now : task.released;
}

void RaceDetector::step(const TraceEntry& entry, std::memory_order order) {
  synchronize(entry, order);
  // A new epoch: what the task does from now on is not part of what this step may have released.
  clocks_[index_of(entry.task)].now.advance(entry.task);
}

void RaceDetector::synchronize(const TraceEntry& entry, std::memory_order order) {
  Object& on = object(entry.object);
  Task& task = clocks_[index_of(entry.task)];
  switch (row_of(entry.kind).synchronization) {
    case Synchronization::nothing:
      break;
    case Synchronization::atomic:
    case Synchronization::atomic_store:
      access_atomic(entry, task, on, order);
      break;
    case Synchronization::lock:
      if (entry.failed) break;
      task.now.merge(on.shared);
      task.now.merge(on.released);
      break;
    case Synchronization::lock_shared:
    case Synchronization::acquire_permit:
      if (!entry.failed) task.now.merge(on.released);
      break;
    case Synchronization::unlock:
    case Synchronization::release_permit:
      if (!entry.failed) on.released.merge(task.now);
      break;
    case Synchronization::unlock_shared:
      if (!entry.failed) on.shared.merge(task.now);
      break;
    case Synchronization::channel:
      task.now.merge(on.released);
      on.released.merge(task.now);
      break;
    case Synchronization::arrive:
      on.released.merge(task.now);
      phase(on, entry.phase()).merge(task.now);
      break;
    case Synchronization::await_phase:
      task.now.merge(phase(on, entry.phase()));
      break;
    case Synchronization::release_mutex:
      object(entry.released_mutex()).released.merge(task.now);
      break;
  }
}

void RaceDetector::access_atomic(const TraceEntry& entry, Task& task, Object& on,
                                 std::memory_order order) {
  const bool stores = row_of(entry.kind).synchronization == Synchronization::atomic_store;
  if (!stores) acquire(task, on.released, order);
  if (!entry.is_write()) return;
  // A store begins a new release sequence; a read-modify-write continues the one that it finds.
  if (stores) on.released = {};
  on.released.merge(released(task, order));
}

// ---------------------------------------------------------------------------------------------
// Accesses

std::optional<Access> RaceDetector::access(AccessHistory& history, const Access& access) {
  if (history.raced) return std::nullopt;
  std::optional<Access> race;
  if (history.write && !ordered(*history.write, access.task)) race = history.write;
  if (access.writes) {
    for (const Access& read : history.reads) {
      if (!race && !ordered(read, access.task)) race = read;
    }
    history.write = access;
    history.reads.clear();
  } else {
    std::erase_if(history.reads, [&](const Access& read) { return read.task == access.task; });
    history.reads.push_back(access);
  }
  history.raced = race.has_value();
  return race;
}

}  // namespace sim
