// The names of tasks and objects, and who is where: for people, and for signal handlers.

#include <sim/engine/engine.hpp>

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace sim {
namespace {

constexpr const char* kClockName = "steady_clock";

}  // namespace

void Engine::refuse_outside(SourceLocation where) {
  throw UsageError(
      fmt::format("{}:{}: a sim:: object or operation outside an execution; move it into the body "
                  "that the explorer runs",
                  where.file, where.line));
}

std::string Engine::task_name(TaskId id) const {
  if (id == kMainTask || index_of(id) >= task_count_) return fmt::format("{}", index_of(id));
  const Task& task = *tasks_[index_of(id)];
  if (task.parent == kMainTask) return fmt::format("{}", task.ordinal);
  return fmt::format("{}.{}", task_name(task.parent), task.ordinal);
}

TaskSet Engine::waits_for(TaskId id) const {
  const Task& task = *tasks_[index_of(id)];
  const bool at_gate = task.state == State::running && !task.asleep_in && !is_enabled(id) &&
                       may_wait(pending_of(id).kind);
  return at_gate && task.gate != nullptr ? task.gate->holders : TaskSet{};
}

std::string Engine::object_name(ObjectId id) const {
  if (is_queue(id)) id = object_id(creator_of(id), ordinal_of(id));
  if (id == kClock) return kClockName;
  const auto found = std::find_if(objects_.begin(), objects_.end(),
                                  [id](const Object& object) { return object.id == id; });
  if (found == objects_.end()) return "unknown";
  if (found->name.empty()) {
    // Before the first object of the test body there is the clock.
    const std::uint32_t number = ordinal_of(id) + (creator_of(id) == kMainTask ? 0 : 1);
    return fmt::format("{}.{}{}", task_name(creator_of(id)), to_string(found->kind), number);
  }
  // The same name given twice by one task, or by two: told apart by their stable identities.
  const auto same = [&](const Object& object) {
    return object.name == found->name && object.name_index == found->name_index &&
           object.id < id;
  };
  const bool as_clock = found->name == kClockName && found->name_index < 0;
  const auto earlier = std::count_if(objects_.begin(), objects_.end(), same) + (as_clock ? 1 : 0);
  std::string text{found->name};
  if (found->name_index >= 0) text += fmt::format("[{}]", found->name_index);
  if (earlier > 0) text += fmt::format("#{}", earlier + 1);
  return text;
}

std::string Engine::describe(const Operation& operation) const {
  if (operation.kind == OperationKind::join) return "join";
  return fmt::format("{} {}", operation.label, object_name(operation.object));
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
