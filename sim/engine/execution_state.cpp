#include <sim/engine/execution_state.hpp>

namespace sim {

TaskSet ExecutionState::waits_for(TaskId id) const {
  const Task& task = tasks_[id];
  const bool at_gate = task.state == TaskState::running && !task.asleep_in &&
                       !scheduler_.enabled().contains(id) && may_wait(pending_of(id).kind);
  return at_gate && task.gate != nullptr ? task.gate->holders : TaskSet{};
}

const TaskId* ExecutionState::overflowed_task(const void* address) const {
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[task_at(i)];
    if (task.is_overflow(address)) return &task.id;
  }
  return nullptr;
}

}  // namespace sim
