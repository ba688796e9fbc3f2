#include <sim/engine/engine.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace sim {

const char SIM_BUILT_FOR = 0;

namespace {

/// How many operations a task may still do when it is drained, before it is made to stop.
constexpr std::uint32_t kDrainedPointsMax = 1000;

}  // namespace

// ---------------------------------------------------------------------------------------------
// Executions

Engine::Engine(EngineOptions options) : options_(options) {
  TraceMemory& memory = options_.trace_memory;
  if (memory.entries.empty()) {
    own_trace_.resize(options_.trace_entries());
    memory.entries = own_trace_;
  }
  if (memory.entries.size() < options_.trace_entries()) {
    throw UsageError("EngineOptions::trace_memory is smaller than trace_entries()");
  }
  if (memory.size != nullptr) trace_size_ = memory.size;
  trace_begin_ = memory.entries.data();
  trace_end_ = trace_begin_ + memory.entries.size();
  cursor_ = trace_begin_;
  install_terminate_handler();
}

Engine::~Engine() = default;

const Outcome& Engine::run(const Body& body, Strategy& strategy, Observer* observer) {
  if (running != nullptr) {
    throw UsageError("an engine cannot run inside another one's task: run it outside");
  }
  strategy_ = &strategy;
  observer_ = observer;
  exceptions_ = thread_exception_state();
  outcome_.clear();
  names_.clear();
  names_.add_task({});
  sleepers_.clear();
  invariants_.clear();
  state_views_.clear();
  enabled_.clear();
  yielded_.clear();
  cursor_ = trace_begin_;
  *trace_size_ = 0;
  step_limit_ = trace_begin_ + options_.steps_max;
  scratch_ = TraceEntry{};
  last_ = &scratch_;
  checked_ = &scratch_;
  attention_ = 0;
  unrecorded_size_ = 0;
  interleaved_ = false;
  last_task_.clear();
  has_yielded_ = false;
  has_open_invariants_ = false;
  has_transient_invariant_ = false;
  truncated_ = false;
  bounded_ = false;
  races_on_ = false;
  watched_ = observer != nullptr;
  now_ns_ = 0;
  failures_.clear();
  orders_ = 0;
  blocked_.clear();
  jointly_observed_.clear();
  comparisons_.clear();
  admissions_.clear();
  written_.clear();
  exits_.clear();
  task_count_ = 0;
  live_ = 0;
  abandoned_ = 0;
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

  const auto call_body = [](void* argument) {
    (*static_cast<const Body*>(argument))();
    end_task();
  };
  Task& main = prepare_task(call_body, const_cast<Body*>(&body));
  main.objects_made = 1;  // the clock
  // An observer may throw.
  struct Leaving {
    ~Leaving() { running = nullptr; }
  } const leaving;
  running = this;
  switch_from_host(main);
  if (observer_ != nullptr) {
    show_state();
    observer_->on_outcome(*this, outcome_);
  }
  if (live_ != 0) drain();
  return outcome_;
}

void Engine::switch_from_host(Task& task) {
  current_ = &task;
  switch_fiber(host_, task, exceptions_);
  current_ = &host_;
}

/// Makes the next task, which is used again in each execution.
void Engine::add_task() {
  auto task = std::make_unique<Task>();
  task->id = task_at(task_count_);
  // Stacks are mapped at the same offset within a page; their hot ends must not share cache sets.
  task->stack.emplace(options_.stack_bytes, task_count_ % 16 * 192);
  tasks_[task_count_] = std::move(task);
}

/// Gives the next task a new life: an empty stack, on which entry(argument) is to run.
SIM_ALWAYS_INLINE Engine::Task& Engine::prepare_task(void (*entry)(void*), void* argument) {
  if (tasks_[task_count_] == nullptr) [[unlikely]]
    add_task();
  Task& task = *tasks_[task_count_];
  make_fiber(task);
  ++task_count_;
  ++live_;
  task.state = State::running;
  task.stop_thrown = false;
  task.failure_noted = false;
  task.drained_points = 0;
  task.objects_made = 0;
  task.tasks_made = 0;
  task.timeouts = 0;
  task.spurious = 0;
  task.waits_bounded = false;
  task.joiners.clear();
  task.asleep_in.reset();
  task.entry = entry;
  task.argument = argument;
  enabled_.insert(task.id);
  return task;
}

void Engine::make_fiber(Task& task) {
  const FiberStack& stack = *task.stack;
#if SIM_ASAN
  __asan_unpoison_memory_region(stack.bottom(), stack.bytes());
  task.stack_bottom = stack.bottom();
  task.stack_bytes = stack.bytes();
  task.fake_stack = nullptr;
#endif
  task.context = boost::context::detail::make_fcontext(stack.top(), stack.bytes(), fiber_main);
  // Nearly always empty already. Not written then: two stores just before the switch that loads
  // both words at once would stall it.
  if (task.exceptions != ExceptionState{}) [[unlikely]]
    task.exceptions = ExceptionState{};
}

void Engine::fiber_main(boost::context::detail::transfer_t from) {
  // Nothing lies above this frame: an exception that no one catches finds the end of the stack, so
  // std::terminate is called where it was thrown and no destructor has run.
#if defined(__x86_64__)
  asm volatile(".cfi_undefined rip");
#elif defined(__aarch64__)
  asm volatile(".cfi_undefined x30");
#endif
  auto* const previous = static_cast<Fiber*>(from.data);
  previous->context = from.fctx;
#if SIM_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &previous->stack_bottom, &previous->stack_bytes);
#endif
  run_task(*running->current_);
  end_task();
}

/// Returns only where the task was made to stop.
[[gnu::noinline]] void Engine::run_task(const Task& task) {
  try {
    task.entry(task.argument);
  } catch (const TaskStop&) {
  }
}

// ---------------------------------------------------------------------------------------------
// Who goes next

Fiber* Engine::unrecorded_or_host() {
  if (unrecorded_size_ == 0) return &host_;
  current_ = unrecorded_[--unrecorded_size_];
  return current_;
}

/// Called by a task that has announced its operation or has ended: who runs on.
SIM_FAST_BITS Fiber* Engine::next() {
  if (attention_ != 0) [[unlikely]] {
    if (Fiber* const to = run_pending_checks()) return to;
  }
  if (unrecorded_size_ != 0) {
    current_ = unrecorded_[--unrecorded_size_];
    return current_;
  }
  TaskSet candidates = enabled_;
  if (!yielded_.empty()) [[unlikely]] {
    candidates = hold_back_yielded();
  }
  const std::uint32_t alternatives = candidates.size();
  if (alternatives == 0 || cursor_ >= step_limit_) [[unlikely]]
    return no_candidate();
  interleaved_ |= alternatives > 1;

  point_.enabled = candidates;
  point_.alternatives = alternatives;
  const std::uint32_t index = strategy_->choose(point_);
  if (index >= alternatives) [[unlikely]]
    return refused();
  const TaskId task = candidates.nth(index);
  return observer_ == nullptr ? step(task) : observed_step(task);
}

/// Records the step that `task` is to make. Returns its fiber.
inline Fiber* Engine::step(TaskId task) {
  const TaskSet chosen = TaskSet::of(task);
  const bool preemption = !((point_.enabled & last_task_) - chosen).empty();
  last_task_ = chosen;
  point_.current = task;
  const Operation& operation = pending_[index_of(task)];
  last_ = append(TraceEntry::step(task, operation.kind, operation.object, preemption));
  current_ = tasks_[index_of(task)].get();
  return current_;
}

/// Apart from next(), which then has little to keep across its call of the strategy.
Fiber* Engine::observed_step(TaskId task) {
  observer_->on_step(*this, point_, task);
  return step(task);
}

/// Takes the tasks that have called yield() out of the next choice, unless no other task is
/// enabled. Returns the tasks that are left.
TaskSet Engine::hold_back_yielded() {
  const TaskSet others = enabled_ - yielded_;
  yielded_.clear();
  if (others.empty()) return enabled_;
  point_.held_back = enabled_ - others;
  attention_ |= kHeldBack;
  return others;
}

/// What is rarely due before a choice. Returns where to go if the choice must not be made.
Fiber* Engine::run_pending_checks() {
  if ((attention_ & kDraining) != 0) return drained_point();
  point_.held_back.clear();
  attention_ &= ~kHeldBack;
  if ((attention_ & kInvariants) != 0 && last_->task == current_->id) check_invariants();
  return is_to_stop() ? &host_ : nullptr;
}

Fiber* Engine::no_candidate() {
  if (!enabled_.empty()) {
    fail_step_bound();
  } else if (live_ != 0) {
    note_blocked();
    const TaskSet stuck = stuck_tasks();
    if ((attention_ & kFailed) == 0 && !stuck.empty()) fail_deadlock(stuck);
  }
  return &host_;
}

void Engine::note_blocked() {
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    const Operation& operation = pending_[i];
    const Task& task = *tasks_[i];
    if (task.state != State::running || task.asleep_in || !may_wait(operation.kind)) continue;
    blocked_.push_back({task_at(i), operation.kind, operation.object, std::nullopt});
    // A task whose gate was destroyed waits for nothing.
    if (operation.kind == OperationKind::await_value && task.gate != nullptr) {
      blocked_.back().admitted_by = static_cast<const Awaiter*>(task.gate)->admitted_by;
    }
  }
}

/// The strategy will not resolve a choice.
Fiber* Engine::refused() {
  static_cast<void>(fail(OutcomeKind::divergence, 0, kMainTask));
  return &host_;
}

void Engine::leave_current_task(State state) {
  current_->state = state;
  enabled_.erase(current_->id);
  if (state != State::failed) --live_;
}

Fiber* Engine::end_current_task() {
  Task& self = *current_;
  leave_current_task(State::ended);
  point_.ended.insert(self.id);
  if (draining()) [[unlikely]]
    return unrecorded_or_host();
  if (!self.joiners.empty()) {
    enabled_ |= self.joiners;
    Task** const first = unrecorded_.data() + unrecorded_size_;
    Task** last = first;
    self.joiners.for_each([&](TaskId id) { *last++ = tasks_[index_of(id)].get(); });
    std::reverse(first, last);  // the lowest runs on first
    unrecorded_size_ = static_cast<std::uint32_t>(last - unrecorded_.data());
  }
  return next();
}

// ---------------------------------------------------------------------------------------------
// What tasks ask for

/// The task that spawn() is to switch to.
Engine::Task& Engine::make_child(void (*entry)(void*), void* argument) {
  if (task_count_ == kTasksMax) [[unlikely]]
    refuse_task();
  Task& self = *current_;
  Task& child = prepare_task(entry, argument);
  names_.add_task({self.id, ++self.tasks_made});
  if (options_.record_order) [[unlikely]]
    note_order(TraceEntry::spawn(self.id, child.id));
  if (races_on_) [[unlikely]]
    races_->spawn(self.id, child.id);
  unrecorded_[unrecorded_size_++] = &self;
  current_ = &child;
  return child;
}

void Engine::refuse_task() {
  if (!draining()) {
    truncated_ = true;
    if (fail(OutcomeKind::misuse, hash_step(0, kTasksMax), current_->id)) {
      outcome_.describe(Misuse{TooManyTasks{kTasksMax}});
    }
    switch_fiber(*current_, host_, exceptions_);
  }
  throw TaskStop{};
}

void Engine::refuse_object(SourceLocation where) {
  fail_and_end_task(
      OutcomeKind::misuse,
      "one task makes more than 8388607 shared objects in one execution: make fewer, or "
      "let several tasks make them",
      where);
}

/// Where join() is to switch to: the calling task itself where it does not have to wait.
Fiber* Engine::wait_for(TaskId id) {
  Task& self = *current_;
  Task& task = *tasks_[index_of(id)];
  if (draining()) [[unlikely]] {
    if (!can_be_awaited(task, self)) return &self;
    unrecorded_[unrecorded_size_++] = &self;
    current_ = &first_awaited(task);
    return current_;
  }
  if (task.state == State::ended) return &self;
  enabled_.erase(self.id);
  self.awaited = id;
  task.joiners.insert(self.id);
  pending_[index_of(self.id)] = {OperationKind::join, ObjectId{}, "join"};
  return next();
}

/// Records an entry that orders the steps around it.
void Engine::note_order(const TraceEntry& entry) {
  if (draining() || cursor_ == trace_end_) return;
  append(entry);
  ++step_limit_;
  ++orders_;
}

void Engine::sleep(ObjectId queue) {
  Task& self = *current_;
  if (draining()) return;
  const auto woken = std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.task == self.id && sleeper.queue == queue && sleeper.woken_by;
  });
  if (woken != sleepers_.end()) {
    const std::size_t notify = *woken->woken_by;
    sleepers_.erase(woken);
    if (options_.record_order) note_order(TraceEntry::wake(self.id, notify));
    return;
  }
  self.asleep_in = queue;
  enabled_.erase(self.id);
  Fiber* const to = next();
  if (to != &self) switch_fiber(self, *to, exceptions_);
  self.asleep_in.reset();
}

bool Engine::leave_queue(ObjectId queue) {
  const auto self = std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.task == current_->id && sleeper.queue == queue;
  });
  if (self == sleepers_.end()) return true;  // draining
  const bool notified = self->woken_by.has_value();
  sleepers_.erase(self);
  return notified;
}

/// Each is called once, though it may have others called behind it.
void Engine::run_exits() {
  for (std::size_t i = exits_.size(); i-- > 0;) {
    if (i >= exits_.size() || exits_[i].task != current_->id) continue;
    const Exit exit = exits_[i];
    exits_.erase(exits_.begin() + static_cast<std::ptrdiff_t>(i));
    exit.call(exit.argument);
    i = exits_.size();
  }
}

bool Engine::choose_spurious() {
  if (!may_be_spurious() || draining()) return false;
  const bool fails = choose(ChoiceKind::spurious, 2, {}) == 1;
  if (fails) note_spurious();
  return fails && !draining();
}

std::vector<TaskId> Engine::sleepers_in(ObjectId queue) const {
  std::vector<TaskId> tasks;
  for (const Sleeper& sleeper : sleepers_) {
    if (sleeper.queue == queue && !sleeper.woken_by) tasks.push_back(sleeper.task);
  }
  return tasks;
}

void Engine::notify_one(ObjectId queue, const char* label) {
  point(OperationKind::notify, queue, label);
  const std::vector<TaskId> tasks = sleepers_in(queue);
  finish(tasks.size(), false, [&] {
    if (tasks.empty()) return std::string{"nobody"};
    return tasks.size() == 1 ? "task " + task_name(tasks[0])
                             : fmt::format("one of {}", tasks.size());
  });
  if (draining() || tasks.empty()) return;
  const auto alternatives = static_cast<std::uint32_t>(tasks.size());
  const std::uint32_t index = choose(ChoiceKind::notify, alternatives, tasks);
  // The execution may have been cut at the choice.
  if (!draining()) wake(tasks[index], queue);
}

void Engine::notify_all(ObjectId queue, const char* label) {
  point(OperationKind::notify, queue, label);
  const std::vector<TaskId> tasks = sleepers_in(queue);
  finish(tasks.size(), false, [&] {
    std::string text;
    for (const TaskId task : tasks) text += (text.empty() ? "task " : ", ") + task_name(task);
    return text.empty() ? "nobody" : text;
  });
  if (draining()) return;
  // The first to be pushed is the last to run on.
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) wake(*task, queue);
}

/// Behind the calling task's notify. Whoever is asleep runs on before the next choice.
void Engine::wake(TaskId id, ObjectId queue) {
  const auto sleeper = std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& s) {
    return s.task == id && s.queue == queue && !s.woken_by;
  });
  Task& task = *tasks_[index_of(id)];
  const auto notify = static_cast<std::size_t>(last_ - trace_begin_);
  if (task.asleep_in != queue) {
    sleeper->woken_by = notify;
    return;
  }
  sleepers_.erase(sleeper);
  task.asleep_in.reset();
  enabled_.insert(id);
  unrecorded_[unrecorded_size_++] = &task;
  if (options_.record_order) note_order(TraceEntry::wake(id, notify));
}

std::uint32_t Engine::choose_value(std::uint32_t alternatives) {
  return choose(ChoiceKind::value, alternatives, {});
}

std::uint32_t Engine::choose(ChoiceKind kind, std::uint32_t alternatives,
                             std::span<const TaskId> sleepers) {
  if (alternatives == 1) return 0;
  if (is_to_stop() && !draining()) switch_fiber(*current_, host_, exceptions_);
  if (draining()) {
    Task& self = *current_;
    Fiber* const to = drained_point();
    if (to != &self) switch_fiber(self, *to, exceptions_);
    return 0;
  }
  std::uint32_t index = kRefuse;
  if (cursor_ >= step_limit_) {
    fail_step_bound();
  } else {
    ChoicePoint point = point_;
    point.kind = kind;
    point.alternatives = alternatives;
    point.enabled.clear();
    point.chooser = current_->id;
    point.sleepers = sleepers;
    point.held_back.clear();
    index = strategy_->choose(point);
    if (index < alternatives) {
      if (observer_ != nullptr) observer_->on_choice(*this, current_->id, point, index);
      append(TraceEntry::choice(current_->id, alternatives, index));
      return index;
    }
    refused();
  }
  switch_fiber(*current_, host_, exceptions_);
  return 0;
}

void Engine::remove_state_view(const std::function<std::string()>* view) {
  if (observer_ != nullptr) observer_->on_state((*view)());
  std::erase(state_views_, view);
}

/// Of the views that are still there: the execution was cut, so what they read is there too.
void Engine::show_state() {
  for (const auto* const view : state_views_) observer_->on_state((*view)());
  state_views_.clear();
}

// ---------------------------------------------------------------------------------------------
// Draining: a stopped execution is not unwound. Its tasks run on, one after the other and
// unrecorded, with operations that do not wait, until their functions return.

void Engine::drain() {
  attention_ |= kDraining;
  observer_ = nullptr;
  watched_ = races_on_ = false;
  last_ = &scratch_;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    if (tasks_[i]->state == State::failed) tasks_[i]->state = State::running;
  }
  // The newest first: what a task uses lies as a rule on the stack of one that is older.
  for (std::uint32_t i = task_count_; i-- > 0;) {
    if (tasks_[i]->state != State::running) continue;
    unrecorded_size_ = 0;
    switch_from_host(first_awaited(*tasks_[i]));
  }
}

/// Whether `task` can be drained to its end before `joiner` goes on, which is not so in a circle.
bool Engine::can_be_awaited(const Task& task, const Task& joiner) const {
  const std::span waiting{unrecorded_.data(), unrecorded_size_};
  return task.state == State::running && &task != &joiner &&
         std::find(waiting.begin(), waiting.end(), &task) == waiting.end();
}

/// While draining: `task` or, where it is suspended in a join, whom it waits for; it then goes on
/// behind that one. A task that is joined may use what its joiner is about to destroy.
Engine::Task& Engine::first_awaited(Task& task) {
  Task* first = &task;
  for (;;) {
    Task& awaited = *tasks_[index_of(first->awaited)];
    const bool joins = awaited.joiners.contains(first->id);
    if (!joins || !can_be_awaited(awaited, *first)) return *first;
    unrecorded_[unrecorded_size_++] = first;
    first = &awaited;
  }
}

void Engine::stop_waiting() {
  Task& self = *current_;
  if (self.stop_thrown) return;
  self.stop_thrown = true;
  self.drained_points = 0;
  throw TaskStop{};
}

/// A scheduling point while draining: the task goes on at once, unless it has had enough of them.
Fiber* Engine::drained_point() {
  Task& self = *current_;
  if (++self.drained_points <= kDrainedPointsMax) return &self;
  if (!self.stop_thrown) {
    self.stop_thrown = true;
    self.drained_points = 0;
    throw TaskStop{};
  }
  ++abandoned_;
  leave_current_task(State::abandoned);
  return unrecorded_or_host();
}

}  // namespace sim
