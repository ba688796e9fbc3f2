#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/outcome.hpp>

namespace sim {

class Engine;

/// Is told what happens in one execution, in words. An execution without one makes no text at all.
/// Called on the thread and, but for on_outcome, on the fiber stack of the task in question: an
/// observer must be quick and must not call into the engine's scheduling.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// `task` is about to execute its pending operation. `point` is the choice that led here.
  virtual void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) = 0;
  /// The result of the step that was announced last. `value` is TraceEntry::raw_value. `failed`: it
  /// changed nothing.
  virtual void on_result(std::uint64_t value, bool failed, std::string text) = 0;
  /// A choice that was not "which task" was resolved.
  virtual void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                         std::uint32_t index) = 0;
  /// A local event worth showing, no step: sim::mark().
  virtual void on_mark(const Engine& engine, TaskId task, std::string_view label,
                       std::string_view text) = 0;
  /// `task` says what it does: sim::describe_task().
  virtual void on_task(const Engine& engine, TaskId task, std::string_view text) = 0;
  /// The state of the test's objects at the end, in the test's own words: sim::StateView.
  virtual void on_state(std::string text) = 0;
  /// The execution is decided. Called before tasks that have not ended are drained.
  virtual void on_outcome(const Engine& engine, const Outcome& outcome) = 0;
};

}  // namespace sim
