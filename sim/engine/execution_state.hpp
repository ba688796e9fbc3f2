#pragma once

// What is known of the execution that is running on an engine or, after Engine::run(), of the last
// one: the parts that an engine is composed of, and questions about them. The parts are small and
// each is explained in its own header; Engine says how one step passes through them.

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
#include <sim/engine/engine_options.hpp>
#include <sim/engine/fiber.hpp>
#include <sim/engine/invariant_list.hpp>
#include <sim/engine/observer.hpp>
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

/// A failure of an execution that goes on after it.
struct FailureNote {
  std::uint64_t group;  ///< as Outcome::group
  TaskId task;          ///< that failed, or whose step made an invariant fail
  std::size_t entries;  ///< how many entries the trace had when it failed
};

/// The base of Engine. Used by one thread at a time.
class ExecutionState {
 public:
  ExecutionState(const ExecutionState&) = delete;
  ExecutionState& operator=(const ExecutionState&) = delete;

  [[nodiscard]] const EngineOptions& options() const { return options_; }

  [[nodiscard]] Trace trace() const {
    return Trace(recorder_.entries(), notes_.context(names_.tasks()));
  }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  /// How many tasks would not end when they were drained: their stacks, and all that those owned,
  /// are lost.
  [[nodiscard]] std::uint32_t abandoned() const { return abandoned_; }
  /// Whether at some choice more than one task could run.
  [[nodiscard]] bool interleaved() const { return interleaved_; }
  /// How many steps and choices the execution has made.
  [[nodiscard]] std::size_t steps() const { return recorder_.steps(); }
  /// All failures in their order, if the execution goes on after the first.
  [[nodiscard]] std::span<const FailureNote> failures() const { return failures_; }
  /// Whether the execution was cut short by a bound, of its steps or of its tasks.
  [[nodiscard]] bool truncated() const { return truncated_; }
  /// Whether the execution met one of EngineOptions::bounds: more could have happened.
  [[nodiscard]] bool bounded() const { return clock_.bounded(); }
  /// Whether an invariant names no objects.
  [[nodiscard]] bool has_open_invariants() const { return invariants_.has_open(); }
  /// How many tasks the execution has made, the test body included.
  [[nodiscard]] std::uint32_t task_count() const { return tasks_.size(); }
  /// Origin and name of each task, and name of each object.
  [[nodiscard]] const NameTable& names() const { return names_; }
  /// NameTable::task_name() of names().
  [[nodiscard]] std::string task_name(TaskId task) const { return names_.task_name(task); }
  /// NameTable::object_name() of names().
  [[nodiscard]] std::string object_name(ObjectId object) const {
    return names_.object_name(object);
  }
  /// NameTable::describe() of names().
  [[nodiscard]] std::string describe(const Operation& operation) const {
    return names_.describe(operation);
  }
  /// What a task that has not ended will do next.
  [[nodiscard]] const Operation& pending_of(TaskId task) const { return pending_[index_of(task)]; }
  /// The tasks that hold what `task` waits for. Empty if it does not wait at a gate, or waits for
  /// something that nobody holds. Meaningful up to the end of Observer::on_outcome().
  [[nodiscard]] TaskSet waits_for(TaskId task) const;
  /// The task whose stack has overflowed if an access of `address` is refused; null if none has.
  /// Async-signal-safe.
  [[nodiscard]] const TaskId* overflowed_task(const void* address) const;

 protected:
  explicit ExecutionState(const EngineOptions& options) : recorder_(options), options_(options) {}
  ~ExecutionState() = default;

  // Bits of attention_: why a scheduling point has more to do than to choose.
  static constexpr unsigned kDraining = 1;    ///< the execution is over
  static constexpr unsigned kInvariants = 2;  ///< there are or were invariants
  static constexpr unsigned kFailed = 4;      ///< the execution has failed
  static constexpr unsigned kHeldBack = 8;    ///< point_.held_back is not empty

  // What a scheduling point touches comes first, and in one place.
  Task* current_ = nullptr;
  ExceptionState* exceptions_ = nullptr;  ///< of the thread
  Strategy* strategy_ = nullptr;
  Observer* observer_ = nullptr;
  unsigned attention_ = 0;
  bool watched_ = false;   ///< by an observer, or for data races
  bool races_on_ = false;  ///< races_ is there and watches
  bool interleaved_ = false;
  TaskSet last_task_;  ///< the task that made the last step; empty before the first
  TraceRecorder recorder_;
  ChoicePoint point_{};  ///< its constant parts are filled in once for each execution
  Scheduler scheduler_;
  std::array<Operation, kTasksMax> pending_{};  ///< by task index
  TaskTable tasks_;

  Task host_;  ///< the thread that has called run()
  NameTable names_;
  TraceNotes notes_;
  SleepQueues sleepers_;
  InvariantList invariants_;
  VirtualClock clock_;
  TaskExits exits_;
  std::vector<const std::function<std::string()>*> state_views_;
  std::unique_ptr<RaceDetector> races_;  ///< made by the first variable
  std::vector<FailureNote> failures_;
  Outcome outcome_;
  std::uint32_t abandoned_ = 0;
  bool truncated_ = false;
  EngineOptions options_;
};

}  // namespace sim
