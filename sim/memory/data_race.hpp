#pragma once

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

namespace sim {

/// One access of a plain variable.
struct Access {
  TaskId task;
  std::uint32_t epoch;  ///< of its task, counted by what the task has released
  bool writes;
  SourceLocation where;
  const char* does;  ///< in words, of static lifetime: "reads it at"
};

/// The accesses of one variable that later ones must be ordered behind.
struct AccessHistory {
  std::optional<Access> write;  ///< the last one
  std::vector<Access> reads;    ///< behind it, the last of each task
  bool raced = false;           ///< it is in a race already
};

/// Tells whether two accesses of plain data are ordered by what synchronizes tasks: the C++ memory
/// model's happens-before, by the memory orders that the code states, though each load finds what
/// was stored last. A vector clock for each task and each object; of an object that was made
/// outside what it watches, none.
/// After Flanagan, Freund, "FastTrack: efficient and precise dynamic race detection" (PLDI 2009).
class RaceDetector {
 public:
  /// Forgets all. It watches nothing until watch() is called.
  void begin() { watching_ = false; }
  /// From now on, `tasks` tasks and those that are spawned later. What came before cannot order
  /// accesses of a variable that is made only now.
  void watch(std::uint32_t tasks);
  [[nodiscard]] bool watching() const { return watching_; }

  void spawn(TaskId parent, TaskId child);
  void join(TaskId joiner, TaskId ended);
  /// `entry` was executed; `order` is that of an operation on an atomic.
  void step(const TraceEntry& entry, std::memory_order order);
  void fence(TaskId task, std::memory_order order);
  /// The last to arrive goes on behind all others of its phase.
  void complete(TaskId task, ObjectId object, std::uint64_t phase);

  /// Notes an access. Returns an earlier one that it is in a race with; further races of the same
  /// variable are not looked for.
  std::optional<Access> access(AccessHistory& history, const Access& access);
  [[nodiscard]] std::uint32_t epoch(TaskId task) const {
    return clocks_[index_of(task)].now[index_of(task)];
  }

 private:
  using Clock = std::array<std::uint32_t, kTasksMax>;
  struct Task {
    Clock now{};
    Clock read{};      ///< by loads that do not acquire: an acquire fence does
    Clock released{};  ///< at the last release fence
  };
  struct Object {
    Clock released{};
    Clock shared{};              ///< by those who held it together
    std::vector<Clock> arrived;  ///< by phase
  };

  void reset(TaskId task);
  static void merge(Clock& clock, const Clock& other);
  Object& object(ObjectId id);
  void acquire(Task& task, const Clock& clock, std::memory_order order);
  [[nodiscard]] static const Clock& released(const Task& task, std::memory_order order);
  void access_atomic(const TraceEntry& entry, Object& object, std::memory_order order);
  void access_lock(const TraceEntry& entry, Object& object);
  Clock& phase(Object& object, std::uint64_t number);
  [[nodiscard]] bool ordered(const Access& before, TaskId task) const {
    return before.epoch <= clocks_[index_of(task)].now[index_of(before.task)];
  }

  bool watching_ = false;
  std::array<Task, kTasksMax> clocks_;
  std::vector<std::vector<Object>> objects_;  ///< by creator and ordinal
};

}  // namespace sim
