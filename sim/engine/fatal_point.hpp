#pragma once

// Where the code under test has ended its process: with a crash, a hang or a call of exit(). A
// search runs such an execution once more, and the engine then stops the task there, so that the
// other tasks can go on and the process lives.

#include <cstdint>

#include <sim/base/outcome.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// A place in the local code of a task, which the engine can recognize when the task gets there:
/// the code that follows the last of the events that are counted here. Joins and failures count
/// because a task continues after them without a step.
struct FatalPoint {
  std::uint64_t steps = 0;  ///< steps and choices of the execution before it
  TaskId task{};            ///< the task that runs the code
  std::uint32_t joins = 0;  ///< Task::joins
  std::uint32_t fails = 0;  ///< Task::fails
  bool only_steps = false;  ///< the other two numbers are not known
  OutcomeKind kind = OutcomeKind::crash;
  std::uint64_t group = 0;  ///< see Outcome::group

  /// Whether both are the same place.
  [[nodiscard]] bool is_at(const FatalPoint& other) const {
    return steps == other.steps && task == other.task && joins == other.joins &&
           fails == other.fails;
  }
};

}  // namespace sim
