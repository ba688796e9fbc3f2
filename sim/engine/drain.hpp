#pragma once

// Draining: how the tasks of a stopped execution are ended. Their stacks are not unwound. Each task
// continues, one after the other and unrecorded, with operations that do not wait, until its
// function returns, because only its own code can free the memory that it owns. A task that makes
// too many steps is stopped by an exception. If it swallows the exception, it is abandoned with its
// stack.
//
// An operation that is noexcept, such as a load of an atomic, cannot throw. A task that makes too
// many steps there, in a loop that spins, is set aside: it is suspended, and resumed just before
// the task that made it is drained and when a task joins it, because the tasks that were drained in
// the meantime may have ended the loop. If they have not, the task is abandoned. It is not resumed
// at other times, because the objects that it uses may then be gone.
//
// Engine::drain() drives this (engine_drain.cpp); the functions here decide which task is drained
// first and when a task is stopped.

#include <cstdint>

#include <sim/engine/scheduler.hpp>
#include <sim/engine/task_table.hpp>

namespace sim::drain {

/// What a task does at a scheduling point while it is drained.
enum class AtPoint : std::uint8_t {
  go_on,      ///< the task executes its operation
  stop,       ///< the task throws TaskStop
  set_aside,  ///< the task is suspended, and may be resumed
  abandon,    ///< the task is not resumed
};

/// Counts a scheduling point of `task`, whose operation stops it as `by` says. Returns what the
/// task is to do there.
AtPoint pass_point(Task& task, StopBy by);

/// Must be called when `task` is stopped in an operation that must not throw. Returns whether the
/// task is set aside; if not, it is abandoned.
bool may_set_aside(Task& task);

/// Must be called before TaskStop is thrown in `task`. Returns false if it was thrown before, in
/// which case it must not be thrown again.
bool may_stop(Task& task);

/// Whether `task` can be drained to its end before `joiner` continues. False if the two wait for
/// each other.
bool can_be_awaited(const Scheduler& scheduler, const Task& task, const Task& joiner);

/// The task to drain first so that `task` can be drained: `task` itself or, if it is suspended in a
/// join, the joined task, because that task may use objects that the joiner is about to destroy.
/// Follows chains of joins. Adds the joiners to the unrecorded tasks of `scheduler`, so that they
/// continue afterwards, and notes in each joined task that it is drained for a joiner.
Task& first_awaited(TaskTable& tasks, Scheduler& scheduler, Task& task);

}  // namespace sim::drain
