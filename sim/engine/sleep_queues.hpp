#pragma once

// The tasks that sleep until they are notified, at condition variables and in atomic waits. A task
// enqueues as part of a step and begins to sleep after that step. If a notify comes in between, the
// queue keeps the notification for the task.

#include <cstddef>
#include <optional>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

class SleepQueues {
 public:
  void clear() { sleepers_.clear(); }
  /// Appends `task` to `queue`.
  void enqueue(TaskId task, ObjectId queue) { sleepers_.push_back({task, queue, std::nullopt}); }
  /// If `task` has been notified in `queue`, removes it from the queue and returns the trace entry
  /// of the notify. Empty if the task has to sleep.
  std::optional<std::size_t> take_notification(TaskId task, ObjectId queue);
  /// Removes `task` from `queue`. Returns whether it has been notified; true if it is not in the
  /// queue.
  bool leave(TaskId task, ObjectId queue);
  /// Whether `task` has been notified in `queue`; true if it is not in the queue.
  [[nodiscard]] bool is_notified(TaskId task, ObjectId queue) const;
  /// The tasks in `queue` that have not been notified, in the order in which they began to wait.
  [[nodiscard]] std::vector<TaskId> waiting_in(ObjectId queue) const;
  /// Records that `task` was notified by the trace entry `entry`. Requires that the task is in
  /// `queue` and does not sleep yet.
  void keep_notification(TaskId task, ObjectId queue, std::size_t entry);

 private:
  struct Sleeper {
    TaskId task;
    ObjectId queue;
    std::optional<std::size_t> notified_by;  ///< trace entry of the notify
  };

  std::vector<Sleeper>::iterator find(TaskId task, ObjectId queue);

  std::vector<Sleeper> sleepers_;  ///< the tasks in all queues, in the order in which they began to
                                   ///< wait
};

}  // namespace sim
