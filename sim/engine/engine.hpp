#pragma once

// Runs executions of a test body: its tasks, one step at a time, in the order that a strategy
// chooses. Call run() for each execution; primitives in sim/sync call the part below "For
// primitives" from inside tasks. docs/architecture.md places the engine among the rooms.
//
// The walk of one step through the parts of the engine:
//   1. A primitive announces its operation: point(), or wait_point() where the task may have to
//      wait. The operation becomes pending; the Scheduler knows whether it is enabled.
//   2. next() first lets the tasks run on that have not come to an operation yet (Scheduler), and
//      checks the invariants that concern the last step (InvariantList).
//   3. next() fills the ChoicePoint with the enabled tasks and asks the Strategy.
//   4. step() records the chosen task's operation (TraceRecorder). An Observer is told as well.
//   5. The announcing task's ExecutionContext switches directly to the chosen task's, unless the
//      task has chosen itself.
//   6. There point() returns. The primitive changes its state and calls finish(), which writes the
//      result into the trace entry; side tables of the trace (TraceNotes) get what it does not
//      hold.
//   7. The task runs its local code up to its next announcement, which is 1 again. At its end,
//      end_task() enables the tasks that join it, and calls next().
// With no task to choose, the execution has ended: control returns to run(), which tells the
// observer the outcome and lets tasks that have not ended run to their ends (drain.hpp).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <sim/base/choice.hpp>
#include <sim/base/name.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/outcome.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/abi_check.hpp>
#include <sim/engine/engine_options.hpp>
#include <sim/engine/execution_state.hpp>
#include <sim/engine/gate.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/engine/task.hpp>
#include <sim/engine/usage_error.hpp>
#include <sim/memory/data_race.hpp>

namespace sim {

/// The body of a test: makes shared objects, spawns tasks, joins them, checks what is left.
using Body = std::function<void()>;

/// Runs executions of a body. What is known of the one that is running, or ran last, is its
/// ExecutionState. Stacks and tables are kept from one execution to the next.
/// An engine is used by one thread at a time, and not from inside its own tasks.
class Engine : public ExecutionState {
 public:
  /// Throws UsageError if options.trace_memory is too small.
  explicit Engine(EngineOptions options = {});

  /// Runs one execution of `body` to its outcome. The caller has called strategy.begin_execution()
  /// and calls strategy.end_execution(trace()) afterwards. Only with an observer the outcome has
  /// its texts. Throws UsageError if an engine is running on this thread already.
  const Outcome& run(const Body& body, Strategy& strategy, Observer* observer = nullptr);

  /// The running task; null outside of one. Async-signal-safe.
  [[nodiscard]] const TaskId* running_task() const;

  // For primitives. All functions from here on are called from inside tasks.

  /// The engine that runs the calling task. Throws UsageError outside an execution.
  static Engine& current(SourceLocation where) {
    if (running == nullptr) [[unlikely]]
      refuse_outside(where);
    return *running;
  }
  /// The engine that runs the calling task; null outside an execution.
  static Engine* current_or_null() { return running; }

  /// Gives a new shared object of the calling task its identity. One task makes at most kOrdinalMax
  /// objects in an execution; the next one is misuse at `where`, which ends the task.
  ObjectId add_object(ObjectKind kind, const Name& name, SourceLocation where) {
    Task& task = *current_;
    if (task.objects_made > kOrdinalMax) [[unlikely]]
      refuse_object(where);
    const ObjectId object = object_id(task.id, task.objects_made++);
    names_.add_object(object, kind, name);
    return object;
  }

  /// A scheduling point: announces the operation and returns when it is this task's turn to
  /// execute it. The task then executes it at once and calls finish().
  SIM_ALWAYS_INLINE void point(OperationKind kind, ObjectId object, const char* label) {
    Task& self = *current_;
    pending_[index_of(self.id)] = {kind, object, label};
    switch_to(self, next());
  }
  /// A scheduling point of an operation that can execute only while `gate` is open.
  SIM_ALWAYS_INLINE void wait_point(OperationKind kind, ObjectId object, const char* label,
                                    Gate& gate) {
    Task& self = *current_;
    self.gate = &gate;
    scheduler_.wait_at(gate, self.id);
    point(kind, object, label);
    if (self.gate == nullptr) [[unlikely]]
      throw TaskStop{};
    gate.waiters.erase(self.id);
  }
  /// Called while draining when a wait can never be satisfied. Ends the task, because code after
  /// the wait assumes that it succeeded; returns if the task was made to end before.
  [[gnu::cold]] void stop_waiting();
  /// Called when a gate is destroyed. That is misuse if tasks wait at it; they do not touch it
  /// again.
  [[gnu::cold]] void forget(const Gate& gate);
  /// Keeps the tasks that wait at `gate` waiting.
  void close(Gate& gate) { scheduler_.close(gate); }
  /// Lets the tasks that wait at `gate` go on.
  void open(Gate& gate) { scheduler_.open(gate); }

  /// The calling task, as part of its step, becomes the last in `queue`.
  void enqueue(ObjectId queue) { sleepers_.enqueue(current_->id, queue); }
  /// Suspends the calling task until it is woken in `queue`, unless it has been since enqueue(). It
  /// then runs on, unrecorded, up to its next visible operation. Returns at once while draining.
  void sleep(ObjectId queue);
  /// Called instead of sleep(), in an operation that ends a wait whether the task was notified or
  /// not. Takes the calling task out of the queue. Returns whether it was notified.
  bool leave_queue(ObjectId queue) { return sleepers_.leave(current_->id, queue); }
  /// An operation of the calling task that wakes one task in `queue`, which is a choice.
  void notify_one(ObjectId queue, const char* label);
  /// An operation of the calling task that wakes all tasks in `queue`.
  void notify_all(ObjectId queue, const char* label);

  /// Reports the result of the operation; TraceEntry says what `value` is. `text()` makes its text,
  /// and is called only if an observer wants it. `order` is that of an operation on an atomic.
  template <class Text>
  SIM_ALWAYS_INLINE void finish(std::uint64_t value, bool failed, const Text& text,
                                std::memory_order order = std::memory_order_seq_cst) {
    set_result(value, failed);
    if (watched_) [[unlikely]] {
      synchronize(order);
      if (observer_ != nullptr) observer_->on_result(value, failed, text());
    }
  }
  /// Reports the result of an operation that synchronizes no tasks: on time or plain data.
  template <class Text>
  void finish_plain(std::uint64_t value, bool failed, const Text& text) {
    set_result(value, failed);
    if (observer_ != nullptr) observer_->on_result(value, failed, text());
  }

  /// Notes what the compare_exchange that is being executed compares, as memory_bits().
  void note_comparison(std::uint64_t expected, std::uint64_t found) {
    if (!draining()) notes_.comparisons.push_back({this_entry(), expected, found});
  }
  /// Notes what the operation that is being executed has written, if value_bits() do not tell.
  void note_written(std::uint64_t memory_bits) {
    if (records_order()) notes_.note_written(this_entry(), memory_bits);
  }
  /// Notes that the operation that is being executed has waited at `awaiter`.
  void note_admission(const Awaiter& awaiter) {
    if (!draining()) notes_.admissions.push_back({this_entry(), awaiter.admitted_by});
  }
  /// TraceNotes::for_each_write() of the trace up to now. Requires records_order().
  template <class Found>
  void for_each_write(ObjectId object, bool noted, const Found& found) const {
    notes_.for_each_write(recorder_.entries(), object, noted, found);
  }
  /// Whether EngineOptions::record_order is set and the execution is not being drained.
  [[nodiscard]] bool records_order() const { return options_.record_order && !draining(); }
  /// The trace entry of the operation that is being executed.
  [[nodiscard]] std::size_t this_entry() const { return recorder_.last_index(); }

  /// Nanoseconds since the execution began. Read it only in an operation on kClock.
  [[nodiscard]] std::int64_t now_ns() const { return clock_.now_ns(); }
  /// Called as part of an operation that changes kClock: it is at least `ns` now.
  void move_clock_to(std::int64_t ns) { clock_.move_to(ns); }
  /// Whether a wait that the calling task begins now may end because its time has come.
  bool may_time_out() { return clock_.may_time_out(*current_) || draining(); }
  /// Called as part of the operation in which such a wait ends, at `deadline_ns`.
  void time_out(std::int64_t deadline_ns) { clock_.time_out(*current_, deadline_ns); }
  /// Whether the calling task waits without a time limit only because of a bound. A deadlock in
  /// which it takes part may be the fault of that bound, and is not reported.
  void set_bounded_wait(bool waits) { current_->waits_bounded = waits; }
  /// Whether a wait of the calling task may end, or its operation fail, without cause.
  bool may_be_spurious() {
    return clock_.has_spurious() && (clock_.may_be_spurious(*current_) || draining());
  }
  /// Counts a wait or operation of the calling task for which that happened.
  void note_spurious() { ++current_->spurious; }
  /// Whether the operation of the calling task fails without cause. A choice, if it may.
  bool choose_spurious();

  /// The calling task accesses plain data. Fails the execution if that is a data race. `does` says
  /// how it accesses the variable, up to the place: "reads it at".
  void access(AccessHistory& history, ObjectId variable, bool writes, const char* does,
              SourceLocation where);
  /// Called when a variable is made: data races are looked for from now on.
  void watch_accesses();
  /// The calling task executes a fence.
  void fence(std::memory_order order) {
    if (races_on_ && !draining()) races_->fence(current_->id, order);
  }
  /// Orders the calling task after all tasks that have arrived at `object` in a phase.
  void complete_phase(ObjectId object, std::uint64_t phase) {
    if (races_on_ && !draining()) races_->complete(current_->id, object, phase);
  }

  /// Has `call(argument)` called when the calling task ends, the latest first.
  void at_task_end(void (*call)(void*), void* argument) {
    exits_.add(current_->id, call, argument);
  }
  /// Has nothing called with `argument` any more, for any task.
  void forget_task_ends(void* argument) { exits_.forget(argument); }

  /// Makes a task that runs entry(argument), and runs it up to its first visible operation.
  /// `entry` ends by calling end_task().
  SIM_ALWAYS_INLINE TaskId spawn(void (*entry)(void*), void* argument) {
    Task& self = *current_;
    Task& child = make_child(entry, argument);
    self.switch_to(child, exceptions_);
    return child.id;
  }
  /// Ends the calling task. Its stack is not unwound: what lies on it must be destroyed already.
  [[noreturn]] SIM_ALWAYS_INLINE static void end_task() {
    Engine& engine = *running;
    if (!engine.exits_.empty()) [[unlikely]]
      engine.exits_.run(engine.current_->id);
    Task& self = *engine.current_;
    self.leave_for(*engine.end_current_task(), engine.exceptions_);
  }
  /// Waits until `task` has ended.
  SIM_ALWAYS_INLINE void join(TaskId task) {
    Task& self = *current_;
    switch_to(self, wait_for(task));
    if (options_.record_order) [[unlikely]]
      record_order(TraceEntry::join(current_->id, task));
    if (races_on_) [[unlikely]]
      races_->join(current_->id, task);
  }
  /// Whether `task` has returned from its function.
  [[nodiscard]] bool ended(TaskId task) const { return tasks_[task].state == TaskState::ended; }
  /// Whether the pending operation of `task` could execute, even if yield() holds it back.
  [[nodiscard]] bool is_enabled(TaskId task) const { return scheduler_.enabled().contains(task); }
  /// Resolves a choice of the test's own, below `alternatives`, which is at least 1.
  std::uint32_t choose_value(std::uint32_t alternatives);
  /// Holds the calling task back until another one has made a step, if another can.
  void yield() {
    scheduler_.yield(current_->id);
    notes_.yielded = true;
  }
  /// Puts an invariant in force.
  void add_invariant(const Invariant& invariant);
  /// Checks an invariant for the calling task's last step, if that is still due, and forgets it.
  void remove_invariant(const Invariant& invariant);
  /// Has the observer told what view() returns, at a failure or when the view is removed.
  void add_state_view(const std::function<std::string()>* view) { state_views_.push_back(view); }
  /// Tells the observer the state, unless it was told at a failure.
  void remove_state_view(const std::function<std::string()>* view);

  [[nodiscard]] TaskId current_task() const { return current_->id; }
  /// Whether the execution is over and its tasks only run to their ends.
  [[nodiscard]] bool draining() const { return (attention_ & kDraining) != 0; }
  /// The observer of this execution, or null.
  [[nodiscard]] Observer* observer() const { return observer_; }

  /// Notes a failure of the running task and, where the execution stops at its first failure, does
  /// not return before the execution is drained. Nothing happens while draining.
  void fail_and_go_on(OutcomeKind kind, const char* what, SourceLocation where);
  /// Notes a failure of the running task, which ends here: when it is drained, TaskStop is thrown.
  [[noreturn]] void fail_and_end_task(OutcomeKind kind, const char* what, SourceLocation where);
  /// Notes a failure of the running task, which goes on to its next scheduling point, and is cut
  /// only there: for checks of another library, which must not be left in their middle. `message`
  /// is one line; failures at one place are one group, whatever it says.
  void fail_at_next_point(OutcomeKind kind, const std::string& message, SourceLocation where);
  /// Where such a failure of the running task was noted, or the execution stops at one of another:
  /// does not return before the execution is drained.
  void leave_where_failed();

 private:
  [[noreturn]] static void refuse_outside(SourceLocation where);
  [[noreturn]] static void task_main();
  static void run_task(const Task& task);
  static void on_terminate();
  static void install_terminate_handler();

  void begin_execution(Strategy& strategy, Observer* observer);
  SIM_ALWAYS_INLINE void switch_to(Task& self, ExecutionContext* to) {
    if (to != &self) self.switch_to(*to, exceptions_);
  }
  void switch_from_host(Task& task);
  /// Leaves the calling task until it is drained.
  void suspend() { current_->switch_to(host_, exceptions_); }

  // Who goes on. These return the context to switch to.
  Task* next();
  Task* step(TaskId task);
  [[gnu::noinline]] Task* observed_step(TaskId task);
  Task* run_pending_checks();
  Task* no_candidate();
  [[gnu::cold]] Task* refused();
  [[gnu::cold]] Task* drained_point();
  Task* unrecorded_or_host();
  Task* end_current_task();
  Task* wait_for(TaskId task);
  [[gnu::cold]] Task* wait_while_draining(Task& task);
  TaskSet without_held_back();

  Task& add_task(void (*entry)(void*), void* argument);
  Task& make_child(void (*entry)(void*), void* argument);
  void wake(TaskId task, ObjectId queue);
  void leave_current_task(TaskState state);
  std::uint32_t choose(ChoiceKind kind, std::uint32_t alternatives,
                       std::span<const TaskId> sleepers);
  void set_result(std::uint64_t value, bool failed) {
    TraceEntry& step = recorder_.last_step();
    step.raw_value = value;
    step.failed = failed;
  }
  void record_order(const TraceEntry& entry);
  void note_blocked();
  void show_state();
  void drain();
  [[gnu::cold]] void synchronize(std::memory_order order);
  [[noreturn, gnu::cold]] void refuse_task();
  [[noreturn, gnu::cold]] void refuse_object(SourceLocation where);

  // Failures.
  [[noreturn]] void terminate_current_task();

  void check_invariants();
  [[nodiscard]] bool violated(const Invariant& invariant) const;
  void fail_invariant(const Invariant& invariant);
  [[nodiscard]] bool fail(OutcomeKind kind, std::uint64_t group, TaskId task);
  void fail_at(OutcomeKind kind, const char* what, SourceLocation where);
  [[nodiscard]] bool is_to_stop() const {
    return (attention_ & kFailed) != 0 && options_.after_failure == AfterFailure::stop;
  }
  void fail_deadlock(const TaskSet& stuck);
  void fail_step_bound();
  [[nodiscard]] TaskSet stuck_tasks() const;
  [[nodiscard]] bool is_held_up(const Task& task, const TaskSet& stuck) const;
  [[nodiscard]] TaskRef ref(TaskId task) const { return {task, task_name(task)}; }
  [[nodiscard]] ObjectRef ref(ObjectId object) const { return {object, object_name(object)}; }
  [[nodiscard]] Deadlock facts_of(const TaskSet& stuck) const;
  [[nodiscard]] RacingAccess facts_of(const Access& access) const;
  [[nodiscard]] WaitingTask wait_of(const Task& task) const;
  [[nodiscard]] std::vector<Spin> spins() const;

  inline static constinit thread_local Engine* running = nullptr;
};

inline Gate::~Gate() {
  if (waiters.empty()) [[likely]]
    return;
  if (Engine* const engine = Engine::current_or_null()) engine->forget(*this);
}

}  // namespace sim
