// What makes an execution fail, and how that is put into words.

#include <sim/engine/engine.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sim {
namespace {

std::terminate_handler previous_terminate_handler = nullptr;

std::uint64_t hash_text(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = hash_step(hash, static_cast<unsigned char>(c));
  return hash;
}

/// Equal for equal places. `what` is of static lifetime.
std::uint64_t group_of(OutcomeKind kind, const char* what, std::uint32_t line) {
  // Most failures of a search are the same as the one before.
  thread_local const char* last = nullptr;
  thread_local std::uint64_t last_hash = 0;
  if (what != last) {
    last = what;
    last_hash = hash_text(0, what);
  }
  return hash_step(hash_step(static_cast<std::uint64_t>(kind), line), last_hash);
}

std::string_view file_name(std::string_view path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// The facts of a check that failed: of an assertion or of a misuse.
void describe_check(Outcome& outcome, FailedCheck check) {
  if (outcome.kind == OutcomeKind::misuse) {
    outcome.describe(Misuse{std::move(check)});
  } else {
    outcome.describe(AssertionFailure{std::move(check)});
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// Invariants

Invariant::Invariant(const char* name, std::vector<ObjectId> objects, std::function<bool()> holds,
                     std::function<std::string()> describe, SourceLocation where)
    : name_(name),
      objects_(std::move(objects)),
      holds_(std::move(holds)),
      describe_(std::move(describe)) {
  Engine::current(where).add_invariant(*this);
}

Invariant::~Invariant() {
  if (Engine* const engine = Engine::current_or_null()) engine->remove_invariant(*this);
}

void Engine::add_invariant(const Invariant& invariant) {
  invariants_.add(invariant, invariant.objects_.empty());
  attention_ |= kInvariants;
  notes_.transient_invariant |= tasks_.live() > 1;
  if (invariant.objects_.size() > 1) notes_.jointly_observed.push_back(invariant.objects_);
}

bool Engine::violated(const Invariant& invariant) const {
  const auto& objects = invariant.objects_;
  const bool concerned =
      objects.empty() ||
      (recorder_.last_step().is_write() &&
       std::find(objects.begin(), objects.end(), recorder_.last_step().object) != objects.end());
  return concerned && !invariant.holds_();
}

void Engine::fail_invariant(const Invariant& invariant) {
  const std::uint64_t object =
      invariant.objects_.empty() ? 0 : names_.identity_of(invariant.objects_.front());
  const std::uint64_t group = group_of(OutcomeKind::invariant, invariant.name_, 0);
  const bool first = (attention_ & kFailed) == 0;
  if (fail(OutcomeKind::invariant, hash_step(group, object), recorder_.last_step().task)) {
    outcome_.describe(InvariantViolation{
        invariant.name_, invariant.describe_ ? invariant.describe_() : std::string{}});
  }
  if (first) outcome_.task = recorder_.last_step().task;
}

/// Called when the task that made the last step has come to its next operation or to its end.
void Engine::check_invariants() {
  if (!invariants_.begin_check(recorder_.last_step())) return;
  for (const Invariant* const invariant : invariants_.all()) {
    if (violated(*invariant)) {
      fail_invariant(*invariant);
      return;
    }
  }
}

void Engine::remove_invariant(const Invariant& invariant) {
  invariants_.remove(invariant);
  notes_.transient_invariant |= tasks_.live() > 1 && !draining();
  const bool due = !draining() && invariants_.are_due_after(recorder_.last_step()) &&
                   recorder_.last_step().task == current_->id;
  if (due && violated(invariant)) fail_invariant(invariant);
}

// ---------------------------------------------------------------------------------------------
// Failures

void Engine::refuse_outside(SourceLocation where) {
  throw UsageError(
      fmt::format("{}:{}: a sim:: object or operation outside an execution; move it into the body "
                  "that the explorer runs",
                  where.file, where.line));
}

/// Notes a failure; the first of an execution is its outcome. Whether someone wants to read its
/// message.
bool Engine::fail(OutcomeKind kind, std::uint64_t group, TaskId task) {
  if ((attention_ & kDraining) != 0) return false;
  if (options_.after_failure == AfterFailure::continue_) {
    failures_.push_back({group, task, recorder_.size()});
  }
  if ((attention_ & kFailed) != 0) return false;
  attention_ |= kFailed;
  outcome_.kind = kind;
  outcome_.group = group;
  outcome_.entries = recorder_.size();
  return observer_ != nullptr;
}

void Engine::fail_at(OutcomeKind kind, const char* what, SourceLocation where) {
  if ((attention_ & kDraining) != 0) return;
  if ((attention_ & kFailed) == 0) outcome_.task = current_->id;
  if (fail(kind, group_of(kind, what, where.line), current_->id)) {
    describe_check(outcome_, {what, {}, SourceLine{where}});
  }
}

void Engine::forget(const Gate& gate) {
  std::optional<TaskId> waiting;
  gate.waiters.for_each([&](TaskId id) {
    Task& task = tasks_[id];
    if (task.gate != &gate) return;
    task.gate = nullptr;
    scheduler_.disable(id);
    if (!waiting) waiting = id;
  });
  if (!waiting || draining()) return;
  const Operation& operation = pending_[index_of(*waiting)];
  if ((attention_ & kFailed) == 0) outcome_.task = current_->id;
  const std::uint64_t group = group_of(OutcomeKind::misuse, "destroyed", 0);
  if (fail(OutcomeKind::misuse, hash_step(group, names_.identity_of(operation.object)),
           current_->id)) {
    const WaitsToExecute wait{operation.kind, operation.label, ref(operation.object), {}};
    outcome_.describe(Misuse{DestroyedInUse{ref(*waiting), wait}});
  }
  if (is_to_stop()) suspend();
}

void Engine::synchronize(std::memory_order order) {
  if (races_on_) races_->step(recorder_.last_step(), order);
}

void Engine::watch_accesses() {
  if (races_on_ || draining()) return;
  if (races_ == nullptr) races_ = std::make_unique<RaceDetector>();
  races_->watch(tasks_.size());
  watched_ = races_on_ = true;
}

RacingAccess Engine::facts_of(const Access& access) const {
  return {ref(access.task), access.writes, access.does, SourceLine{access.where}};
}

void Engine::access(AccessHistory& history, ObjectId variable, bool writes, const char* does,
                    SourceLocation where) {
  if (!races_on_ || draining()) return;
  const Access now{current_->id, races_->epoch(current_->id), writes, where, does};
  const std::optional<Access> other = races_->access(history, now);
  if (!other) return;
  if ((attention_ & kFailed) == 0) outcome_.task = current_->id;
  const std::uint64_t group = group_of(OutcomeKind::data_race, "data race", 0);
  if (fail(OutcomeKind::data_race, hash_step(group, names_.identity_of(variable)), current_->id)) {
    outcome_.describe(DataRace{ref(variable), facts_of(*other), facts_of(now)});
  }
  if (options_.after_failure == AfterFailure::stop) suspend();
}

void Engine::fail_and_go_on(OutcomeKind kind, const char* what, SourceLocation where) {
  if (draining()) return;
  fail_at(kind, what, where);
  if (options_.after_failure == AfterFailure::stop) suspend();
}

void Engine::fail_and_end_task(OutcomeKind kind, const char* what, SourceLocation where) {
  if (!draining()) {
    fail_at(kind, what, where);
    Task& self = *current_;
    if (options_.after_failure == AfterFailure::stop) {
      suspend();
    } else {
      leave_current_task(TaskState::failed);
      self.switch_to(*next(), exceptions_);
    }
  }
  throw TaskStop{};
}

void Engine::fail_at_next_point(OutcomeKind kind, const std::string& message,
                                SourceLocation where) {
  if (draining()) return;
  if ((attention_ & kFailed) == 0) outcome_.task = current_->id;
  current_->failure_noted = true;
  const std::string_view file = file_name(where.file);
  const std::uint64_t group =
      hash_step(hash_text(static_cast<std::uint64_t>(kind), file), where.line);
  if (fail(kind, group, current_->id)) {
    describe_check(outcome_, {{}, message, SourceLine{where}});
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

/// std::terminate was called in a task: its stack is left as it is and never resumed.
void Engine::terminate_current_task() {
  Task& self = *current_;
  ++abandoned_;
  if (draining()) {
    leave_current_task(TaskState::abandoned);
    self.leave_for(*unrecorded_or_host(), exceptions_);
  }
  std::string text = "std::terminate was called, with no exception in flight";
  if (const std::exception_ptr exception = std::current_exception()) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      text = error.what();
    } catch (...) {
      text = "an exception that is no std::exception";
    }
  }
  if (fail(OutcomeKind::uncaught_exception, hash_text(1, text), self.id)) {
    outcome_.describe(UncaughtException{text});
  }
  if (outcome_.kind == OutcomeKind::uncaught_exception && !outcome_.task) outcome_.task = self.id;
  leave_current_task(TaskState::abandoned);
  text = std::string{};
  Task* const to = options_.after_failure == AfterFailure::stop ? &host_ : next();
  self.leave_for(*to, exceptions_);
}

/// Whether a task that waits could go on if one of those that are not in `stuck` could.
bool Engine::is_held_up(const Task& task, const TaskSet& stuck) const {
  if (task.waits_bounded) return false;
  const OperationKind kind = pending_[index_of(task.id)].kind;
  if (!task.asleep_in && kind == OperationKind::join) return stuck.contains(task.awaited);
  const TaskSet holders = task.asleep_in || task.gate == nullptr ? TaskSet{} : task.gate->holders;
  if (!holders.empty()) return (holders - stuck).empty();
  // Anybody could bring what it waits for.
  bool somebody = false;
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    somebody |= tasks_[task_at(i)].state == TaskState::running && !stuck.contains(task_at(i));
  }
  return !somebody;
}

/// Called when no task can continue. Returns the tasks that wait only for each other; a task that
/// waits for one whose deadline would have come, if not for its bound, is not among them.
TaskSet Engine::stuck_tasks() const {
  TaskSet stuck;
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[task_at(i)];
    const bool ended = task.state != TaskState::running;
    if (ended || !task.waits_bounded) stuck.insert(task.id);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
      const Task& task = tasks_[task_at(i)];
      if (task.state != TaskState::running || !stuck.contains(task.id)) continue;
      if (is_held_up(task, stuck)) continue;
      stuck.erase(task.id);
      changed = true;
    }
  }
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[task_at(i)].state != TaskState::running) stuck.erase(task_at(i));
  }
  return stuck;
}

void Engine::fail_deadlock(const TaskSet& stuck) {
  std::uint64_t group = static_cast<std::uint64_t>(OutcomeKind::deadlock);
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    if (!stuck.contains(task_at(i))) continue;
    const Task& task = tasks_[task_at(i)];
    const Operation& operation = pending_[i];
    const ObjectId object = task.asleep_in.value_or(operation.object);
    // Added up: which task has which number differs between interleavings.
    group += hash_step(names_.identity_of(task.id), operation.kind == OperationKind::join
                                                        ? names_.identity_of(task.awaited)
                                                        : names_.identity_of(object));
  }
  if (fail(OutcomeKind::deadlock, group, kMainTask)) outcome_.describe(facts_of(stuck));
}

Deadlock Engine::facts_of(const TaskSet& stuck) const {
  Deadlock deadlock;
  stuck.for_each([&](TaskId id) { deadlock.tasks.push_back(wait_of(tasks_[id])); });
  return deadlock;
}

WaitingTask Engine::wait_of(const Task& task) const {
  const Operation& operation = pending_[index_of(task.id)];
  if (task.asleep_in) return {ref(task.id), WaitsForNotification{ref(*task.asleep_in)}};
  if (operation.kind == OperationKind::join) return {ref(task.id), WaitsToJoin{ref(task.awaited)}};
  WaitsToExecute wait{operation.kind, operation.label, ref(operation.object), {}};
  task.gate->holders.for_each([&](TaskId holder) {
    wait.held_by.push_back({ref(holder), tasks_[holder].state != TaskState::running});
  });
  return {ref(task.id), std::move(wait)};
}

void Engine::fail_step_bound() {
  truncated_ = true;
  if (fail(OutcomeKind::step_bound, static_cast<std::uint64_t>(OutcomeKind::step_bound),
           kMainTask)) {
    outcome_.describe(StepBound{options_.steps_max, spins()});
  }
}

/// Which object each task spins on, where its last steps only read that one.
std::vector<Spin> Engine::spins() const {
  constexpr std::size_t kWindow = 256;
  const auto entries = trace().entries();
  const auto window = entries.last(std::min(kWindow, entries.size()));
  std::vector<Spin> found;
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[task_at(i)].state != TaskState::running) continue;
    std::size_t reads = 0;
    bool spins = true;
    ObjectId object{};
    for (const TraceEntry& entry : window) {
      if (entry.task != task_at(i) || !entry.is_step()) continue;
      spins = spins && !entry.is_write() && (reads == 0 || entry.object == object);
      object = entry.object;
      ++reads;
    }
    if (spins && reads > 1) found.push_back({ref(task_at(i)), ref(object)});
  }
  return found;
}

}  // namespace sim
