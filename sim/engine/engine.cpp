#include <sim/engine/engine.hpp>

#include <string>
#include <utility>

#include <fmt/format.h>

namespace sim {

const char SIM_BUILT_FOR = 0;

// ---------------------------------------------------------------------------------------------
// Executions

Engine::Engine(EngineOptions options) : RunningExecution(options) {
  install_terminate_handler();
  epoch_ = first_epoch();
}

void Engine::begin_execution(Strategy& strategy, Observer* observer) {
  strategy_ = &strategy;
  observer_ = observer;
  exceptions_ = thread_exception_state();
  attention_ = 0;
  reporter_ = observer != nullptr && observer->wants_results() ? observer : nullptr;
  watched_ = reporter_ != nullptr || !fatal_points_.empty();
  races_on_ = false;
  interleaved_ = false;
  last_task_.clear();
  recorder_.begin(options_.steps_max);
  scheduler_.clear();
  tasks_.clear();
  names_.clear();
  notes_.clear();
  sleepers_.clear();
  invariants_.begin(recorder_.last_step());
  clock_.begin(options_.bounds);
  exits_.clear();
  references_.clear();
  state_views_.clear();
  failures_.begin(options_.after_failure == AfterFailure::continue_);
  yielded_now_.clear();
  ended_.clear();
  any_ended_ = false;
  weak_orders_ = false;
  spins_seen_ = false;
  ++epoch_;
  created_.clear();
  abandoned_ = 0;
  truncated_ = false;
  point_ = ChoicePoint{.kind = ChoiceKind::schedule,
                       .alternatives = 1,
                       .enabled = {},
                       .pending = pending_,
                       .current = std::nullopt,
                       .chooser = std::nullopt,
                       .sleepers = {},
                       .held_back = {},
                       .ended = {},
                       .names = &names_};
}

const Outcome& Engine::run(const Body& body, Strategy& strategy, Observer* observer) {
  if (running != nullptr) {
    throw UsageError("an engine cannot run inside another one's task: run it outside");
  }
  begin_execution(strategy, observer);
  const auto call_body = [](void* argument) {
    (*static_cast<const Body*>(argument))();
    end_task();
  };
  Task& main = add_task(call_body, const_cast<Body*>(&body));
  main.objects_made = 1;  // the clock
  names_.add_task({});
  // An observer may throw.
  struct Leaving {
    ~Leaving() { engine.set_running(false); }
    Engine& engine;
  } const leaving{*this};
  set_running(true);
  switch_from_host(main);
  fatal_points_.clear();
  if (observer_ != nullptr) {
    if (reporter_ != nullptr) show_state();
    observer_->on_outcome(*this, outcome());
  }
  if (tasks_.live() != 0) drain();
  return outcome();
}

const TaskId* Engine::running_task() const {
  return running == this && current_ != nullptr && current_ != &host_ ? &current_->id : nullptr;
}

void Engine::remove_state_view(const std::function<std::string()>* view) {
  if (reporter_ != nullptr) reporter_->on_state((*view)());
  std::erase(state_views_, view);
}

/// Tells the observer the texts of all views. The objects that a view reads still exist, because
/// the view would have been removed before them.
void Engine::show_state() {
  for (const auto* const view : state_views_) reporter_->on_state((*view)());
  state_views_.clear();
}

void Engine::switch_from_host(Task& task) {
  current_ = &task;
  host_.switch_to(task, exceptions_);
  current_ = &host_;
}

/// Adds a task to the execution. When it is first switched to, it calls entry(argument).
SIM_ALWAYS_INLINE Task& Engine::add_task(void (*entry)(void*), void* argument) {
  Task& task = tasks_.add<task_main>(entry, argument, options_.stack_bytes);
  scheduler_.enable(task.id);
  created_.insert(task.id);
  return task;
}

/// The function that each task executes on its own stack.
void Engine::task_main() {
  running->end_step();  // what it does first may end the process
  run_task(*running->current_);
  end_task();
}

/// Returns only if the task was stopped by TaskStop.
[[gnu::noinline]] void Engine::run_task(const Task& task) {
  try {
    task.entry(task.argument);
  } catch (const TaskStop&) {
  }
}

// ---------------------------------------------------------------------------------------------
// Who goes next

Task* Engine::unrecorded_or_host() {
  if (!scheduler_.has_unrecorded()) return &host_;
  current_ = scheduler_.take_unrecorded();
  return current_;
}

/// Called by a task that has announced its operation or has ended. Decides which task runs next.
SIM_FAST_BITS Task* Engine::next(StopBy by) {
  if (attention_ != 0) [[unlikely]] {
    if (Task* const to = run_pending_checks(by)) return to;
  }
  if (scheduler_.has_unrecorded()) {
    current_ = scheduler_.take_unrecorded();
    return current_;
  }
  TaskSet candidates = scheduler_.enabled();
  if (scheduler_.has_yielded()) [[unlikely]]
    candidates = without_held_back();
  const std::uint32_t alternatives = candidates.size();
  if (alternatives == 0 || recorder_.is_full()) [[unlikely]]
    return no_candidate();
  interleaved_ |= alternatives > 1;

  point_.enabled = candidates;
  point_.alternatives = alternatives;
  const std::uint32_t index = strategy_->choose(point_);
  if (index >= alternatives) [[unlikely]]
    return choose_held_back(index - alternatives);
  const TaskId task = candidates.nth(index);
  return observer_ == nullptr ? step(task) : observed_step(task);
}

/// Records the step that `task` is to make. Returns the task.
inline Task* Engine::step(TaskId task) {
  const TaskSet chosen = TaskSet::of(task);
  const bool preemption = !((point_.enabled & last_task_) - chosen).empty();
  last_task_ = chosen;
  point_.current = task;
  const Operation& operation = pending_[index_of(task)];
  if (!yielded_now_.empty()) [[unlikely]]
    note_step_after_yields(task);
  recorder_.begin_step(TraceEntry::step(task, operation.kind, operation.object, preemption));
  current_ = &tasks_[task];
  return current_;
}

/// A separate function, so that next() has few values to keep across its call of the strategy.
Task* Engine::observed_step(TaskId task) {
  Task& here = *current_;
  observer_->on_step(*this, point_, task);
  Task* const to = step(task);
  if (observer_->wants_arrivals()) announce_arrival(here, *to);
  return to;
}

/// Announces to the observer that `task` is about to make its step. `here` is the task on whose
/// stack this is called.
void Engine::announce_arrival(Task& here, Task& task) {
  struct Arrival {
    Engine& engine;
    TaskId task;
  } arrival{*this, task.id};
  const auto announce = [](void* argument) {
    const auto& [engine, id] = *static_cast<const Arrival*>(argument);
    engine.observer_->on_arrival(engine, id);
  };
  if (&here == &task) {
    announce(&arrival);
  } else {
    here.visit(task, announce, &arrival);
  }
}

void Engine::yield_if_spinning(ObjectId object) {
  if (draining() || !current_->spin.has_come_back(*current_, object)) return;
  spins_seen_ = true;
  yield();
}

/// Called before a step of `task` while a task is held back.
void Engine::note_step_after_yields(TaskId task) {
  scheduler_.note_step(task);
  if (!yielded_now_.contains(task)) return;
  yielded_now_.erase(task);
  notes_.after_yields.push_back({recorder_.size(), scheduler_.released_by_yields(task)});
}

/// Called if the strategy has chosen a task that is held back, or has refused the choice.
Task* Engine::choose_held_back(std::uint32_t index) {
  if (index >= point_.held_back.size()) return refused();
  const TaskId task = point_.held_back.nth(index);
  return observer_ == nullptr ? step(task) : observed_step(task);
}

/// The enabled tasks without those that have called yield(), if others are left.
TaskSet Engine::without_held_back() {
  point_.held_back = scheduler_.take_held_back();
  if (!point_.held_back.empty()) attention_ |= kHeldBack;
  return scheduler_.enabled() - point_.held_back;
}

/// Does the rare work that is due before a choice. `by` is what point() was given. Returns the
/// context to switch to if no choice is to be made, otherwise null.
Task* Engine::run_pending_checks(StopBy by) {
  if (draining()) return drained_point(by);
  point_.held_back.clear();
  attention_ &= ~kHeldBack;
  if ((attention_ & kInvariants) != 0 && recorder_.last_step().task == current_->id) {
    check_invariants();
  }
  return is_to_stop() ? &host_ : nullptr;
}

/// Called if no choice can be made, because the execution has ended or is truncated by the step
/// bound.
Task* Engine::no_candidate() {
  static_cast<void>(note_outside_use());
  const bool truncated = !scheduler_.enabled().empty();
  if (truncated || tasks_.live() != 0) {
    note_blocked();
    const TaskSet stuck = stuck_tasks();
    if ((attention_ & kFailed) == 0 && !stuck.empty()) fail_deadlock(stuck);
    if (truncated) fail_step_bound();
  }
  return &host_;
}

void Engine::note_blocked() {
  tasks_.for_each([&](const Task& task) {
    const Operation& operation = pending_[index_of(task.id)];
    const bool waits = task.state == TaskState::running && !task.asleep_in &&
                       !scheduler_.enabled().contains(task.id);
    if (!waits || !may_wait(operation.kind)) return;
    notes_.blocked.push_back({task.id, operation.kind, operation.object, std::nullopt});
    // A task whose gate was destroyed has no value to wait for.
    if (operation.kind == OperationKind::await_value && task.gate != nullptr) {
      notes_.blocked.back().admitted_by = static_cast<const Awaiter*>(task.gate)->admitted_by;
    }
  });
}

/// Called if the strategy has refused to resolve a choice. Ends the execution.
Task* Engine::refused() {
  offered_ = describe_offered();
  static_cast<void>(fail(OutcomeKind::divergence, 0, kMainTask));
  return &host_;
}

void Engine::leave_current_task(TaskState state) {
  tasks_.leave(*current_, state);
  scheduler_.disable(current_->id);
}

Task* Engine::end_current_task() {
  Task& self = *current_;
  leave_current_task(TaskState::ended);
  point_.ended.insert(self.id);
  if (draining()) [[unlikely]]
    return unrecorded_or_host();
  if (!self.joiners.empty()) {
    scheduler_.enable(self.joiners);
    scheduler_.add_unrecorded(self.joiners, [this](TaskId id) -> Task& { return tasks_[id]; });
  }
  return next();
}

// ---------------------------------------------------------------------------------------------
// Tasks

/// Makes the task to which spawn() is to switch.
Task& Engine::make_child(void (*entry)(void*), void* argument) {
  Task& self = *current_;
  Task* made = nullptr;
  if (self.joins >= options_.joins_before_reuse && !self.places.empty() && !draining())
      [[unlikely]] {
    made = &take_place(entry, argument);
  } else {
    if (tasks_.size() == kTasksAllowed) [[unlikely]]
      refuse_task(Misuse{TooManyTasks{kTasksAllowed}}, hash_step(0, kTasksAllowed));
    made = &add_task(entry, argument);
    names_.add_task({self.id, ++self.tasks_made});
  }
  Task& child = *made;
  child.maker = self.id;
  child.joined = self.joined;
  if (options_.record_order) [[unlikely]]
    record_order(TraceEntry::spawn(self.id, child.id));
  if (races_on_) [[unlikely]]
    races_->spawn(self.id, child.id);
  scheduler_.add_unrecorded(self);
  current_ = &child;
  return child;
}

/// Makes a task in the place of one that the calling task has joined. In every interleaving, all
/// that the new task does comes after all that the other one did, so they are one task to a search.
Task& Engine::take_place(void (*entry)(void*), void* argument) {
  Task& self = *current_;
  const TaskId place = self.places.front();
  if (tasks_[place].holds != 0) {
    // The standard leaves this undefined. The new task would hold the mutex.
    const std::string rule = "a thread that was joined has ended while it held a mutex";
    refuse_task(Misuse{FailedCheck{rule, {}}}, hash_text(0, rule.c_str()));
  }
  // Without steps, nothing else would end a loop that makes tasks.
  const std::size_t tasks_max = std::size_t{kTasksAllowed} + options_.steps_max;
  if (tasks_.made() == tasks_max)
    refuse_task(Misuse{TooManyTasks{tasks_max}}, hash_step(0, tasks_max));
  self.places.erase(self.places.begin());
  Task& child = tasks_.add_in_place_of<task_main>(place, entry, argument);
  tasks_.forget_joined(place);
  scheduler_.forget(place);
  scheduler_.enable(place);
  yielded_now_.erase(place);
  point_.ended.erase(place);
  return child;
}

/// Returns the context to which join() is to switch: the calling task itself if it does not have to
/// wait.
Task* Engine::wait_for(TaskId id) {
  Task& self = *current_;
  Task& task = tasks_[id];
  if (draining()) [[unlikely]]
    return wait_while_draining(task);
  if (task.state == TaskState::ended) return &self;
  scheduler_.disable(self.id);
  self.awaited = id;
  task.joiners.insert(self.id);
  pending_[index_of(self.id)] = {OperationKind::join, ObjectId{}, "join"};
  return next();
}

/// Called in the calling task when it has waited until `task` has ended.
void Engine::note_joined(TaskId task) {
  Task& self = *current_;
  Task& joined = tasks_[task];
  self.joined.insert(task);
  self.joined |= joined.joined;
  self.joins += 1 + joined.joins;
  self.places.push_back(task);
  self.places.insert(self.places.end(), joined.places.begin(), joined.places.end());
  joined.places.clear();
  if (options_.record_order) [[unlikely]]
    record_order(TraceEntry::join(self.id, task));
  if (races_on_) [[unlikely]]
    races_->join(self.id, task);
  end_step();
}

/// Records a spawn, join or wake, which orders the steps before and after it.
void Engine::record_order(const TraceEntry& entry) {
  if (!draining()) recorder_.append_order(entry);
}

}  // namespace sim
