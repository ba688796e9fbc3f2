// How the engine notes a failure of an execution, and what becomes of the task that failed. The
// kinds of failure that need an analysis have files of their own: engine_deadlock.cpp,
// engine_races.cpp and engine_invariants.cpp.

#include <sim/engine/engine.hpp>

#include <cxxabi.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <sim/base/symbols.hpp>
#include <sim/engine/outside_thread.hpp>

namespace sim {
namespace {

std::terminate_handler previous_terminate_handler = nullptr;
/// Where the thread was made whose destruction calls std::terminate(); empty if no
/// thread is destroyed.
thread_local std::optional<SourceLocation> unjoined;

constexpr const char* kUnjoined =
    "std::terminate was called, because a thread that was neither joined nor detached is "
    "destroyed, which was made at the place below";

/// What the exception in flight says. Sets `recursive` if it is that of a recursive initialization.
std::string exception_text(bool& recursive) {
  const std::exception_ptr exception = std::current_exception();
  if (!exception) return "std::terminate was called, with no exception in flight";
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    // Its type has no symbol that a program could link to.
    const std::type_info* const type = abi::__cxa_current_exception_type();
    recursive =
        type != nullptr && std::string_view{type->name()} == "N9__gnu_cxx20recursive_init_errorE";
  }
  if (recursive) {
    return "recursive initialization: a second task reaches a static variable whose initializer "
           "makes steps: make it a variable of the test";
  }
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

/// The function that threw the exception because of which std::terminate() is being called.
std::string throwing_function() {
  std::array<void*, 48> calls{};
  const int depth = ::backtrace(calls.data(), static_cast<int>(calls.size()));
  return thrower({calls.data(), static_cast<std::size_t>(depth)});
}

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
  outside_thread::note_use(where);
  throw UsageError(
      fmt::format("{}:{}: a sim:: object or operation outside an execution; move it into the body "
                  "that the explorer runs",
                  where.file, where.line));
}

/// If a thread that is no task has used a sim:: object in this execution, notes that as its first
/// failure, because the other failures may be consequences. Returns whether it was noted now.
bool Engine::note_outside_use() {
  if (outside_thread::file.load(std::memory_order_relaxed) == nullptr) [[likely]]
    return false;
  const std::optional<SourceLocation> where = outside_thread::used_at();
  if (!where || draining() || (attention_ & kFailed) != 0) return false;
  attention_ |= kFailed;
  const std::uint64_t group =
      group_of_literal(OutcomeKind::misuse, outside_thread::kRule, where->line);
  failures_.note(OutcomeKind::misuse, {group, kMainTask, recorder_.size()}, std::nullopt);
  if (reporter_ != nullptr) {
    failures_.describe(Misuse{FailedCheck{
        outside_thread::kRule, {}, SourceLine{*where}, call_path(outside_thread::used_from())}});
  }
  return true;
}

/// Notes a failure in `task`, unless the execution is over. Returns whether the caller is to add
/// its facts to failures_: it is the first failure, and an observer wants them. `blamed`
/// is as in FailureLog::note().
bool Engine::note_failure(OutcomeKind kind, std::uint64_t group, TaskId task,
                          std::optional<TaskId> blamed) {
  if (draining() || note_outside_use()) return false;
  attention_ |= kFailed;
  const bool first = failures_.note(kind, {group, task, recorder_.size()}, blamed);
  return first && reporter_ != nullptr;
}

/// note_failure() of a failure for which no task is to blame alone.
bool Engine::fail(OutcomeKind kind, std::uint64_t group, TaskId task) {
  return note_failure(kind, group, task, std::nullopt);
}

/// note_failure() of a failure for which `task` is to blame.
bool Engine::fail_by(TaskId task, OutcomeKind kind, std::uint64_t group) {
  ++tasks_[task].fails;
  return note_failure(kind, group, task, task);
}

void Engine::fail_at(OutcomeKind kind, const char* what, SourceLocation where) {
  if (draining()) return;
  if (fail_by(current_->id, kind, group_of_literal(kind, what, where.line))) {
    describe_check(failures_, kind, {what, {}, SourceLine{where}});
  }
}

void Engine::refuse_task(const Misuse& why, std::uint64_t group) {
  if (!draining()) {
    truncated_ = true;
    if (fail(OutcomeKind::misuse, group, current_->id)) failures_.describe(why);
    suspend();
  }
  throw TaskStop{};
}

void Engine::refuse_object(SourceLocation where) {
  // The text of a check must have static lifetime.
  static const std::string what = fmt::format(
      "one task makes more than {} shared objects in one execution: make fewer, or let several "
      "tasks make them",
      kOrdinalMax);
  fail_and_end_task(OutcomeKind::misuse, what.c_str(), where);
}

void Engine::fail_and_go_on(OutcomeKind kind, const char* what, SourceLocation where) {
  if (draining()) return;
  fail_at(kind, what, where);
  if (options_.after_failure == AfterFailure::stop) suspend();
  end_step();
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
  end_step();
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

/// Stops the calling task if what it does next ends the process.
void Engine::stop_if_fatal() {
  if (draining()) return;
  Task& self = *current_;
  const auto point =
      std::find_if(fatal_points_.begin(), fatal_points_.end(), [&](const FatalPoint& fatal) {
        return fatal.steps == recorder_.steps() && fatal.task == self.id &&
               (fatal.only_steps || (fatal.joins == self.joins && fatal.fails == self.fails));
      });
  if (point == fatal_points_.end()) return;
  static_cast<void>(fail_by(self.id, point->kind, point->group));
  fatal_points_.erase(point);
  // It is not resumed, because its destructors may need what it was about to change.
  leave_current_task(TaskState::abandoned);
  // The predicates of invariants may be what ends the process.
  const unsigned invariants = attention_ & kInvariants;
  attention_ &= ~kInvariants;
  Task* const to = options_.after_failure == AfterFailure::stop ? &host_ : next();
  attention_ |= invariants;
  self.leave_for(*to, exceptions_);
}

void Engine::set_running(bool runs) {
  running = runs ? this : nullptr;
  if (!runs) return outside_thread::end_execution();
  ++executions_;
  outside_thread::begin_execution();
}

void Engine::terminate_unjoined(SourceLocation made) {
  unjoined = made;
  std::terminate();
}

void Engine::install_terminate_handler() {
  static const bool installed = [] {
    previous_terminate_handler = std::set_terminate(on_terminate);
    return true;
  }();
  static_cast<void>(installed);
}

void Engine::on_terminate() {
  outside_thread::end_if_noted();
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
  const std::optional<SourceLocation> made = std::exchange(unjoined, std::nullopt);
  bool recursive = false;
  std::string text = made ? kUnjoined : exception_text(recursive);
  const std::uint64_t group =
      made ? group_of_place(OutcomeKind::uncaught_exception, *made) : group_of_exception(text);
  const bool wanted = fail_by(self.id, OutcomeKind::uncaught_exception, group);
  // A repetition cannot give the facts of a recursive initialization, because the variable is then
  // initialized.
  if (wanted || (recursive && std::holds_alternative<std::monostate>(outcome().facts))) {
    failures_.describe(UncaughtException{text, made ? SourceLine{*made} : SourceLine{},
                                         made ? std::string{} : throwing_function()});
  }
  leave_current_task(TaskState::abandoned);
  text = std::string{};
  Task* const to = options_.after_failure == AfterFailure::stop ? &host_ : next();
  self.leave_for(*to, exceptions_);
}

}  // namespace sim
