#pragma once

// Runs executions of a test body: its tasks, one step at a time, in the order that a strategy
// chooses. Call run() for each execution; primitives in sim/sync call the part below "For
// primitives" from inside tasks. docs/architecture.md places the engine among the rooms.
//
// One step passes through the parts of the engine as follows:
//   1. A primitive announces its operation with point(), or with wait_point() if the operation may
//      wait. The operation becomes pending; the Scheduler knows whether it is enabled.
//   2. next() first resumes the tasks that have not yet announced an operation (Scheduler), and
//      checks the invariants that concern the last step (InvariantList).
//   3. next() fills the ChoicePoint with the enabled tasks and asks the Strategy.
//   4. step() records the chosen task's operation (TraceRecorder). An Observer is told, too.
//   5. The ExecutionContext of the announcing task switches directly to that of the chosen task,
//      unless the two are the same.
//   6. In the chosen task, point() returns. The primitive changes its state and calls finish(),
//      which writes the result into the trace entry. Data that does not fit there goes to
//      TraceNotes.
//   7. The task runs its local code up to its next announcement, and step 1 follows. When the task
//      ends, end_task() enables the tasks that join it, and calls next().
// If no task can be chosen, the execution has ended: control returns to run(), which tells the
// observer the outcome and drains the tasks that have not ended (drain.hpp).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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
#include <sim/engine/deadlock.hpp>
#include <sim/engine/engine_options.hpp>
#include <sim/engine/execution_state.hpp>
#include <sim/engine/fatal_point.hpp>
#include <sim/engine/gate.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/running_execution.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/engine/task.hpp>
#include <sim/engine/usage_error.hpp>
#include <sim/memory/data_race.hpp>

namespace sim {

/// The body of a test: makes shared objects, spawns tasks, joins them, and checks the result.
using Body = std::function<void()>;

/// Runs executions of a body. Its bases RunningExecution and ExecutionState describe the execution
/// that is running or ran last. Stacks and tables are reused by the next execution.
/// An engine is used by one thread at a time, and not from inside its own tasks.
class Engine : public RunningExecution {
 public:
  /// Throws UsageError if options.trace_memory is too small.
  explicit Engine(EngineOptions options = {});

  /// Runs one execution of `body` to its outcome. The caller has called strategy.begin_execution()
  /// and calls strategy.end_execution(trace()) afterwards. The outcome has facts only if there is
  /// an observer that wants results. Throws UsageError if an engine is running on this thread
  /// already.
  const Outcome& run(const Body& body, Strategy& strategy, Observer* observer = nullptr);

  /// Says where the next execution is to stop tasks instead of letting them end the process. Each
  /// is a failure of the execution.
  void stop_at(std::vector<FatalPoint> points) { fatal_points_ = std::move(points); }
  /// Says whether the tasks that have not ended with the next execution are to be abandoned,
  /// because draining them would end the process.
  void abandon_at_end(bool abandons) { abandons_ = abandons; }
  /// Changes EngineOptions::record_order for the executions that follow.
  void set_record_order(bool records) { options_.record_order = records; }

  /// The running task; null if no task of this engine is running. Async-signal-safe.
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

  /// Returns the identity of a new shared object of the calling task. If the task has made the
  /// maximum number of objects already (see kOrdinalMax), fails the execution with misuse at
  /// `where` and ends the task.
  ObjectId add_object(ObjectKind kind, const Name& name, SourceLocation where) {
    Task& task = *current_;
    if (task.objects_made > kOrdinalMax) [[unlikely]]
      refuse_object(where);
    const ObjectId object = object_id(task.id, task.objects_made++);
    names_.add_object(object, kind, name);
    return object;
  }

  /// A scheduling point: announces the operation and returns when it is this task's turn to
  /// execute it. The task then executes it at once and calls finish(). `by` says how the operation
  /// ends the task if it must not continue while draining; an operation that is noexcept must not
  /// throw.
  SIM_ALWAYS_INLINE void point(OperationKind kind, ObjectId object, const char* label,
                               StopBy by = StopBy::exception) {
    Task& self = *current_;
    if (may_change_nothing(kind)) {
      if (self.spin.note()) [[unlikely]]
        yield_if_spinning(object);
    } else {
      self.spin.clear();
    }
    pending_[index_of(self.id)] = {kind, object, label};
    switch_to(self, next(by));
    if (self.uses_ended) [[unlikely]]
      fail_used_after_end(by);
  }
  /// A scheduling point of an operation that can execute only while `gate` is open.
  SIM_ALWAYS_INLINE void wait_point(OperationKind kind, ObjectId object, const char* label,
                                    Gate& gate, StopBy by = StopBy::exception) {
    Task& self = *current_;
    if (self.uses_ended) [[unlikely]]
      point(kind, object, label, by);  // does not return
    self.gate = &gate;
    scheduler_.wait_at(gate, self.id);
    point(kind, object, label, by);
    if (self.gate == nullptr) [[unlikely]]
      end_wait_at_lost_gate(by);
    gate.waiters.erase(self.id);
  }
  /// Called while draining when a wait can never be satisfied. Ends the task with TaskStop, because
  /// code after the wait assumes that it succeeded. Returns if TaskStop was thrown in the task
  /// before.
  [[gnu::cold]] void stop_waiting();
  /// Does what stop_waiting() does, in an operation that must not throw. Suspends the task. Returns
  /// if the task may continue, because other tasks have been drained since; the caller then checks
  /// its condition again.
  [[gnu::cold]] void suspend_waiting();
  /// Ends the calling task, while draining, in an operation that must not throw. Its stack is not
  /// unwound.
  [[noreturn, gnu::cold]] void abandon_current_task();
  /// Called when a gate at which tasks wait is destroyed. Fails the execution if the gate is
  /// closed. The tasks do not access the gate again.
  [[gnu::cold]] void forget(const Gate& gate);

  // The lifetime of objects. sim::SharedObject calls these functions for each primitive.

  /// Called before an operation on the object whose SharedObject lies at `address`. If that object
  /// has ended, returns its id; the calling task's next point() then fails the execution.
  std::optional<ObjectId> use_ended(const void* address) {
    return ended_.may_contain(address) ? find_ended(address) : std::nullopt;
  }
  /// Records that the object whose SharedObject lies at `address` has ended, after the step if
  /// there is one. Fails the execution if a task waits for it. The other arguments are as in
  /// EndedObject.
  SIM_ALWAYS_INLINE void end_object(const void* address, ObjectId id, SourceLocation made_at,
                                    std::uint64_t last_bits) {
    const std::int32_t epoch = races_on_ && !draining() ? races_->epoch(current_->id) : 0;
    ended_.add({address, made_at, last_bits, id, epoch, current_->id});
    any_ended_ = true;
    if (tasks_.live() > 1 || reporter_ != nullptr) [[unlikely]]
      note_end(id);
  }
  /// Fails the execution because the calling task accesses plain data that has ended, `variable`.
  [[noreturn, gnu::cold]] void fail_ended_access(ObjectId variable, bool writes, const char* does,
                                                 SourceLocation where);
  /// Makes point() for a wait, which will also release `mutex`.
  void point_of_wait(ObjectId queue, ObjectId mutex, const char* label) {
    Task& self = *current_;
    self.releases = mutex;
    point(OperationKind::wait, queue, label);
    self.releases = kClock;
  }

  /// Suspends the calling task until it is notified in `queue`, unless it has been notified since
  /// enqueue(). The task then continues, unrecorded, up to its next visible operation. Returns at
  /// once while draining.
  void sleep(ObjectId queue);
  /// Removes the calling task from `queue`. Returns whether it was notified. Called instead of
  /// sleep(), in an operation that ends a wait whether or not the task was notified.
  bool leave_queue(ObjectId queue) { return sleepers_.leave(current_->id, queue); }
  /// Makes a step that wakes one task in `queue`. Which one is a choice.
  void notify_one(ObjectId queue, const char* label);
  /// Makes a step that wakes all tasks in `queue`.
  void notify_all(ObjectId queue, const char* label);

  /// Reports the result of the operation. `value` is TraceEntry::raw_value. `text()` is a text for
  /// it, made only if an observer wants results. `order` is used for operations on atomics only.
  template <class Text>
  SIM_ALWAYS_INLINE void finish(std::uint64_t value, bool failed, const Text& text,
                                std::memory_order order = std::memory_order_seq_cst) {
    if (finish(value, failed)) [[unlikely]]
      report(value, failed, text, order);
  }
  /// Reports the result of the operation. Returns whether report() must be called.
  SIM_ALWAYS_INLINE bool finish(std::uint64_t value, bool failed) {
    set_result(value, failed);
    return watched_;
  }
  /// Does the rest of finish(): best called from a function that is not inlined.
  template <class Text>
  void report(std::uint64_t value, bool failed, const Text& text, std::memory_order order) {
    synchronize(order);
    if (reporter_ != nullptr) reporter_->on_result(value, failed, text());
    if (!fatal_points_.empty() && recorder_.last_step().kind != OperationKind::notify) end_step();
  }
  /// Reports the result of an operation that synchronizes nothing, such as one on time.
  template <class Text>
  void finish_plain(std::uint64_t value, bool failed, const Text& text) {
    finish_part(value, failed, text);
    end_step();
  }
  /// Reports the result of a step that goes on; it must then call end_step().
  template <class Text>
  void finish_part(std::uint64_t value, bool failed, const Text& text) {
    set_result(value, failed);
    if (reporter_ != nullptr) reporter_->on_result(value, failed, text());
  }
  /// Must be called when the effects of a step are complete. The other functions call it.
  void end_step() {
    if (!fatal_points_.empty()) [[unlikely]]
      stop_if_fatal();
  }

  /// Whether the operation of the calling task fails spuriously. This is a choice if the bounds
  /// allow it; otherwise false.
  bool choose_spurious();

  /// Records an access to plain data by the calling task. Fails the execution if it is a data race.
  /// `does` describes the access in messages that continue with the place: "reads it at".
  void access(AccessHistory& history, ObjectId variable, bool writes, const char* does,
              SourceLocation where);
  /// Called when a variable is made. From then on data races are searched for.
  void watch_accesses();

  /// Makes a task that executes entry(argument), and runs it up to its first visible operation.
  /// `entry` must end by calling end_task().
  SIM_ALWAYS_INLINE TaskId spawn(void (*entry)(void*), void* argument) {
    Task& self = *current_;
    Task& child = make_child(entry, argument);
    self.switch_to(child, exceptions_);
    return child.id;
  }
  /// Ends the calling task. Its stack is not unwound: all objects on it must have been destroyed.
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
    note_joined(task);
  }
  /// Implements sim::choose(). Requires alternatives >= 1.
  std::uint32_t choose_value(std::uint32_t alternatives);
  /// Implements sim::yield().
  void yield() {
    scheduler_.yield(current_->id);
    yielded_now_.insert(current_->id);
  }
  /// Puts an invariant in force.
  void add_invariant(const Invariant& invariant);
  /// Removes an invariant. Checks it first for the calling task's last step, if that has not been
  /// done.
  void remove_invariant(const Invariant& invariant);
  /// Removes a view. Tells the observer what it returns, unless that was done at a failure.
  void remove_state_view(const std::function<std::string()>* view);

  /// Records a failure of the running task. If the execution stops at its first failure, suspends
  /// the task and returns only when it is drained. Does nothing while draining.
  void fail_and_go_on(OutcomeKind kind, const char* what, SourceLocation where);
  /// Records a failure of the running task and suspends it. When the task is drained, throws
  /// TaskStop.
  [[noreturn]] void fail_and_end_task(OutcomeKind kind, const char* what, SourceLocation where);
  /// Records a failure of the running task, which continues up to its next scheduling point and is
  /// suspended there. For checks of another library, whose functions must not be interrupted.
  /// `message` is one line. Failures at one place form one group, whatever their messages.
  void fail_at_next_point(OutcomeKind kind, const std::string& message, SourceLocation where);
  /// Calls std::terminate(), because a thread made at `made` was neither joined nor detached.
  [[noreturn]] static void terminate_unjoined(SourceLocation made);
  /// Suspends the running task if it has recorded a failure with fail_at_next_point(), or if the
  /// execution stops because of another task's failure. Returns when the task is drained.
  void leave_where_failed();

 private:
  [[noreturn]] static void refuse_outside(SourceLocation where);
  [[noreturn, gnu::cold]] void end_wait_at_lost_gate(StopBy by);
  [[noreturn]] static void task_main();
  static void run_task(const Task& task);
  static void on_terminate();
  static void install_terminate_handler();
  void set_running(bool runs);
  bool note_outside_use();
  [[gnu::cold]] void announce_arrival(Task& here, Task& task);

  void begin_execution(Strategy& strategy, Observer* observer);
  SIM_ALWAYS_INLINE void switch_to(Task& self, ExecutionContext* to) {
    if (to != &self) self.switch_to(*to, exceptions_);
  }
  void switch_from_host(Task& task);
  /// Suspends the calling task until it is drained.
  void suspend() { current_->switch_to(host_, exceptions_); }

  // The choice of the task that runs next. These functions return the context to switch to.
  Task* next(StopBy by = StopBy::exception);
  Task* step(TaskId task);
  [[gnu::cold]] void yield_if_spinning(ObjectId object);
  [[gnu::noinline]] Task* observed_step(TaskId task);
  Task* run_pending_checks(StopBy by);
  Task* no_candidate();
  [[gnu::cold]] Task* refused();
  [[gnu::cold, gnu::noinline]] Task* choose_held_back(std::uint32_t index);
  [[gnu::cold]] Task* drained_point(StopBy by);
  [[gnu::cold]] Task* suspend_while_draining(bool set_aside);
  void abandon(Task& task);
  Task* unrecorded_or_host();
  Task* end_current_task();
  Task* wait_for(TaskId task);
  void note_joined(TaskId task);
  [[gnu::cold]] Task* wait_while_draining(Task& task);
  TaskSet without_held_back();
  void note_step_after_yields(TaskId task);

  Task& add_task(void (*entry)(void*), void* argument);
  Task& make_child(void (*entry)(void*), void* argument);
  [[gnu::cold]] Task& take_place(void (*entry)(void*), void* argument);
  void wake(TaskId task, ObjectId queue);
  [[gnu::cold, gnu::noinline]] void stop_if_fatal();
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
  void resume_set_aside(TaskId parent);
  [[gnu::cold]] void synchronize(std::memory_order order);
  [[noreturn, gnu::cold]] void refuse_task(const Misuse& why, std::uint64_t group);
  [[noreturn, gnu::cold]] void refuse_object(SourceLocation where);

  // Failures.
  [[noreturn]] void terminate_current_task();
  [[noreturn, gnu::cold]] void fail_used_after_end(StopBy by);
  void end_failed_task();
  static std::uint64_t first_epoch();
  void note_end(ObjectId id);
  std::optional<ObjectId> find_ended(const void* address);
  [[nodiscard]] bool concerns(const Task& task, ObjectId ended) const;
  void fail_waiting(const Task& waiting, ObjectId object);
  [[nodiscard]] UseAfterDestruction facts_of_use(const EndedObject& ended, const Task& user) const;

  void check_invariants();
  [[nodiscard]] bool violated(const Invariant& invariant) const;
  void fail_invariant(const Invariant& invariant);
  [[nodiscard]] bool fail(OutcomeKind kind, std::uint64_t group, TaskId task);
  [[nodiscard]] bool fail_by(TaskId task, OutcomeKind kind, std::uint64_t group);
  [[nodiscard]] bool note_failure(OutcomeKind kind, std::uint64_t group, TaskId task,
                                  std::optional<TaskId> blamed);
  void fail_at(OutcomeKind kind, const char* what, SourceLocation where);
  [[nodiscard]] bool is_to_stop() const {
    return (attention_ & kFailed) != 0 && options_.after_failure == AfterFailure::stop;
  }
  void fail_deadlock(const TaskSet& stuck);
  void fail_step_bound();
  [[nodiscard]] TaskSet stuck_tasks() const;
  [[nodiscard]] WaitState wait_state(const Task& task) const;
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
