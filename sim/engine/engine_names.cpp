// Which task is where: for messages, and for signal handlers.

#include <sim/engine/engine.hpp>

#include <string>

#include <fmt/format.h>

namespace sim {

void Engine::refuse_outside(SourceLocation where) {
  throw UsageError(
      fmt::format("{}:{}: a sim:: object or operation outside an execution; move it into the body "
                  "that the explorer runs",
                  where.file, where.line));
}

TaskSet Engine::waits_for(TaskId id) const {
  const Task& task = *tasks_[index_of(id)];
  const bool at_gate = task.state == State::running && !task.asleep_in && !is_enabled(id) &&
                       may_wait(pending_of(id).kind);
  return at_gate && task.gate != nullptr ? task.gate->holders : TaskSet{};
}

const TaskId* Engine::overflowed_task(const void* address) const {
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    if (tasks_[i]->stack->guards(address)) return &tasks_[i]->id;
  }
  return nullptr;
}

const TaskId* Engine::running_task() const {
  return running == this && current_ != nullptr && current_ != &host_ ? &current_->id : nullptr;
}

}  // namespace sim
