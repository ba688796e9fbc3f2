// How the engine follows the lifetimes of shared objects: the end of an object is a step if another
// task could still use the object, and a use after the end fails the execution.

#include <sim/engine/engine.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

namespace sim {
namespace {

ObjectId without_queue(ObjectId id) {
  return object_id(creator_of(id), ordinal_of(id));
}

}  // namespace

std::optional<ObjectId> Engine::find_ended(const void* address) {
  const EndedObject* const ended = ended_.find(address);
  if (ended == nullptr) return std::nullopt;
  current_->uses_ended = true;
  return ended->id;
}

/// Whether the pending operation of `task` is on the object, or will release it.
bool Engine::concerns(const Task& task, ObjectId ended) const {
  const auto unrecorded = scheduler_.unrecorded();
  const bool announced = task.state == TaskState::running && &task != current_ && !task.asleep_in &&
                         std::find(unrecorded.begin(), unrecorded.end(), &task) == unrecorded.end();
  if (!announced) return false;
  const Operation& operation = pending_[index_of(task.id)];
  if (operation.kind == OperationKind::join) return false;
  if (task.releases == ended) return true;
  if (without_queue(operation.object) != ended) return false;
  // A task that was notified may leave the queue of a condition variable that has ended.
  const bool leaves =
      operation.kind == OperationKind::end_wait || operation.kind == OperationKind::end_wait_until;
  return !leaves || !sleepers_.is_notified(task.id, operation.object);
}

/// What is left to do when an object has ended and other tasks live or somebody observes.
void Engine::note_end(ObjectId id) {
  if (reporter_ != nullptr && reporter_->wants_call_paths()) ended_.add_path(return_addresses());
  const std::size_t entry = draining() || recorder_.steps() == 0 ? 0 : this_entry();
  if (tasks_.live() <= 1) return;
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    Task& task = tasks_[task_at(i)];
    if (!concerns(task, id)) continue;
    task.uses_ended = true;
    task.admitted_before.reset();
    if (scheduler_.enabled().contains(task.id)) task.admitted_before = entry;
  }
  if (draining()) return;
  for (const ObjectId queue : {id, queue_of(id)}) {
    for (const TaskId sleeper : sleepers_.waiting_in(queue)) {
      fail_waiting(tasks_[sleeper], id);
    }
  }
}

/// Called when an object is destroyed for which `waiting` waits.
void Engine::fail_waiting(const Task& waiting, ObjectId object) {
  const std::uint64_t group = group_of_literal(OutcomeKind::use_after_destruction, "waits", 0);
  const EndedObject* const ended = ended_.find(object);
  if (fail_by(current_->id, OutcomeKind::use_after_destruction,
              hash_step(group, names_.identity_of(object))) &&
      ended != nullptr) {
    UseAfterDestruction facts = facts_of_use(*ended, waiting);
    facts.waited = true;
    failures_.describe(facts);
  }
  if (is_to_stop()) suspend();
}

void Engine::forget(const Gate& gate) {
  std::optional<TaskId> waiting;
  gate.waiters.for_each([&](TaskId id) {
    Task& task = tasks_[id];
    if (task.gate != &gate) return;
    task.gate = nullptr;
    if (!gate.closed && task.uses_ended) return;  // it fails when it is chosen
    scheduler_.disable(id);
    if (!waiting) waiting = id;
  });
  if (!waiting || draining()) return;
  fail_waiting(tasks_[*waiting], without_queue(pending_[index_of(*waiting)].object));
}

UseAfterDestruction Engine::facts_of_use(const EndedObject& ended, const Task& user) const {
  UseAfterDestruction use;
  use.object = ref(ended.id);
  use.user = ref(user.id);
  use.destroyer = ref(ended.task);
  // std::make_unique() makes an object at a line of its own.
  if (!is_of_system(ended.made_at.file)) use.made_at = SourceLine{ended.made_at};
  use.destroyed_from = call_path(ended_.path_of(ended));
  const Operation& operation = pending_[index_of(user.id)];
  if (user.asleep_in) {
    use.use = WaitsForNotification{ref(*user.asleep_in)};
  } else {
    use.use = WaitsToExecute{operation.kind, operation.label, ref(operation.object), {}};
  }
  return use;
}

/// Fails the execution because the calling task's step is on an object that has ended. `by` is what
/// point() was given.
void Engine::fail_used_after_end(StopBy by) {
  Task& self = *current_;
  self.uses_ended = false;
  const Operation& operation = pending_[index_of(self.id)];
  const EndedObject* ended = ended_.find(operation.object);
  if (ended == nullptr) ended = ended_.find(self.releases);
  self.releases = kClock;
  if (!draining() && ended != nullptr) {
    // The step changes nothing, so it counts as one that failed. It conflicts with the end of the
    // object, and a search by traces reverses the two.
    set_result(0, true);
    if (operation.kind == OperationKind::compare_exchange) {
      notes_.comparisons.push_back({this_entry(), self.expected, ended->last_bits});
    } else if (row_of(operation.kind).requires_state == Requirement::value_of_predicate) {
      notes_.admissions.push_back({this_entry(), self.admitted_before});
    }
    if (reporter_ != nullptr) reporter_->on_result(0, true, "destroyed before");
    const std::uint64_t group =
        hash_step(static_cast<std::uint64_t>(OutcomeKind::use_after_destruction),
                  names_.identity_of(ended->id));
    if (fail_by(self.id, OutcomeKind::use_after_destruction, hash_text(group, operation.label))) {
      UseAfterDestruction use = facts_of_use(*ended, self);
      use.used_from = call_path(return_addresses());
      failures_.describe(use);
    }
    end_failed_task();
  }
  if (by == StopBy::exception) throw TaskStop{};
  abandon_current_task();
}

void Engine::fail_ended_access(ObjectId variable, bool writes, const char* does,
                               SourceLocation where) {
  Task& self = *current_;
  self.uses_ended = false;
  const EndedObject* const ended = ended_.find(variable);
  if (draining() || ended == nullptr) throw TaskStop{};
  const Access destroyed{ended->task, ended->epoch, true, ended->made_at, "destroys it, made at"};
  const Access now{self.id, races_on_ ? races_->epoch(self.id) : 0, writes, where, does};
  const bool races = races_on_ && ended->epoch > 0 && !races_->is_ordered(destroyed, self.id);
  const OutcomeKind kind = races ? OutcomeKind::data_race : OutcomeKind::use_after_destruction;
  const std::uint64_t group = group_of_literal(kind, races ? "data race" : "access", 0);
  if (fail_by(self.id, kind, hash_step(group, names_.identity_of(variable)))) {
    if (races) {
      failures_.describe(DataRace{ref(variable), facts_of(destroyed), facts_of(now)});
    } else {
      UseAfterDestruction use = facts_of_use(*ended, self);
      use.use = WaitsToExecute{writes ? OperationKind::store : OperationKind::load,
                               writes ? "write" : "read",
                               ref(variable),
                               {}};
      use.accessed_at = SourceLine{where};
      failures_.describe(use);
    }
  }
  end_failed_task();
  throw TaskStop{};
}

std::uint64_t Engine::first_epoch() {
  static std::atomic<std::uint64_t> engines{0};
  return (engines.fetch_add(1, std::memory_order_relaxed) + 1) << 40U;
}

}  // namespace sim
