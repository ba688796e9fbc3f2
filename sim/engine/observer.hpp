#pragma once

// Is told, in words, what happens in one execution. Recordings and live output are observers: pass
// one to Engine::run(). An execution without an observer makes no text at all, which is what makes
// millions of executions cheap.
// Unlike a strategy, an observer gets the engine, for reading: it runs where the execution runs.

#include <cstdint>
#include <string>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/outcome.hpp>

namespace sim {

class Engine;

/// Its functions are called on the thread of the execution and, except on_outcome, on the stack of
/// the task in question. They must not call operations of primitives, and should be quick.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// `task` is about to execute its pending operation. `point` is the choice that selected it.
  virtual void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) = 0;
  /// Reports the result of the step that on_step() announced last. `value` is that of its
  /// TraceEntry. `failed` says that the operation could fail and did, so it changed nothing.
  virtual void on_result(std::uint64_t value, bool failed, std::string text) = 0;
  /// Reports that `task` resolved a choice, other than which task goes next, to `index`.
  virtual void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                         std::uint32_t index) = 0;
  /// Reports a local event that the test wants to show, made by sim::mark(). It is not a step.
  virtual void on_mark(const Engine& engine, TaskId task, std::string_view label,
                       std::string_view text) = 0;
  /// Reports what `task` says of itself with sim::describe_task().
  virtual void on_task(const Engine& engine, TaskId task, std::string_view text) = 0;
  /// Reports the state of the test's objects at the end, as a sim::StateView of the test puts it.
  virtual void on_state(std::string text) = 0;
  /// Reports that the outcome is known. Called before tasks that have not ended are drained.
  virtual void on_outcome(const Engine& engine, const Outcome& outcome) = 0;
};

}  // namespace sim
