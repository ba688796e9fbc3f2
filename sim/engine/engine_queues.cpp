// How tasks sleep and wake each other, on the queues of condition variables and atomics.

#include <sim/engine/engine.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace sim {

void Engine::sleep(ObjectId queue) {
  Task& self = *current_;
  if (draining()) return;
  if (const std::optional<std::size_t> notify = sleepers_.take_notification(self.id, queue)) {
    if (options_.record_order) record_order(TraceEntry::wake(self.id, *notify));
    return;
  }
  self.asleep_in = queue;
  scheduler_.disable(self.id);
  switch_to(self, next());
  self.asleep_in.reset();
}

void Engine::notify_one(ObjectId queue, const char* label) {
  point(OperationKind::notify, queue, label, StopBy::suspension);
  const std::vector<TaskId> tasks = sleepers_.waiting_in(queue);
  finish(tasks.size(), false, [&] {
    if (tasks.empty()) return std::string{"nobody"};
    return tasks.size() == 1 ? "task " + task_name(tasks[0])
                             : fmt::format("one of {}", tasks.size());
  });
  if (draining()) return;
  if (tasks.empty()) return end_step();
  const auto alternatives = static_cast<std::uint32_t>(tasks.size());
  const std::uint32_t index = choose(ChoiceKind::notify, alternatives, tasks);
  // The execution may have ended at the choice.
  if (draining()) return;
  wake(tasks[index], queue);
  end_step();
}

void Engine::notify_all(ObjectId queue, const char* label) {
  point(OperationKind::notify, queue, label, StopBy::suspension);
  const std::vector<TaskId> tasks = sleepers_.waiting_in(queue);
  finish(tasks.size(), false, [&] {
    std::string text;
    for (const TaskId task : tasks) text += (text.empty() ? "task " : ", ") + task_name(task);
    return text.empty() ? "nobody" : text;
  });
  if (draining()) return;
  // The task that is woken last continues first.
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) wake(*task, queue);
  end_step();
}

/// Wakes task `id`, which waits in `queue`, by the notify of the calling task. If the task sleeps
/// already, it continues before the next choice.
void Engine::wake(TaskId id, ObjectId queue) {
  Task& task = tasks_[id];
  const std::size_t notify = this_entry();
  if (task.asleep_in != queue) {
    sleepers_.keep_notification(id, queue, notify);
    return;
  }
  sleepers_.leave(id, queue);
  task.asleep_in.reset();
  scheduler_.enable(id);
  scheduler_.add_unrecorded(task);
  if (options_.record_order) record_order(TraceEntry::wake(id, notify));
}

}  // namespace sim
