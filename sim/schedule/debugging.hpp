#pragma once

// Replaying under a debugger. A DebugRecorder calls the function racelab_step() before each step,
// on the stack of the task that is about to make the step: set a breakpoint there, and the debugger
// shows that task's frames. It also keeps a table of the tasks, which works without debug
// information; the script racelab-gdb.py reads it. docs/debugging.md describes how to use both.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <sim/base/task_set.hpp>
#include <sim/schedule/recording.hpp>

extern "C" {

/// A task, as debuggers see it. All pointers are valid until the next step.
struct racelab_task {
  const char* name;       ///< "1.2"
  const char* doing;      ///< its next operation: "store counter"; "has ended"
  const void* registers;  ///< where its registers are saved; null if it is running or has ended
};
/// The tasks of the execution, at the last step.
extern racelab_task racelab_tasks[];
/// Number of tasks in racelab_tasks.
extern std::size_t racelab_task_count;

/// Called before each step. Does nothing: it is a place for breakpoints, as in
/// `break racelab_step if step == 12`. The strings are not null.
void racelab_step(std::uint64_t step, const char* task, const char* operation);
/// Called before a step at which the execution is to stop: raises SIGTRAP, at which the debugger
/// stops.
void racelab_stop();

}  // extern "C"

namespace sim {

/// Before which steps an execution stops in the debugger.
struct DebugStops {
  std::optional<std::uint64_t> step;  ///< the number of a step, from 1
  std::optional<std::string> task;    ///< each step of the task with this name
};

/// Records an execution, and lets a debugger stop at its steps.
class DebugRecorder final : public Recorder {
 public:
  explicit DebugRecorder(DebugStops stops) : stops_(std::move(stops)) {}

  [[nodiscard]] bool wants_arrivals() const override { return true; }
  void on_arrival(const Engine& engine, TaskId task) override;

 private:
  void fill_table(const Engine& engine);

  DebugStops stops_;
  std::uint64_t step_ = 0;
  std::array<std::string, kTasksMax> names_;
  std::array<std::string, kTasksMax> doing_;
};

}  // namespace sim
