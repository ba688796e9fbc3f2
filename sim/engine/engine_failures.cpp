// How the engine notes a failure of an execution, and what becomes of the task that failed. The
// kinds of failure that need an analysis have files of their own: engine_deadlock.cpp,
// engine_races.cpp and engine_invariants.cpp.

#include <sim/engine/engine.hpp>

#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace sim {
namespace {

std::terminate_handler previous_terminate_handler = nullptr;

/// Adds the facts of a check that failed. `kind` is misuse or assertion.
void describe_check(FailureLog& failures, OutcomeKind kind, FailedCheck check) {
  if (kind == OutcomeKind::misuse) {
    failures.describe(Misuse{std::move(check)});
  } else {
    failures.describe(AssertionFailure{std::move(check)});
  }
}

}  // namespace

void Engine::refuse_outside(SourceLocation where) {
  throw UsageError(
      fmt::format("{}:{}: a sim:: object or operation outside an execution; move it into the body "
                  "that the explorer runs",
                  where.file, where.line));
}

/// Notes a failure in `task`, unless the execution is over. Returns whether the caller is to add
/// its facts to failures_: it is the first failure, and somebody observes the execution. `blamed`
/// is as in FailureLog::note().
bool Engine::note_failure(OutcomeKind kind, std::uint64_t group, TaskId task,
                          std::optional<TaskId> blamed) {
  if (draining()) return false;
  attention_ |= kFailed;
  const bool first = failures_.note(kind, {group, task, recorder_.size()}, blamed);
  return first && observer_ != nullptr;
}

/// note_failure() of a failure for which no task is to blame alone.
bool Engine::fail(OutcomeKind kind, std::uint64_t group, TaskId task) {
  return note_failure(kind, group, task, std::nullopt);
}

/// note_failure() of a failure for which `task` is to blame.
bool Engine::fail_by(TaskId task, OutcomeKind kind, std::uint64_t group) {
  return note_failure(kind, group, task, task);
}

void Engine::fail_at(OutcomeKind kind, const char* what, SourceLocation where) {
  if (draining()) return;
  if (fail_by(current_->id, kind, group_of_literal(kind, what, where.line))) {
    describe_check(failures_, kind, {what, {}, SourceLine{where}});
  }
}

void Engine::fail_and_go_on(OutcomeKind kind, const char* what, SourceLocation where) {
  if (draining()) return;
  fail_at(kind, what, where);
  if (options_.after_failure == AfterFailure::stop) suspend();
}

void Engine::fail_and_end_task(OutcomeKind kind, const char* what, SourceLocation where) {
  if (!draining()) {
    fail_at(kind, what, where);
    end_failed_task();
  }
  throw TaskStop{};
}

/// Suspends the calling task, which has failed, until it is drained.
void Engine::end_failed_task() {
  Task& self = *current_;
  if (options_.after_failure == AfterFailure::stop) {
    suspend();
  } else {
    leave_current_task(TaskState::failed);
    self.switch_to(*next(), exceptions_);
  }
}

void Engine::fail_at_next_point(OutcomeKind kind, const std::string& message,
                                SourceLocation where) {
  if (draining()) return;
  current_->failure_noted = true;
  if (fail_by(current_->id, kind, group_of_place(kind, where))) {
    describe_check(failures_, kind, {{}, message, SourceLine{where}});
  }
}

void Engine::leave_where_failed() {
  Task& self = *current_;
  if (draining()) return;
  if (is_to_stop()) {
    suspend();
  } else if (self.failure_noted) {
    leave_current_task(TaskState::failed);
    self.switch_to(*next(), exceptions_);
  }
}

void Engine::install_terminate_handler() {
  static const bool installed = [] {
    previous_terminate_handler = std::set_terminate(on_terminate);
    return true;
  }();
  static_cast<void>(installed);
}

void Engine::on_terminate() {
  Engine* const engine = running;
  if (engine != nullptr && engine->current_ != &engine->host_) engine->terminate_current_task();
  if (previous_terminate_handler != nullptr) previous_terminate_handler();
  std::abort();
}

/// Called by std::terminate() in a task. Leaves the task's stack as it is; it is never resumed.
void Engine::terminate_current_task() {
  if (draining()) abandon_current_task();
  Task& self = *current_;
  ++abandoned_;
  std::string text = "std::terminate was called, with no exception in flight";
  if (const std::exception_ptr exception = std::current_exception()) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      text = error.what();
    } catch (...) {
      text = "an exception that is not a std::exception";
    }
  }
  if (fail_by(self.id, OutcomeKind::uncaught_exception, group_of_exception(text))) {
    failures_.describe(UncaughtException{text});
  }
  leave_current_task(TaskState::abandoned);
  text = std::string{};
  Task* const to = options_.after_failure == AfterFailure::stop ? &host_ : next();
  self.leave_for(*to, exceptions_);
}

}  // namespace sim
