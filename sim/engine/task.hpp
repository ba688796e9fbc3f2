#pragma once

// The engine's data about one task of an execution. TaskTable owns the tasks.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/engine/execution_context.hpp>
#include <sim/engine/gate.hpp>
#include <sim/engine/spin_watch.hpp>

namespace sim {

/// Thrown to end a task that must not continue while the engine drains it. The code under test
/// should not catch it. If a catch (...) swallows it, the task is abandoned later.
struct TaskStop {};

/// How an operation ends its task if the task must not continue while the engine drains it.
enum class StopBy : std::uint8_t {
  exception,  ///< it throws TaskStop
  /// It is noexcept, so it cannot throw: it does not return. The task is suspended where it is, and
  /// is abandoned unless the tasks that are drained later let it continue.
  suspension,
  /// It does not end the task, as far as that can be avoided: it releases what the task holds, and
  /// destructors call it. The task ends at its next operation of another kind.
  later,
};

enum class TaskState : std::uint8_t {
  running,    ///< running, or waiting until it is chosen
  ended,      ///< its function has returned
  failed,     ///< an assertion failed in it, and it is suspended there until it is drained
  abandoned,  ///< it will not be resumed
};

struct Task : ExecutionContext {
  TaskId id{};
  TaskState state = TaskState::ended;
  bool stop_thrown = false;          ///< whether TaskStop was thrown in it
  bool failure_noted = false;        ///< whether it has called Engine::fail_at_next_point()
  bool waits_bounded = false;        ///< set by Engine::set_bounded_wait()
  bool uses_ended = false;           ///< whether its pending operation is on an ended object
  TaskId maker{};                    ///< the task that made it
  TaskId awaited{};                  ///< the task that it joins, if its pending operation is a join
  bool set_aside = false;            ///< whether it was suspended by StopBy::suspension
  bool drained_for_joiner = false;   ///< whether a task that joins it waits until it is drained
  std::uint32_t drained_points = 0;  ///< scheduling points that it has passed while draining
  std::uint32_t objects_made = 0;
  std::uint32_t tasks_made = 0;
  std::uint32_t joins = 0;  ///< tasks that it has joined, and those that they have joined
  /// Ended tasks whose places new tasks may take: those that it has joined, directly or through
  /// them, in an order that is the same in every interleaving.
  std::vector<TaskId> places;
  std::uint32_t holds = 0;     ///< mutexes that it has locked and not unlocked
  std::uint32_t fails = 0;     ///< its failures
  std::uint32_t timeouts = 0;  ///< timed waits that ended at their deadline
  std::uint32_t spurious = 0;  ///< waits that ended, and operations that failed, spuriously
  SpinWatch spin;
  TaskSet joiners;  ///< tasks that wait for its end
  TaskSet joined;   ///< tasks that ended before what it does now, because it or its
                    ///< ancestors joined them, directly or through others
  /// The gate that must be open for its pending operation; null if that gate was destroyed. Valid
  /// if may_wait() is true for the pending operation.
  Gate* gate = nullptr;
  std::optional<ObjectId> asleep_in;  ///< the queue in which it sleeps
  /// The mutex that its pending operation, a wait, will release; kClock for other operations.
  ObjectId releases = kClock;
  /// If its pending operation is an await_value that was enabled when its object ended: the trace
  /// entry of that end.
  std::optional<std::size_t> admitted_before;
  std::uint64_t expected = 0;  ///< what its pending compare_exchange expects, as memory_bits()
  void (*entry)(void*) = nullptr;
  void* argument = nullptr;

  /// Resets the task for a new execution, in which it is to run its_entry(its_argument).
  void begin(void (*its_entry)(void*), void* its_argument) {
    state = TaskState::running;
    stop_thrown = false;
    failure_noted = false;
    waits_bounded = false;
    uses_ended = false;
    releases = kClock;
    set_aside = false;
    drained_for_joiner = false;
    drained_points = 0;
    objects_made = 0;
    tasks_made = 0;
    joins = 0;
    places.clear();
    holds = 0;
    fails = 0;
    timeouts = 0;
    spurious = 0;
    spin.clear();
    joiners.clear();
    joined.clear();
    asleep_in.reset();
    entry = its_entry;
    argument = its_argument;
  }
};

}  // namespace sim
