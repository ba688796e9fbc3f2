#pragma once

// Data races in plain variables (sim::var), by the C++ memory model's happens-before: two accesses
// race if at least one writes and no synchronization orders them. The engine reports each step to a
// RaceDetector, and sim::var each access. docs/model.md describes which races are found.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/memory/vector_clock.hpp>

namespace sim {

/// One access of a plain variable.
struct Access {
  TaskId task;
  std::int32_t epoch;  ///< RaceDetector::epoch() of the task at the access, from 1
  bool writes;
  SourceLocation where;
  const char* does;  ///< for messages: "reads it at"; has static lifetime
};

/// The accesses of one variable that later accesses must come after.
struct AccessHistory {
  std::optional<Access> write;  ///< the last write
  std::vector<Access> reads;    ///< the last read of each task since that write
  bool raced = false;           ///< whether a race on this variable has been reported
};

/// Finds accesses of plain data that synchronization does not order, by the C++ memory model's
/// happens-before and the memory orders that the code states. Values are not affected by memory
/// orders: each load reads the last store. The detector keeps a vector clock for each task and each
/// object. Steps before watch() synchronize nothing.
/// Flanagan, Freund, "FastTrack: efficient and precise dynamic race detection" (PLDI 2009).
class RaceDetector {
 public:
  /// Forgets everything, and watches `tasks` tasks and all tasks that are spawned later. Called
  /// when the first variable of an execution is made, because earlier steps cannot order accesses
  /// to it.
  void watch(std::uint32_t tasks);

  void spawn(TaskId parent, TaskId child);
  void join(TaskId joiner, TaskId ended);
  /// Records an executed step. `order` is used for operations on atomics only.
  void step(const TraceEntry& entry, std::memory_order order);
  void fence(TaskId task, std::memory_order order);
  /// Records that `task`, the last to arrive at a barrier, continues after all arrivals of `phase`.
  void complete(TaskId task, ObjectId object, std::uint64_t phase);

  /// Records an access. Returns an earlier access that it races with; empty if there is no race, or
  /// if a race on the same variable has been returned before.
  std::optional<Access> access(AccessHistory& history, const Access& access);
  /// Whether `before` happens before what `task` does now.
  [[nodiscard]] bool is_ordered(const Access& before, TaskId task) const {
    return ordered(before, task);
  }
  /// The current epoch of `task`, for Access::epoch.
  [[nodiscard]] std::int32_t epoch(TaskId task) const { return clocks_[index_of(task)].now[task]; }

 private:
  struct Task {
    VectorClock now;
    VectorClock read;      ///< read by relaxed loads; a later acquire fence acquires it
    VectorClock released;  ///< the clock of the task's last release fence
  };
  struct Object {
    VectorClock released;
    VectorClock shared;                ///< released by shared owners
    std::vector<VectorClock> arrived;  ///< by phase
  };

  void reset(TaskId task);
  Object& object(ObjectId id);
  static VectorClock& phase(Object& object, std::uint64_t number);
  static void acquire(Task& task, const VectorClock& clock, std::memory_order order);
  [[nodiscard]] static const VectorClock& released(const Task& task, std::memory_order order);
  void synchronize(const TraceEntry& entry, std::memory_order order);
  static void access_atomic(const TraceEntry& entry, Task& task, Object& object,
                            std::memory_order order);
  [[nodiscard]] bool ordered(const Access& before, TaskId task) const {
    return clocks_[index_of(task)].now.knows(before.task, before.epoch);
  }

  std::array<Task, kTasksMax> clocks_;
  std::vector<std::vector<Object>> objects_;  ///< by creator and ordinal
};

}  // namespace sim
