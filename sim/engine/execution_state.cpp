#include <sim/engine/execution_state.hpp>

#include <fmt/format.h>

namespace sim {

TaskSet ExecutionState::waits_for(TaskId id) const {
  const Task& task = tasks_[id];
  const bool at_gate = task.state == TaskState::running && !task.asleep_in &&
                       !scheduler_.enabled().contains(id) && may_wait(pending_of(id).kind);
  return at_gate && task.gate != nullptr ? task.gate->holders : TaskSet{};
}

std::string ExecutionState::describe_offered() const {
  std::string text;
  point_.enabled.for_each([&](TaskId task) {
    text += fmt::format("{}task {}: {}", text.empty() ? "" : "; ", task_name(task),
                        describe(pending_of(task)));
  });
  return text;
}

const void* ExecutionState::saved_registers_of(TaskId id) const {
  const Task& task = tasks_[id];
  const bool suspended = &task != current_ && task.state != TaskState::ended;
  return suspended ? task.saved_registers() : nullptr;
}

const TaskId* ExecutionState::overflowed_task(const void* stack_pointer) const {
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[task_at(i)];
    if (task.is_used_up(stack_pointer)) return &task.id;
  }
  return nullptr;
}

}  // namespace sim
