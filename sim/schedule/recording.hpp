#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/observer.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// One line of a recorded execution, in words.
struct RecordedEvent {
  enum class Kind : std::uint8_t { step, choice, mark };
  Kind kind = Kind::step;
  std::size_t task = 0;     ///< an index into Recording::tasks()
  std::string label;        ///< of a step the operation, of a choice its kind
  std::string text;         ///< of a step the object, of a choice "-> index", of a mark its text
  std::string value;        ///< the result of a step; of a step on an atomic what it then holds
  std::uint32_t index = 0;  ///< of a choice
  std::string woken;        ///< of a notify choice, as Engine::task_name()
  bool failed = false;      ///< a step that changed nothing
  bool preemption = false;  ///< the task before could have gone on

  // Of a step or choice, for machines: as in its TraceEntry.
  OperationKind operation = OperationKind::choice;
  ObjectId object{};
  std::uint64_t bits = 0;  ///< TraceEntry::raw_value

  [[nodiscard]] bool is_step() const { return kind == Kind::step; }
  /// The step or choice as an entry of a trace. Its task is an index of Recording::tasks too.
  [[nodiscard]] TraceEntry entry() const {
    return {task_at(task), operation, failed, preemption, object, bits};
  }
};

struct RecordedTask {
  std::string name;         ///< as Engine::task_name()
  std::string description;  ///< what it said of itself; may be empty
};

/// One execution in words. A value.
struct Recording {
  std::vector<RecordedEvent> events;
  std::vector<RecordedTask> tasks;
  std::vector<std::string> state;  ///< what each sim::StateView showed at the end
  Outcome outcome;
  /// The step behind which it failed, as an index of events. Empty where it passed, or failed
  /// before its first step, or where tasks only do not go on, which no step is to blame for.
  std::optional<std::size_t> failed_at;
  /// Operations that were not made. Of a deadlock those that tasks wait for ever to make, but for
  /// those that sleep or join; of another failure those behind it that explain() names.
  std::vector<RecordedEvent> waiting;

  /// An event or, behind the last one, an operation that is waited for.
  [[nodiscard]] const RecordedEvent& event_or_waiting(std::size_t index) const {
    return index < events.size() ? events[index] : waiting.at(index - events.size());
  }
  [[nodiscard]] std::size_t steps() const;
  [[nodiscard]] std::size_t preemptions() const;
  /// What happened up to the failure, where the execution went on behind it; else all of it.
  [[nodiscard]] Recording up_to_failure() const;
  /// The steps and choices, to be run again.
  [[nodiscard]] std::vector<TraceEntry> trace() const;
  /// The steps and choices, as the body of a schedule.
  [[nodiscard]] std::vector<ScheduleEntry> schedule_entries() const;
};

/// Makes the recording of one execution.
class Recorder : public Observer {
 public:
  [[nodiscard]] const Recording& recording() const { return recording_; }
  /// The step announced last, null before the first.
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
  void on_outcome(const Engine& engine, const Outcome& outcome) override;

 private:
  std::size_t task(const Engine& engine, TaskId id);
  [[nodiscard]] std::optional<std::size_t> failed_at(const Trace& trace,
                                                     const Outcome& outcome) const;
  RecordedEvent event_of(const Engine& engine, TaskId id, const Operation& operation);

  Recording recording_;
  std::size_t last_step_ = 0;  ///< its index among the events
  bool has_step_ = false;
};

}  // namespace sim
