#pragma once

// Decides which tasks are deadlocked when no task of an execution can go on. A task is not
// deadlocked if its wait would end but for a bound of the search, or if such a task could let it go
// on. Engine::no_candidate() asks; the decision depends on nothing but the values given here.

#include <span>

#include <sim/base/task_set.hpp>

namespace sim {

/// What a task that has not ended waits for.
struct WaitState {
  TaskId task{};
  /// As Engine::set_bounded_wait() says: only a bound on timeouts keeps the task from going on.
  bool bounded = false;
  /// The task that it joins, or those that hold what it wants; each of them could let it go on.
  /// Empty if any task could.
  TaskSet awaited;
};

/// The tasks among `waiting` that wait only for each other and for tasks that have ended. `waiting`
/// has all tasks that have not ended, each once.
[[nodiscard]] TaskSet stuck_tasks(std::span<const WaitState> waiting);

}  // namespace sim
