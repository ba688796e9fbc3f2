#pragma once

// Data races in plain variables (sim::var), by the C++ memory model's happens-before: two accesses
// race if at least one writes and no synchronization orders them. The engine feeds it each step; a
// sim::var asks it at each access. docs/model.md describes what it finds.

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
  std::int32_t epoch;  ///< how often its task had released before, from 1
  bool writes;
  SourceLocation where;
  const char* does;  ///< for messages, of static lifetime: "reads it at"
};

/// The accesses of one variable that later accesses must come after.
struct AccessHistory {
  std::optional<Access> write;  ///< the last one
  std::vector<Access> reads;    ///< the last read of each task since that write
  bool raced = false;           ///< a race of this variable was reported already
};

/// Tells whether two accesses of plain data are ordered by what synchronizes tasks: the C++ memory
/// model's happens-before, by the memory orders that the code states. Each load still finds what
/// was stored last. It keeps a vector clock for each task and each object; objects from before
/// watch() synchronize nothing.
/// Flanagan, Freund, "FastTrack: efficient and precise dynamic race detection" (PLDI 2009).
class RaceDetector {
 public:
  /// Stops watching and forgets everything. Called when an execution begins.
  void begin() { watching_ = false; }
  /// Begins to watch `tasks` tasks and all tasks that are spawned later. Called when the first
  /// variable of an execution is made: what came before cannot order accesses of it.
  void watch(std::uint32_t tasks);
  [[nodiscard]] bool watching() const { return watching_; }

  void spawn(TaskId parent, TaskId child);
  void join(TaskId joiner, TaskId ended);
  /// Takes note of an executed step. `order` counts for an operation on an atomic.
  void step(const TraceEntry& entry, std::memory_order order);
  void fence(TaskId task, std::memory_order order);
  /// The last task to arrive at a barrier goes on: after all others of its phase.
  void complete(TaskId task, ObjectId object, std::uint64_t phase);

  /// Takes note of an access. Returns an earlier access that it races with; empty without a race,
  /// or if a race of the same variable was returned before.
  std::optional<Access> access(AccessHistory& history, const Access& access);
  /// The current epoch of `task`, for Access::epoch.
  [[nodiscard]] std::int32_t epoch(TaskId task) const { return clocks_[index_of(task)].now[task]; }

 private:
  struct Task {
    VectorClock now;
    VectorClock read;      ///< acquired by relaxed loads, for an acquire fence to come
    VectorClock released;  ///< what its last release fence released
  };
  struct Object {
    VectorClock released;
    VectorClock shared;                ///< released by those who held it together
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

  bool watching_ = false;
  std::array<Task, kTasksMax> clocks_;
  std::vector<std::vector<Object>> objects_;  ///< by creator and ordinal
};

}  // namespace sim
