#pragma once

// Where a task comes from. A TaskId is a position in the order of creation, which differs between
// interleavings; an origin is the same in all of them, so strategies and files identify tasks by
// it.

#include <cstdint>

#include <sim/base/task_set.hpp>

namespace sim {

/// The task that made a task, and the number of the task among those that it made.
struct TaskOrigin {
  TaskId parent = kMainTask;       ///< kMainTask for the test body, which nobody made
  std::uint32_t child_number = 0;  ///< from 1; 0 for the test body

  friend bool operator==(const TaskOrigin&, const TaskOrigin&) = default;
};

}  // namespace sim
