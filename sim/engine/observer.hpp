#pragma once

// An observer is told, in words, what happens in one execution. Recordings and live output are
// observers; pass an observer to Engine::run(). An execution without an observer produces no text
// at all, so that millions of executions are cheap.
// Unlike a strategy, an observer may read the engine, because it runs in the process of the
// execution.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/outcome.hpp>

namespace sim {

class Engine;

/// The functions are called on the thread of the execution and, except on_step() and on_outcome(),
/// on the stack of the task concerned. They must not call operations of primitives, and should be
/// quick.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;
  /// Whether the outcome is to say where an object was destroyed. It takes some microseconds for
  /// each object that ends.
  [[nodiscard]] virtual bool wants_call_paths() const { return false; }
  /// Whether on_result() is called and the outcome has facts. Constant. Both need texts, which make
  /// an execution slow.
  [[nodiscard]] virtual bool wants_results() const { return true; }

  /// Reports that `task` is about to execute its pending operation. `point` is the choice that
  /// selected it.
  virtual void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) = 0;
  /// Whether on_arrival() is wanted. Constant.
  [[nodiscard]] virtual bool wants_arrivals() const { return false; }
  /// Called between on_step() and the step itself, on the stack of `task`, for debuggers.
  virtual void on_arrival(const Engine& /*engine*/, TaskId /*task*/) {}
  /// Reports the result of the step that on_step() announced last. `value` is TraceEntry::raw_value
  /// of the step. `failed` says whether the operation failed, so that it changed nothing.
  virtual void on_result(std::uint64_t value, bool failed, std::string text) = 0;
  /// Reports that `task` has made a choice, other than which task runs next, and took alternative
  /// `index`.
  virtual void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                         std::uint32_t index) = 0;
  /// Reports a local event that the test shows with sim::mark(). It is not a step.
  virtual void on_mark(const Engine& engine, TaskId task, std::string_view label,
                       std::string_view text) = 0;
  /// Reports the text that `task` passed to sim::describe_task().
  virtual void on_task(const Engine& engine, TaskId task, std::string_view text) = 0;
  /// Reports the text of a sim::StateView at the end of the execution.
  virtual void on_state(std::string text) = 0;
  /// Reports what the steps on `object` mean, in their order: for a history, the calls and
  /// responses that its steps record. There may be more texts than steps.
  virtual void on_texts(ObjectId object, std::span<const std::string> texts) {
    static_cast<void>(object);
    static_cast<void>(texts);
  }
  /// Reports that the outcome is known. Called before tasks that have not ended are drained.
  virtual void on_outcome(const Engine& engine, const Outcome& outcome) = 0;
};

}  // namespace sim
