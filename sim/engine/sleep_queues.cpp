#include <sim/engine/sleep_queues.hpp>

#include <algorithm>

namespace sim {

std::vector<SleepQueues::Sleeper>::iterator SleepQueues::find(TaskId task, ObjectId queue) {
  return std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.task == task && sleeper.queue == queue;
  });
}

std::optional<std::size_t> SleepQueues::take_notification(TaskId task, ObjectId queue) {
  const auto sleeper = find(task, queue);
  if (sleeper == sleepers_.end() || !sleeper->notified_by) return std::nullopt;
  const std::size_t notify = *sleeper->notified_by;
  sleepers_.erase(sleeper);
  return notify;
}

bool SleepQueues::leave(TaskId task, ObjectId queue) {
  const auto sleeper = find(task, queue);
  if (sleeper == sleepers_.end()) return true;
  const bool notified = sleeper->notified_by.has_value();
  sleepers_.erase(sleeper);
  return notified;
}

bool SleepQueues::is_notified(TaskId task, ObjectId queue) const {
  return std::none_of(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.task == task && sleeper.queue == queue && !sleeper.notified_by;
  });
}

std::vector<TaskId> SleepQueues::waiting_in(ObjectId queue) const {
  std::vector<TaskId> tasks;
  for (const Sleeper& sleeper : sleepers_) {
    if (sleeper.queue == queue && !sleeper.notified_by) tasks.push_back(sleeper.task);
  }
  return tasks;
}

void SleepQueues::keep_notification(TaskId task, ObjectId queue, std::size_t entry) {
  find(task, queue)->notified_by = entry;
}

}  // namespace sim
