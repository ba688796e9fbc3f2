#pragma once

// Decides which tasks are deadlocked when no task of an execution can continue. A task is not
// deadlocked if only a bound of the search keeps its wait from ending, or if such a task could
// enable it. Engine::no_candidate() asks; the decision depends only on the values given here.

#include <span>

#include <sim/base/task_set.hpp>

namespace sim {

/// What a task that has not ended waits for.
struct WaitState {
  TaskId task{};
  /// Only a bound keeps the task from continuing: the one on timeouts, as
  /// Engine::set_bounded_wait() says, or the one on steps.
  bool bounded = false;
  /// The task that it joins, or the tasks that hold what it waits for; each of them could enable
  /// it. Empty if any task could.
  TaskSet awaited;
};

/// The tasks among `waiting` that wait only for each other and for tasks that have ended. `waiting`
/// has all tasks that have not ended, each once.
[[nodiscard]] TaskSet stuck_tasks(std::span<const WaitState> waiting);

}  // namespace sim
