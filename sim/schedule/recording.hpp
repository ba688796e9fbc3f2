#pragma once

// A Recording: one execution in words. Each step has the text of its operation, its object and its
// result. Reports, schedule files, explanations and exports are made from a Recording. A Recorder,
// which is the observer of the execution, makes it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/observer.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// One step, choice or mark of an execution, in words.
struct RecordedEvent {
  enum class Kind : std::uint8_t { step, choice, mark };
  Kind kind = Kind::step;
  std::size_t task = 0;     ///< an index into Recording::tasks
  std::string label;        ///< step: the operation; choice: its kind; mark: its label
  std::string text;         ///< step: the object; choice: "-> index"; mark: its text
  std::string value;        ///< step: its result; for an atomic, its value after the step
  std::uint32_t index = 0;  ///< choice: which alternative was taken
  std::string woken;        ///< notify choice: the task that is woken, as Engine::task_name()
  /// Step: what a timeline shows in place of operation, object and result; usually empty.
  std::string shown;
  bool failed = false;      ///< step: the operation failed and changed nothing
  bool preemption = false;  ///< step: the task of the previous step could have continued

  // Members of the TraceEntry of a step or choice.
  OperationKind operation = OperationKind::choice;
  ObjectId object{};
  std::uint64_t bits = 0;  ///< TraceEntry::raw_value

  [[nodiscard]] bool is_step() const { return kind == Kind::step; }
  /// The step or choice as an entry of a trace. Requires that it is not a mark. Throws
  /// std::length_error if `task` is not the index of a TaskId, which has 256 values.
  [[nodiscard]] TraceEntry entry() const;
};

/// One task of an execution.
struct RecordedTask {
  std::string name;         ///< as Engine::task_name()
  std::string description;  ///< the text that the task gave to describe_task(); may be empty
};

/// One execution. A value.
struct Recording {
  std::vector<RecordedEvent> events;
  std::vector<RecordedTask> tasks;
  std::vector<std::string> state;  ///< what each sim::StateView showed at the end
  Outcome outcome;
  /// The step after which the execution failed, as an index of `events`. Empty if the execution
  /// passed, if it failed before its first step, or if it ended in a deadlock, a hang or the step
  /// bound, which no single step causes.
  std::optional<std::size_t> failed_at;
  /// Operations that were not executed. After a deadlock: the operations in which tasks are
  /// blocked, except waits for a notification and joins. After another failure: those that
  /// explain() adds.
  std::vector<RecordedEvent> waiting;

  /// Event `index` or, if there are fewer events, element `index - events.size()` of `waiting`.
  [[nodiscard]] const RecordedEvent& event_or_waiting(std::size_t index) const {
    return index < events.size() ? events[index] : waiting.at(index - events.size());
  }
  /// The number of steps, without choices and marks.
  [[nodiscard]] std::size_t steps() const;
  /// The number of steps that preempt another task.
  [[nodiscard]] std::size_t preemptions() const;
  /// A copy without the steps after the failure, for an execution that continued after it.
  [[nodiscard]] Recording up_to_failure() const;
  /// The steps and choices, for a RetraceStrategy.
  [[nodiscard]] std::vector<TraceEntry> trace() const;
  /// The steps and choices, as the body of a schedule.
  [[nodiscard]] std::vector<ScheduleEntry> schedule_entries() const;
};

/// Makes the recording of one execution: pass a new Recorder as its observer. Not thread-safe.
class Recorder : public Observer {
 public:
  [[nodiscard]] bool wants_call_paths() const override { return true; }
  [[nodiscard]] const Recording& recording() const { return recording_; }
  /// The last step so far; null before the first.
  [[nodiscard]] const RecordedEvent* last_step() const {
    return has_step_ ? &recording_.events[last_step_] : nullptr;
  }

  void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) override;
  void on_result(std::uint64_t value, bool failed, std::string text) override;
  void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                 std::uint32_t index) override;
  void on_mark(const Engine& engine, TaskId task, std::string_view label,
               std::string_view text) override;
  void on_task(const Engine& engine, TaskId task, std::string_view text) override;
  void on_state(std::string text) override;
  void on_texts(ObjectId object, std::span<const std::string> texts) override;
  void on_outcome(const Engine& engine, const Outcome& outcome) override;

 private:
  /// The name of an object, as it was when the table of names had this generation.
  struct KnownName {
    std::size_t generation = 0;
    std::string name;
  };
  const std::string& object_name(const Engine& engine, ObjectId object);

  std::size_t task(const Engine& engine, TaskId id);
  [[nodiscard]] std::optional<std::size_t> failed_at(const Trace& trace,
                                                     const Outcome& outcome) const;
  RecordedEvent event_of(const Engine& engine, TaskId id, const Operation& operation);

  Recording recording_;
  std::unordered_map<ObjectId, KnownName> names_;  ///< finding a name takes long
  std::size_t last_step_ = 0;                      ///< index of the last step among the events
  bool has_step_ = false;
};

}  // namespace sim
