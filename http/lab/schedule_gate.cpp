#include <http/lab/schedule_gate.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <bank/transfer.hpp>

namespace http {
namespace {

bool is(std::string_view operation, const char* word) {
  return operation == word;
}

std::string name_of(std::size_t task) {
  return fmt::format("task {}", task + 1);
}

/// Returns the step that was done instead of `expected`.
DrivenStep step_done(const DrivenStep& expected, const DrivenResult& result) {
  return {expected.task, expected.operation, expected.object, result.failed, result.value};
}

bool differ(const DrivenStep& expected, const DrivenResult& result) {
  return expected.failed != result.failed || (expected.value && expected.value != result.value);
}

std::string transfer_text(const TransferOrder& order) {
  return fmt::format("{} to {} {}", order.from, order.to, order.amount);
}

bool same(const TransferOrder& a, const TransferOrder& b) {
  return a.from == b.from && a.to == b.to && a.amount == b.amount;
}

}  // namespace

ScheduleGate::ScheduleGate(std::shared_ptr<const DrivePlan> plan, std::chrono::milliseconds timeout)
    : plan_(std::move(plan)),
      timeout_(timeout),
      tasks_(plan_->workload.transfers.size()),
      results_(plan_->steps.size()),
      deadline_(Clock::now() + timeout) {}

std::string ScheduleGate::enter(std::size_t task, const TransferOrder& order,
                                const std::string& transfer, const std::string& thread_id) {
  const std::lock_guard lock{mutex_};
  check_deadline();
  if (over()) return "the schedule is no longer driven";
  if (task >= tasks_.size()) {
    return fmt::format("there is no {} in the driven schedule, which has {} tasks", name_of(task),
                       tasks_.size());
  }
  if (tasks_[task].state != State::expected) {
    return fmt::format("{} already has a transfer: {}", name_of(task), tasks_[task].transfer);
  }
  if (!same(order, plan_->order(task))) {
    return fmt::format("body: this is not the transfer of {}, which is: {}", name_of(task),
                       transfer_text(plan_->order(task)));
  }
  tasks_[task] = {State::moving, transfer, thread_id, "", ""};
  state_ = DriveState::running;
  return {};
}

void ScheduleGate::before_step(std::size_t task, std::string_view operation,
                               std::string_view object) {
  std::unique_lock lock{mutex_};
  DrivenTask& self = tasks_.at(task);
  if (!over()) {
    self.operation = operation;
    self.object = object;
    self.state = State::waiting;
    advance();
  }
  while (!over() && self.state == State::waiting) {
    if (changed_.wait_until(lock, deadline_) == std::cv_status::timeout) check_deadline();
  }
  if (!over() || is(operation, bank::words::kUnlock)) return;
  self.state = State::cancelled;
  throw TransferAborted{problem_.empty() ? "deadlock: " + to_string(deadlock_) : problem_};
}

void ScheduleGate::after_step(std::size_t task, const DrivenResult& result) {
  const std::lock_guard lock{mutex_};
  if (over() || !granted_ || next().task != task) return;
  const DrivenStep& step = next();
  results_[next_] = result;
  results_[next_].done = true;
  if (is(step.operation, bank::words::kLock)) holders_[step.object] = task;
  if (is(step.operation, bank::words::kUnlock)) holders_.erase(step.object);
  if (differ(step, result)) {
    return fail(fmt::format("{}; it was {}", step_text(next_), to_string(step_done(step, result))));
  }
  granted_ = false;
  ++next_;
  deadline_ = Clock::now() + timeout_;
  advance();
}

bool ScheduleGate::leave(std::size_t task, bool finished) {
  const std::lock_guard lock{mutex_};
  check_deadline();
  if (!over()) {
    const std::size_t left = next_step_of(task);
    if (!finished) {
      fail(fmt::format("{}; an error ended {}", step_text(next_), name_of(task)));
    } else if (left < plan_->steps.size()) {
      fail(fmt::format("{}; it has ended", step_text(left)));
    }
  }
  const bool counts = state_ != DriveState::failed;
  tasks_.at(task).state = finished && counts ? State::ended : State::cancelled;
  // The end of this task may show that the remaining tasks are deadlocked.
  advance();
  return counts;
}

/// Returns the index of the next step of a task; the number of steps if it has none left.
std::size_t ScheduleGate::next_step_of(std::size_t task) const {
  std::size_t step = next_;
  while (step < plan_->steps.size() && plan_->steps[step].task != task) ++step;
  return step;
}

void ScheduleGate::cancel(const std::string& why) {
  const std::lock_guard lock{mutex_};
  if (!over()) fail(why);
}

bool ScheduleGate::is_over() {
  const std::lock_guard lock{mutex_};
  check_deadline();
  return over();
}

DriveReport ScheduleGate::report() {
  const std::lock_guard lock{mutex_};
  check_deadline();
  return {plan_, state_, tasks_, results_, problem_, deadlock_, {}};
}

/// Lets the next step happen if its task waits for it.
void ScheduleGate::advance() {
  if (over() || granted_) return;
  if (next_ == plan_->steps.size()) return finish();
  DrivenTask& task = tasks_[next().task];
  if (task.state == State::waiting) grant(task);
}

void ScheduleGate::grant(DrivenTask& task) {
  if (task.operation != next().operation || task.object != next().object) {
    return fail(
        fmt::format("{}; it is about to {} {}", step_text(next_), task.operation, task.object));
  }
  if (is(task.operation, bank::words::kLock)) {
    if (const auto holder = holder_of(task.object)) {
      return fail(fmt::format("{}; it is held by {}", step_text(next_), name_of(*holder)));
    }
  }
  granted_ = true;
  task.state = State::moving;
  changed_.notify_all();
}

/// Called when all steps are done: either all tasks end, or the remaining ones wait for locks.
void ScheduleGate::finish() {
  const auto remains = [](const DrivenTask& task) { return task.state != State::ended; };
  if (std::none_of(tasks_.begin(), tasks_.end(), remains)) {
    if (!plan_->deadlocks()) return end(DriveState::done);
    return fail(
        fmt::format("all steps are done: expected {}, but all tasks have ended", plan_->expect));
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const DrivenTask& task = tasks_[i];
    if (task.state == State::expected || task.state == State::moving) return;
    const bool lock = is(task.operation, bank::words::kLock);
    if (task.state == State::waiting && !(lock && holders_.contains(task.object))) {
      return fail(fmt::format("after the last step: expected {} to end; it is about to {} {}",
                              name_of(i), task.operation, task.object));
    }
  }
  deadlock_ = lock_waits();
  const bool expected =
      plan_->deadlocks() && (plan_->deadlock.empty() || plan_->deadlock == deadlock_);
  if (expected) return end(DriveState::done);
  fail(fmt::format("all steps are done: expected {}, got deadlock: {}", plan_->expect,
                   to_string(deadlock_)));
}

/// Returns who waits for which lock. Requires that no task waits for another operation.
std::vector<LockWait> ScheduleGate::lock_waits() const {
  std::vector<LockWait> waits;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const DrivenTask& task = tasks_[i];
    if (task.state == State::waiting) waits.push_back({i, task.object, holder_of(task.object)});
  }
  return waits;
}

/// Returns the task that holds a lock; empty if none does.
std::optional<std::size_t> ScheduleGate::holder_of(std::string_view lock) const {
  const auto holder = holders_.find(lock);
  return holder == holders_.end() ? std::nullopt : std::optional{holder->second};
}

/// Returns, for example, "step 3: expected deduct alice.balance = 200.00 by task 1".
std::string ScheduleGate::step_text(std::size_t step) const {
  if (step == plan_->steps.size()) return "after the last step: expected all tasks to end";
  const DrivenStep& expected = plan_->steps[step];
  return fmt::format("step {}: expected {} by {}", step + 1, to_string(expected),
                     name_of(expected.task));
}

std::string ScheduleGate::states_text() const {
  std::string text;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const DrivenTask& task = tasks_[i];
    text += fmt::format("{}{} ", i == 0 ? "" : ", ", name_of(i));
    if (task.state == State::expected) text += "has not arrived yet";
    if (task.state == State::waiting) {
      text += fmt::format("waits to {} {}", task.operation, task.object);
    }
    if (task.state == State::moving) text += "is running";
    if (task.state == State::ended) text += "has ended";
    if (task.state == State::cancelled) text += "was aborted";
  }
  return text;
}

/// Fails if the deadline has passed. Called also by observers, because no transfer may be waiting
/// when it passes.
void ScheduleGate::check_deadline() {
  if (!over() && Clock::now() >= deadline_) expire();
}

void ScheduleGate::expire() {
  // The next step is being done and waits for nothing: give it more time.
  if (granted_) {
    deadline_ = Clock::now() + timeout_;
    return;
  }
  fail(fmt::format("{}, within {} ms; {}", step_text(next_), timeout_.count(), states_text()));
}

void ScheduleGate::fail(std::string problem) {
  problem_ = std::move(problem);
  end(DriveState::failed);
}

void ScheduleGate::end(DriveState state) {
  state_ = state;
  for (DrivenTask& task : tasks_) {
    if (task.state == State::waiting) task.state = State::cancelled;
  }
  changed_.notify_all();
}

}  // namespace http
