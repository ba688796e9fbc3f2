// How the engine fails an execution that does not reach its end: by a deadlock, in which no task
// can continue, or by the bound on steps.

#include <sim/engine/engine.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <sim/engine/deadlock.hpp>

namespace sim {

/// What `task`, which has not ended and cannot continue, waits for.
WaitState Engine::wait_state(const Task& task) const {
  WaitState wait{task.id, task.waits_bounded, {}};
  if (task.asleep_in) return wait;
  if (pending_[index_of(task.id)].kind == OperationKind::join) {
    wait.awaited = TaskSet::of(task.awaited);
  } else if (task.gate != nullptr) {
    wait.awaited = task.gate->holders;
  }
  return wait;
}

/// Called when no task can continue, or no task may because of the bound on steps. Returns the
/// tasks that wait only for each other. A task that only a bound keeps from continuing is not among
/// them, nor is a task that waits for such a task.
TaskSet Engine::stuck_tasks() const {
  std::array<WaitState, kTasksMax> waiting;
  std::size_t count = 0;
  tasks_.for_each([&](const Task& task) {
    if (task.state != TaskState::running) return;
    const bool is_free = scheduler_.enabled().contains(task.id);
    waiting[count++] = is_free ? WaitState{task.id, true, {}} : wait_state(task);
  });
  return sim::stuck_tasks({waiting.data(), count});
}

void Engine::fail_deadlock(const TaskSet& stuck) {
  std::uint64_t group = static_cast<std::uint64_t>(OutcomeKind::deadlock);
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    if (!stuck.contains(task_at(i))) continue;
    const Task& task = tasks_[task_at(i)];
    const Operation& operation = pending_[i];
    const ObjectId object = task.asleep_in.value_or(operation.object);
    // The sum does not depend on the order of the tasks, which differs between interleavings.
    group += hash_step(names_.identity_of(task.id), operation.kind == OperationKind::join
                                                        ? names_.identity_of(task.awaited)
                                                        : names_.identity_of(object));
  }
  if (fail(OutcomeKind::deadlock, group, kMainTask)) failures_.describe(facts_of(stuck));
}

Deadlock Engine::facts_of(const TaskSet& stuck) const {
  Deadlock deadlock;
  stuck.for_each([&](TaskId id) { deadlock.tasks.push_back(wait_of(tasks_[id])); });
  scheduler_.enabled().for_each([&](TaskId id) { deadlock.others.push_back(ref(id)); });
  return deadlock;
}

WaitingTask Engine::wait_of(const Task& task) const {
  const Operation& operation = pending_[index_of(task.id)];
  if (task.asleep_in) return {ref(task.id), WaitsForNotification{ref(*task.asleep_in)}};
  if (operation.kind == OperationKind::join) return {ref(task.id), WaitsToJoin{ref(task.awaited)}};
  WaitsToExecute wait{operation.kind, operation.label, ref(operation.object), {}};
  task.gate->holders.for_each([&](TaskId holder) {
    wait.held_by.push_back({ref(holder), tasks_[holder].state != TaskState::running});
  });
  return {ref(task.id), std::move(wait)};
}

void Engine::fail_step_bound() {
  truncated_ = true;
  if (fail(OutcomeKind::step_bound, static_cast<std::uint64_t>(OutcomeKind::step_bound),
           kMainTask)) {
    failures_.describe(StepBound{options_.steps_max, spins()});
  }
}

/// The tasks whose last steps, at least three, read one object and did nothing else.
std::vector<Spin> Engine::spins() const {
  constexpr std::size_t kWindow = 256;
  constexpr std::size_t kReadsMin = 3;
  const auto entries = trace().entries();
  const auto window = entries.last(std::min(kWindow, entries.size()));
  std::vector<Spin> found;
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[task_at(i)].state != TaskState::running) continue;
    std::size_t reads = 0;
    ObjectId object{};
    for (auto entry = window.rbegin(); entry != window.rend(); ++entry) {
      // What comes before belongs to another task, whose place this one has.
      if (entry->is_spawn() && entry->other_task() == task_at(i)) break;
      if (entry->task != task_at(i) || !entry->is_step()) continue;
      if (entry->is_write() || (reads > 0 && entry->object != object)) break;
      object = entry->object;
      ++reads;
    }
    if (reads >= kReadsMin) found.push_back({ref(task_at(i)), ref(object)});
  }
  return found;
}

}  // namespace sim
