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
  watching_ = true;
  for (auto& row : objects_) row.clear();
  for (std::uint32_t task = 0; task < tasks; ++task) reset(task_at(task));
}

void RaceDetector::reset(TaskId task) {
  clocks_[index_of(task)] = {};
  clocks_[index_of(task)].now[index_of(task)] = 1;
}

void RaceDetector::merge(Clock& clock, const Clock& other) {
  for (std::size_t i = 0; i < kTasksMax; ++i) clock[i] = std::max(clock[i], other[i]);
}

RaceDetector::Object& RaceDetector::object(ObjectId id) {
  const std::size_t creator = index_of(creator_of(id));
  if (objects_.size() <= creator) objects_.resize(creator + 1);
  auto& row = objects_[creator];
  if (row.size() <= ordinal_of(id)) row.resize(ordinal_of(id) + 1);
  return row[ordinal_of(id)];
}

RaceDetector::Clock& RaceDetector::phase(Object& object, std::uint64_t number) {
  if (object.arrived.size() <= number) object.arrived.resize(number + 1);
  return object.arrived[number];
}

// ---------------------------------------------------------------------------------------------
// What synchronizes

void RaceDetector::spawn(TaskId parent, TaskId child) {
  reset(child);
  merge(clocks_[index_of(child)].now, clocks_[index_of(parent)].now);
  ++clocks_[index_of(parent)].now[index_of(parent)];
}

void RaceDetector::join(TaskId joiner, TaskId ended) {
  merge(clocks_[index_of(joiner)].now, clocks_[index_of(ended)].now);
}

void RaceDetector::fence(TaskId id, std::memory_order order) {
  Task& task = clocks_[index_of(id)];
  if (acquires(order)) merge(task.now, task.read);
  if (releases(order)) {
    task.released = task.now;
    ++task.now[index_of(id)];
  }
}

void RaceDetector::complete(TaskId task, ObjectId object_id, std::uint64_t number) {
  merge(clocks_[index_of(task)].now, phase(object(object_id), number));
}

void RaceDetector::acquire(Task& task, const Clock& clock, std::memory_order order) {
  merge(acquires(order) ? task.now : task.read, clock);
}

const RaceDetector::Clock& RaceDetector::released(const Task& task, std::memory_order order) {
  return releases(order) ? task.now : task.released;
}

void RaceDetector::step(const TraceEntry& entry, std::memory_order order) {
  Object& on = object(entry.object);
  Task& task = clocks_[index_of(entry.task)];
  switch (entry.kind) {
    case OperationKind::arrive:
      merge(on.released, task.now);
      merge(phase(on, entry.value), task.now);
      break;
    case OperationKind::await:
      merge(task.now, phase(on, entry.value));
      return;
    case OperationKind::wait:
      merge(object(*entry.second()).released, task.now);
      break;
    case OperationKind::notify:
    case OperationKind::end_wait:
    case OperationKind::end_wait_until:
      return;
    case OperationKind::load:
    case OperationKind::store:
    case OperationKind::read_modify_write:
    case OperationKind::compare_exchange:
    case OperationKind::wait_value:
    case OperationKind::await_value:
    case OperationKind::await_value_until:
      access_atomic(entry, on, order);
      break;
    default:
      access_lock(entry, on);
  }
  ++task.now[index_of(entry.task)];
}

void RaceDetector::access_atomic(const TraceEntry& entry, Object& on, std::memory_order order) {
  Task& task = clocks_[index_of(entry.task)];
  const bool reads = entry.kind != OperationKind::store;
  if (reads) acquire(task, on.released, order);
  if (!entry.is_write()) return;
  // What a read-modify-write changes goes on with what was released before it.
  if (!reads) on.released = {};
  merge(on.released, released(task, order));
}

/// Of what did not get what it asked for, nothing is ordered.
void RaceDetector::access_lock(const TraceEntry& entry, Object& on) {
  if (entry.failed) return;
  Task& task = clocks_[index_of(entry.task)];
  switch (entry.kind) {
    case OperationKind::lock:
    case OperationKind::try_lock:
    case OperationKind::try_lock_until:
      merge(task.now, on.shared);
      merge(task.now, on.released);
      break;
    case OperationKind::lock_shared:
    case OperationKind::try_lock_shared:
    case OperationKind::try_lock_shared_until:
    case OperationKind::acquire:
    case OperationKind::try_acquire:
    case OperationKind::try_acquire_until:
      merge(task.now, on.released);
      break;
    case OperationKind::unlock_shared:
      merge(on.shared, task.now);
      break;
    case OperationKind::send:
    case OperationKind::receive:
      merge(task.now, on.released);
      merge(on.released, task.now);
      break;
    default:  // unlock, release
      merge(on.released, task.now);
  }
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
