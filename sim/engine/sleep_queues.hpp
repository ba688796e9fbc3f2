#pragma once

// The tasks that sleep until they are notified, at condition variables and in atomic waits. A task
// first enqueues as part of a step and goes to sleep after it, so a notify can come in between: the
// queue keeps such a notification for it.

#include <cstddef>
#include <optional>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

class SleepQueues {
 public:
  void clear() { sleepers_.clear(); }
  /// `task` becomes the last in `queue`.
  void enqueue(TaskId task, ObjectId queue) { sleepers_.push_back({task, queue, std::nullopt}); }
  /// If `task` has been notified in `queue`, takes it out of the queue and returns the trace entry
  /// of the notify. Empty if it has to sleep.
  std::optional<std::size_t> take_notification(TaskId task, ObjectId queue);
  /// Takes `task` out of `queue`. Returns whether it had been notified; true if it was not in it.
  bool leave(TaskId task, ObjectId queue);
  /// The tasks in `queue` that have not been notified, in the order in which they began to wait.
  [[nodiscard]] std::vector<TaskId> waiting_in(ObjectId queue) const;
  /// Keeps for `task`, which waits in `queue` and does not sleep yet, the trace entry of a notify.
  void keep_notification(TaskId task, ObjectId queue, std::size_t entry);

 private:
  struct Sleeper {
    TaskId task;
    ObjectId queue;
    std::optional<std::size_t> notified_by;  ///< a trace entry
  };

  std::vector<Sleeper>::iterator find(TaskId task, ObjectId queue);

  std::vector<Sleeper> sleepers_;  ///< of all queues, in the order in which they began to wait
};

}  // namespace sim
