#pragma once

// The state of the execution that is running on an engine or, after Engine::run(), ran last. It
// consists of the parts of the engine, each of which is described in its own header, and functions
// that report on them. engine.hpp describes how one step passes through the parts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sim/base/choice.hpp>
#include <sim/base/name_table.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/outcome.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/ended_objects.hpp>
#include <sim/engine/engine_options.hpp>
#include <sim/engine/failure_log.hpp>
#include <sim/engine/fatal_point.hpp>
#include <sim/engine/fiber.hpp>
#include <sim/engine/invariant_list.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/referenced_objects.hpp>
#include <sim/engine/scheduler.hpp>
#include <sim/engine/sleep_queues.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/engine/task_exits.hpp>
#include <sim/engine/task_table.hpp>
#include <sim/engine/trace_notes.hpp>
#include <sim/engine/trace_recorder.hpp>
#include <sim/engine/virtual_clock.hpp>
#include <sim/memory/data_race.hpp>

namespace sim {

/// The base of Engine. Used by one thread at a time.
class ExecutionState {
 public:
  ExecutionState(const ExecutionState&) = delete;
  ExecutionState& operator=(const ExecutionState&) = delete;

  [[nodiscard]] const EngineOptions& options() const { return options_; }

  [[nodiscard]] Trace trace() const { return Trace{recorder_.entries(), notes_, names_.tasks()}; }
  [[nodiscard]] const Outcome& outcome() const { return failures_.outcome(); }
  /// Number of tasks that did not end when they were drained. The memory of their stacks' objects
  /// is lost.
  [[nodiscard]] std::uint32_t abandoned() const { return abandoned_; }
  /// Whether more than one task could run at some choice point.
  [[nodiscard]] bool interleaved() const { return interleaved_; }
  /// Number of executions that the engine has begun.
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  /// Number of steps and choices in the trace.
  [[nodiscard]] std::size_t steps() const { return recorder_.steps(); }
  /// All failures in order, if EngineOptions::after_failure is `continue_`.
  [[nodiscard]] std::span<const FailureNote> failures() const { return failures_.all(); }
  /// Whether the execution was truncated by the bound on steps or on tasks.
  [[nodiscard]] bool truncated() const { return truncated_; }
  /// Whether one of EngineOptions::bounds has limited the execution, so that other executions
  /// exist.
  [[nodiscard]] bool bounded() const { return clock_.bounded(); }
  /// Whether the code under test has used a memory order weaker than seq_cst on an atomic.
  [[nodiscard]] bool weak_orders() const { return weak_orders_; }
  /// Whether a loop was recognized as one that spins, and treated as one that yields.
  [[nodiscard]] bool spins_seen() const { return spins_seen_; }
  /// Whether an invariant names no objects.
  [[nodiscard]] bool has_open_invariants() const { return invariants_.has_open(); }
  /// What is called and destroyed when tasks end.
  [[nodiscard]] TaskExits& exits() { return exits_; }
  /// The objects of sim::atomic_ref.
  [[nodiscard]] ReferencedObjects& references() { return references_; }
  /// Number of tasks, the test body included.
  [[nodiscard]] std::uint32_t task_count() const { return tasks_.size(); }
  /// Origin and name of each task, and name of each object.
  [[nodiscard]] const NameTable& names() const { return names_; }
  /// The name of a task; see NameTable::task_name().
  [[nodiscard]] std::string task_name(TaskId task) const { return names_.task_name(task); }
  /// The name of an object; see NameTable::object_name().
  [[nodiscard]] std::string object_name(ObjectId object) const {
    return names_.object_name(object);
  }
  /// An operation in words; see NameTable::describe().
  [[nodiscard]] std::string describe(const Operation& operation) const {
    return names_.describe(operation);
  }
  /// If the strategy has refused to choose: what the tasks could have done, for a message.
  [[nodiscard]] const std::string& offered() const { return offered_; }
  /// Where `task` is in its local code. Async-signal-safe.
  [[nodiscard]] FatalPoint place_of(TaskId task) const {
    return {.steps = recorder_.steps(),
            .task = task,
            .joins = tasks_[task].joins,
            .fails = tasks_[task].fails};
  }
  /// Whether `task` has returned from its function.
  [[nodiscard]] bool has_ended(TaskId task) const { return tasks_[task].state == TaskState::ended; }
  /// The operation that `task` will execute next. Requires a task that has not ended.
  [[nodiscard]] const Operation& pending_of(TaskId task) const { return pending_[index_of(task)]; }
  /// The tasks that hold the object for which `task` waits. Empty if the task does not wait for an
  /// object, or if nobody holds the object. Valid until Observer::on_outcome() returns.
  [[nodiscard]] TaskSet waits_for(TaskId task) const;
  /// Where Boost.Context has saved the registers of `task`, for a debugger; null if the task is
  /// running or has ended.
  [[nodiscard]] const void* saved_registers_of(TaskId task) const;
  /// The task whose stack is used up if an access by code with this stack pointer caused a fault;
  /// null if the stack pointer is not below the stack of a task. Async-signal-safe.
  [[nodiscard]] const TaskId* overflowed_task(const void* stack_pointer) const;

 protected:
  [[nodiscard]] std::string describe_offered() const;
  explicit ExecutionState(const EngineOptions& options) : recorder_(options), options_(options) {}
  ~ExecutionState() = default;

  // Bits of attention_: reasons why a scheduling point has to do more than choose.
  static constexpr unsigned kDraining = 1;    ///< the execution is over
  static constexpr unsigned kInvariants = 2;  ///< there are or were invariants
  static constexpr unsigned kFailed = 4;      ///< the execution has failed
  static constexpr unsigned kHeldBack = 8;    ///< point_.held_back is not empty

  // The members that a scheduling point uses come first, so that they share cache lines.
  Task* current_ = nullptr;
  ExceptionState* exceptions_ = nullptr;  ///< those of the calling thread
  Strategy* strategy_ = nullptr;
  Observer* observer_ = nullptr;
  Observer* reporter_ = nullptr;  ///< observer_, if it wants results
  unsigned attention_ = 0;
  bool watched_ = false;   ///< whether an observer or the race detector needs to know each step
  bool races_on_ = false;  ///< whether races_ exists and is watching
  bool interleaved_ = false;
  bool weak_orders_ = false;
  bool spins_seen_ = false;
  bool abandons_ = false;    ///< set by Engine::abandon_at_end()
  bool any_ended_ = false;   ///< whether ended_ is not empty
  std::uint64_t epoch_ = 0;  ///< identifies this execution in the process; not 0
  TaskSet created_;          ///< all tasks that the execution has made
  TaskSet last_task_;        ///< the task that made the last step; empty before the first
  TraceRecorder recorder_;
  TaskSet yielded_now_;  ///< tasks that have yielded since their last steps
  ChoicePoint point_{};  ///< its constant members are set once for each execution
  Scheduler scheduler_;
  std::array<Operation, kTasksMax> pending_{};  ///< by task index
  TaskTable tasks_;

  Task host_;  ///< the context of the thread that has called run()
  NameTable names_;
  TraceNotes notes_;
  SleepQueues sleepers_;
  InvariantList invariants_;
  VirtualClock clock_;
  TaskExits exits_;
  ReferencedObjects references_;
  std::vector<const std::function<std::string()>*> state_views_;
  std::unique_ptr<RaceDetector> races_;  ///< made by the first variable
  FailureLog failures_;
  EndedObjects ended_;
  std::vector<FatalPoint> fatal_points_;  ///< those of this execution that were not met yet
  std::string offered_;                   ///< see offered()
  std::uint64_t executions_ = 0;
  std::uint32_t abandoned_ = 0;
  bool truncated_ = false;
  EngineOptions options_;
};

}  // namespace sim
