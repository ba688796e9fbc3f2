#pragma once

// How a stopped execution ends. Its stacks are not unwound: its tasks run on, one after the other
// and unrecorded, with operations that do not wait, until their functions return. Each one owns
// memory that only its own code can free. A task that goes on and on is made to stop by an
// exception and, if it swallows that, is abandoned with its stack. Engine::drain() drives this; the
// functions here decide who goes first and who has had enough.

#include <cstdint>

#include <sim/engine/scheduler.hpp>
#include <sim/engine/task_table.hpp>

namespace sim::drain {

/// What a task does at a scheduling point while it is drained.
enum class AtPoint : std::uint8_t {
  go_on,    ///< it executes its operation
  stop,     ///< it throws TaskStop
  abandon,  ///< it is not resumed: it went on after TaskStop
};

/// Counts a scheduling point of `task` and decides.
AtPoint pass_point(Task& task);

/// Prepares to throw TaskStop in `task`. Returns false if it was thrown before.
bool may_stop(Task& task);

/// Whether `task` can be drained to its end before `joiner` goes on, which is not so if they wait
/// for each other.
bool can_be_awaited(const Scheduler& scheduler, const Task& task, const Task& joiner);

/// The task to drain first so that `task` can be drained: itself or, if it is suspended in a join,
/// the one that it waits for, as that one may use what its joiner is about to destroy. Tasks on the
/// way become unrecorded in `scheduler`, and so go on after it.
Task& first_awaited(TaskTable& tasks, Scheduler& scheduler, Task& task);

}  // namespace sim::drain
