#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/choice.hpp>
#include <sim/base/limits.hpp>
#include <sim/base/name.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/outcome.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/abi_check.hpp>
#include <sim/engine/fiber.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/memory/data_race.hpp>

namespace sim {

/// The library was called in a way that no execution can report: a sim:: object used outside an
/// execution, an engine run inside another. what() names the place.
class UsageError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Ends a task that must not go on, when the engine drains it. Not for the code under test to
/// catch; a catch (...) that swallows it is survived.
struct TaskStop {};

/// What an execution does after its first failure.
enum class AfterFailure : std::uint8_t {
  stop,      ///< it is cut there
  continue_  ///< it goes on to its maximal end; the first failure is still its outcome
};

/// A failure of an execution that goes on after it.
struct FailureNote {
  std::uint64_t group;  ///< as Outcome::group
  TaskId task;          ///< that failed, or whose step made an invariant fail
  std::size_t entries;  ///< how many entries the trace had when it failed
};

/// Memory for a trace that must outlive a crash of this process: shared with another one.
struct TraceMemory {
  std::span<TraceEntry> entries;  ///< at least EngineOptions::trace_entries() of them
  std::uint64_t* size = nullptr;  ///< how many of them are in use, kept up to date at every step
};

struct EngineOptions {
  std::size_t stack_bytes = std::size_t{256} * 1024;  ///< of each task; mapped as it is used
  std::uint32_t steps_max = 10'000;                   ///< steps and choices in one execution
  Bounds bounds{};
  AfterFailure after_failure = AfterFailure::stop;
  bool record_order = false;   ///< put spawns, joins and wakes into the trace
  TraceMemory trace_memory{};  ///< where the trace lies; none: memory of the engine's own

  /// How many entries trace_memory needs for these options.
  [[nodiscard]] std::size_t trace_entries() const {
    // At most one task is woken for each step in which one goes to sleep.
    return std::size_t{steps_max} * 2 + 4 * kTasksMax;
  }
};

/// Lets tasks execute an operation, or keeps them waiting. Part of each primitive that tasks wait
/// for.
struct Gate {
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  inline ~Gate();

  TaskSet waiters;  ///< tasks whose pending operation needs it to be open
  TaskSet holders;  ///< of something that is locked: who keeps it closed; for messages
  bool closed = false;
};

/// A gate of one task, which waits until a value of an object is one that it waits for.
struct Awaiter : Gate {
  bool (*holds)(const Awaiter& self, const void* value) = nullptr;
  Awaiter* next = nullptr;  ///< another one of the same object
  /// The entry of the last write of the object that found such a value.
  std::optional<std::size_t> admitted_by;
};

/// The body of a test: makes shared objects, spawns tasks, joins them, checks what is left.
using Body = std::function<void()>;

/// Runs executions: the tasks of one body on fibers, one step at a time, in the order that a
/// strategy chooses. Stacks are kept from one execution to the next.
/// An engine is used by one thread at a time, and not from inside its own tasks.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// One execution of `body`, to its outcome. The caller has called strategy.begin_execution() and
  /// calls strategy.end_execution(trace()) afterwards. With an observer the outcome has its text.
  /// Throws UsageError where an engine is running on this thread already.
  const Outcome& run(const Body& body, Strategy& strategy, Observer* observer = nullptr);

  [[nodiscard]] const EngineOptions& options() const { return options_; }
  /// Of the execution that is running or, after run(), of the last one.
  [[nodiscard]] Trace trace() const {
    return Trace({trace_begin_, cursor_}, {blocked_, jointly_observed_, comparisons_, admissions_,
                                           has_transient_invariant_, has_yielded_, names_.tasks()});
  }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  /// Tasks of the last execution that would not end when drained: stack and all it owned are lost.
  [[nodiscard]] std::uint32_t abandoned() const { return abandoned_; }
  /// Whether at some choice of the last execution more than one task could run.
  [[nodiscard]] bool interleaved() const { return interleaved_; }

  /// Steps and choices of the last execution.
  [[nodiscard]] std::size_t steps() const {
    return static_cast<std::size_t>(cursor_ - trace_begin_) - orders_;
  }
  /// All failures of the last execution in their order, where it went on after the first.
  [[nodiscard]] std::span<const FailureNote> failures() const { return failures_; }
  /// Whether the last execution was cut short by a bound, of its steps or of its tasks.
  [[nodiscard]] bool truncated() const { return truncated_; }
  /// Whether it met one of the Bounds: more could have happened.
  [[nodiscard]] bool bounded() const { return bounded_; }
  /// Whether an invariant of the last execution names no objects.
  [[nodiscard]] bool has_open_invariants() const { return has_open_invariants_; }
  /// How many tasks the execution has made up to now, the test body included.
  [[nodiscard]] std::uint32_t task_count() const { return task_count_; }
  /// Origin and name of each task, and name of each object, of the execution that is running or,
  /// after run(), of the last one.
  [[nodiscard]] const NameTable& names() const { return names_; }
  /// What a task that has not ended is about to do.
  [[nodiscard]] const Operation& pending_of(TaskId task) const { return pending_[index_of(task)]; }
  /// Who holds what a task that cannot go on waits for, while tasks are there: up to the end of
  /// Observer::on_outcome(). Empty where it waits for something that nobody holds.
  [[nodiscard]] TaskSet waits_for(TaskId task) const;

  /// NameTable::task_name() of names().
  [[nodiscard]] std::string task_name(TaskId task) const { return names_.task_name(task); }
  /// NameTable::object_name() of names().
  [[nodiscard]] std::string object_name(ObjectId object) const {
    return names_.object_name(object);
  }
  /// NameTable::describe() of names().
  [[nodiscard]] std::string describe(const Operation& operation) const {
    return names_.describe(operation);
  }
  /// The task whose guard page `address` lies in: its stack has overflowed. Async-signal-safe.
  [[nodiscard]] const TaskId* overflowed_task(const void* address) const;
  /// The running task, null outside of one. Async-signal-safe.
  [[nodiscard]] const TaskId* running_task() const;

  // What primitives are made of. Called from inside tasks.

  /// The engine that runs the calling task. Throws UsageError outside an execution.
  static Engine& current(SourceLocation where) {
    if (running == nullptr) [[unlikely]]
      refuse_outside(where);
    return *running;
  }
  /// Null outside an execution.
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
  /// execute it, at once and atomically, followed by finish().
  SIM_ALWAYS_INLINE void point(OperationKind kind, ObjectId object, const char* label) {
    Task& self = *current_;
    pending_[index_of(self.id)] = {kind, object, label};
    Fiber* const to = next();
    if (to != &self) switch_fiber(self, *to, exceptions_);
  }

  /// The same for an operation that waits until `gate` is open.
  SIM_ALWAYS_INLINE void wait_point(OperationKind kind, ObjectId object, const char* label,
                                    Gate& gate) {
    Task& self = *current_;
    self.gate = &gate;
    gate.waiters.insert(self.id);
    if (gate.closed) enabled_.erase(self.id);
    point(kind, object, label);
    if (self.gate == nullptr) [[unlikely]]
      throw TaskStop{};
    gate.waiters.erase(self.id);
  }
  /// While draining: what the calling task waits for has not come and will not, and code behind the
  /// wait may rely on it. The task ends here, unless it was made to before.
  [[gnu::cold]] void stop_waiting();
  /// A gate is destroyed. Where tasks wait at it that is misuse; they do not touch it again.
  [[gnu::cold]] void forget(const Gate& gate);
  void close(Gate& gate) {
    gate.closed = true;
    enabled_ -= gate.waiters;
  }
  void open(Gate& gate) {
    gate.closed = false;
    enabled_ |= gate.waiters;
  }

  /// The calling task, as part of its step, becomes the last in `queue`.
  void enqueue(ObjectId queue) { sleepers_.push_back({current_->id, queue, std::nullopt}); }
  /// Suspends the calling task until it is woken in `queue`, or not at all where it has been since
  /// enqueue(). It then runs on, unrecorded, up to its next visible operation. While draining it
  /// returns at once.
  void sleep(ObjectId queue);
  /// Instead of sleep(), in an operation that ends a wait whether it was notified or not: the
  /// calling task leaves the queue. Whether it was notified.
  bool leave_queue(ObjectId queue);
  /// An operation of the calling task that wakes one task in `queue`, or all.
  void notify_one(ObjectId queue, const char* label);
  void notify_all(ObjectId queue, const char* label);

  /// Reports the result of the operation. `text` makes its text, called only where one is wanted.
  /// `order` is that of an operation on an atomic.
  template <class Text>
  SIM_ALWAYS_INLINE void finish(std::uint64_t value, bool failed, const Text& text,
                                std::memory_order order = std::memory_order_seq_cst) {
    last_->raw_value = value;
    last_->failed = failed;
    if (watched_) [[unlikely]] {
      synchronize(order);
      if (observer_ != nullptr) observer_->on_result(value, failed, text());
    }
  }
  /// The same for one that synchronizes no tasks: time, plain data.
  template <class Text>
  void finish_plain(std::uint64_t value, bool failed, const Text& text) {
    last_->raw_value = value;
    last_->failed = failed;
    if (observer_ != nullptr) observer_->on_result(value, failed, text());
  }

  /// Notes what the compare_exchange that is being executed compares.
  void note_comparison(std::uint64_t expected, std::uint64_t found) {
    if (draining()) return;
    comparisons_.push_back({this_entry(), expected, found});
  }
  /// Notes what the operation that is being executed has written, where value_bits() do not tell.
  void note_written(std::uint64_t memory_bits) {
    if (draining() || !options_.record_order) return;
    written_.push_back({this_entry(), memory_bits});
  }
  /// Notes that the operation being executed has waited at `awaiter`.
  void note_admission(const Awaiter& awaiter) {
    if (!draining()) admissions_.push_back({this_entry(), awaiter.admitted_by});
  }
  /// Calls found(entry, bits) for each write of `object` up to now, the last first, until it
  /// returns false. `bits` are those of the value that it wrote, as memory_bits(). Not while
  /// draining, and only where EngineOptions::record_order is set.
  template <class Found>
  void for_each_write(ObjectId object, bool noted, const Found& found) const {
    std::size_t note = written_.size();
    for (std::size_t i = trace().entries().size(); i-- > 0;) {
      const TraceEntry& entry = trace_begin_[i];
      if (entry.object != object || !entry.is_write()) continue;
      while (noted && note > 0 && written_[note - 1].entry > i) --note;
      if (!found(i, noted ? written_[note - 1].bits : entry.result_bits())) return;
    }
  }
  [[nodiscard]] bool records_order() const { return options_.record_order && !draining(); }
  /// The entry of the operation that is being executed.
  [[nodiscard]] std::size_t this_entry() const {
    return static_cast<std::size_t>(last_ - trace_begin_);
  }

  // Virtual time. It stands still but where a sleep or a timed wait ends.

  /// Nanoseconds since the execution began. Only to be read in an operation on kClock.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  /// As part of an operation that changes kClock: it is at least `ns` now.
  void move_clock_to(std::int64_t ns) { now_ns_ = ns > now_ns_ ? ns : now_ns_; }
  /// Whether a wait that the calling task begins now may end because its time has come.
  bool may_time_out() { return is_within(current_->timeouts, options_.bounds.timeouts); }
  /// As part of the operation in which it does: at `deadline_ns`.
  void time_out(std::int64_t deadline_ns) {
    ++current_->timeouts;
    move_clock_to(deadline_ns);
  }
  /// The calling task waits for what need not come, as its time would have come at last: one in a
  /// deadlock with others may be the fault of Bounds.
  void set_bounded_wait(bool waits) { current_->waits_bounded = waits; }

  /// Whether a wait of the calling task may end, or its operation fail, without cause.
  bool may_be_spurious() {
    return options_.bounds.spurious > 0 && is_within(current_->spurious, options_.bounds.spurious);
  }
  void note_spurious() { ++current_->spurious; }
  /// Whether its operation does. A choice.
  bool choose_spurious();

  // Plain data.

  /// The calling task accesses it. Fails the execution where that is a data race.
  /// `does` says how, up to its place: "reads it at".
  void access(AccessHistory& history, ObjectId variable, bool writes, const char* does,
              SourceLocation where);
  /// A variable was made.
  void watch_accesses();
  void fence(std::memory_order order) {
    if (races_on_ && !draining()) races_->fence(current_->id, order);
  }
  /// The calling task goes on behind all that have arrived at `object` in a phase.
  void complete_phase(ObjectId object, std::uint64_t phase) {
    if (races_on_ && !draining()) races_->complete(current_->id, object, phase);
  }

  /// Has `call(argument)` called when the calling task ends, the latest first.
  void at_task_end(void (*call)(void*), void* argument) {
    exits_.push_back({current_->id, call, argument});
  }
  /// Not any more, for any task.
  void forget_task_ends(void* argument) {
    std::erase_if(exits_, [argument](const Exit& exit) { return exit.argument == argument; });
  }

  /// Makes a task that runs entry(argument), and runs it up to its first visible operation.
  /// `entry` ends by calling end_task().
  SIM_ALWAYS_INLINE TaskId spawn(void (*entry)(void*), void* argument) {
    Task& self = *current_;
    Task& child = make_child(entry, argument);
    switch_fiber(self, child, exceptions_);
    return child.id;
  }
  /// Ends the calling task. Its stack is not unwound: what lies on it must be destroyed already.
  [[noreturn]] SIM_ALWAYS_INLINE static void end_task() {
    Engine& engine = *running;
    if (!engine.exits_.empty()) [[unlikely]]
      engine.run_exits();
    Task& self = *engine.current_;
    leave_fiber(self, *engine.end_current_task(), engine.exceptions_);
  }
  /// Waits until `task` has ended.
  SIM_ALWAYS_INLINE void join(TaskId task) {
    Task& self = *current_;
    Fiber* const to = wait_for(task);
    if (to != &self) switch_fiber(self, *to, exceptions_);
    if (options_.record_order) [[unlikely]]
      note_order(TraceEntry::join(current_->id, task));
    if (races_on_) [[unlikely]]
      races_->join(current_->id, task);
  }
  [[nodiscard]] bool ended(TaskId task) const {
    return tasks_[index_of(task)]->state == State::ended;
  }
  /// Whether its pending operation could be executed, though it may be held back by yield().
  [[nodiscard]] bool is_enabled(TaskId task) const { return enabled_.contains(task); }
  /// Resolves a choice of the test's own, below `alternatives`, which is at least 1.
  std::uint32_t choose_value(std::uint32_t alternatives);
  /// Holds the calling task back until another one has made a step, if another can.
  void yield() {
    yielded_.insert(current_->id);
    has_yielded_ = true;
  }
  void add_invariant(const Invariant& invariant);
  /// Checks it for the calling task's last step, if that is still due.
  void remove_invariant(const Invariant& invariant);
  void add_state_view(const std::function<std::string()>* view) { state_views_.push_back(view); }
  /// Tells the observer the state, unless it was told at a failure.
  void remove_state_view(const std::function<std::string()>* view);

  [[nodiscard]] TaskId current_task() const { return current_->id; }
  [[nodiscard]] bool draining() const { return (attention_ & kDraining) != 0; }
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
  enum class State : std::uint8_t {
    running,    ///< or waiting for its turn
    ended,      ///< by returning
    failed,     ///< by a failed assertion; suspended there until it is drained
    abandoned,  ///< will not be resumed
  };
  struct Task : Fiber {
    TaskId id{};
    State state = State::ended;
    bool stop_thrown = false;
    bool failure_noted = false;  ///< by fail_at_next_point()
    std::uint32_t drained_points = 0;
    std::uint32_t objects_made = 0;
    std::uint32_t tasks_made = 0;
    std::uint32_t timeouts = 0;
    std::uint32_t spurious = 0;
    bool waits_bounded = false;  ///< as set_bounded_wait() says
    TaskId awaited{};            ///< whom it joins, where its pending operation is a join
    TaskSet joiners;
    Gate* gate = nullptr;  ///< that its pending operation needs to be open, while it is there
    std::optional<ObjectId> asleep_in;  ///< the queue
    void (*entry)(void*) = nullptr;
    void* argument = nullptr;
    std::optional<FiberStack> stack;  ///< of all but the host
  };
  struct Sleeper {
    TaskId task;
    ObjectId queue;
    std::optional<std::size_t> woken_by;  ///< the entry of a notify, before it has gone to sleep
  };

  struct Written {
    std::size_t entry;
    std::uint64_t bits;
  };
  struct Exit {
    TaskId task;
    void (*call)(void*);
    void* argument;
  };

  static constexpr unsigned kDraining = 1;
  static constexpr unsigned kInvariants = 2;
  static constexpr unsigned kFailed = 4;
  static constexpr unsigned kHeldBack = 8;  ///< point_.held_back is not empty

  [[noreturn]] static void refuse_outside(SourceLocation where);
  [[noreturn]] static void fiber_main(boost::context::detail::transfer_t from);
  static void run_task(const Task& task);
  static void on_terminate();
  static void install_terminate_handler();

  [[gnu::cold]] void synchronize(std::memory_order order);
  [[gnu::cold]] void run_exits();
  bool is_within(std::uint32_t taken, std::uint32_t max) {
    bounded_ |= taken >= max;
    return taken < max || draining();
  }

  Task& prepare_task(void (*entry)(void*), void* argument);
  Task& make_child(void (*entry)(void*), void* argument);
  Fiber* wait_for(TaskId task);
  void note_order(const TraceEntry& entry);
  [[nodiscard]] std::vector<TaskId> sleepers_in(ObjectId queue) const;
  void wake(TaskId task, ObjectId queue);
  std::uint32_t choose(ChoiceKind kind, std::uint32_t alternatives,
                       std::span<const TaskId> sleepers);
  [[noreturn, gnu::cold]] void refuse_task();
  [[noreturn, gnu::cold]] void refuse_object(SourceLocation where);
  [[gnu::cold]] void add_task();
  void make_fiber(Task& task);
  void switch_from_host(Task& task);

  /// Appends to the trace, and lets whoever watches the trace memory know.
  TraceEntry* append(const TraceEntry& entry) {
    *cursor_ = entry;
    TraceEntry* const added = cursor_++;
    *trace_size_ = static_cast<std::uint64_t>(cursor_ - trace_begin_);
    return added;
  }

  Fiber* next();
  Fiber* step(TaskId task);
  [[gnu::noinline]] Fiber* observed_step(TaskId task);
  Fiber* run_pending_checks();
  TaskSet hold_back_yielded();
  Fiber* no_candidate();
  void note_blocked();
  [[gnu::cold]] Fiber* refused();
  [[gnu::cold]] Fiber* drained_point();
  Fiber* end_current_task();
  Fiber* unrecorded_or_host();
  void leave_current_task(State state);
  [[noreturn]] void terminate_current_task();

  void check_invariants();
  [[nodiscard]] bool violated(const Invariant& invariant) const;
  void fail_invariant(const Invariant& invariant);
  void show_state();
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
  void drain();
  [[nodiscard]] bool can_be_awaited(const Task& task, const Task& joiner) const;
  Task& first_awaited(Task& task);

  inline static constinit thread_local Engine* running = nullptr;

  // What a scheduling point touches comes first.
  Task* current_ = nullptr;
  TaskSet enabled_;  ///< tasks whose pending operation could execute; a running task is in it
  TaskSet yielded_;
  TaskSet last_task_;  ///< the one that made the last step; empty before the first
  ExceptionState* exceptions_ = nullptr;
  TraceEntry* cursor_ = nullptr;
  TraceEntry* step_limit_ = nullptr;
  TraceEntry* last_ = nullptr;  ///< the step being executed, or executed last
  TraceEntry* trace_begin_ = nullptr;
  std::uint64_t* trace_size_ = &own_trace_size_;  ///< follows cursor_
  Strategy* strategy_ = nullptr;
  Observer* observer_ = nullptr;
  bool watched_ = false;   ///< by an observer, or for data races
  bool races_on_ = false;  ///< races_ is there and watches
  unsigned attention_ = 0;
  std::uint32_t unrecorded_size_ = 0;
  std::uint32_t live_ = 0;  ///< tasks that are running or have failed: to be drained
  bool interleaved_ = false;
  bool has_yielded_ = false;
  bool has_open_invariants_ = false;
  bool has_transient_invariant_ = false;
  bool truncated_ = false;
  bool bounded_ = false;
  std::uint32_t orders_ = 0;  ///< spawns, joins and wakes in the trace
  ChoicePoint point_{};
  std::array<Operation, kTasksMax> pending_{};
  std::array<std::unique_ptr<Task>, kTasksMax> tasks_;
  std::array<Task*, kTasksMax> unrecorded_{};  ///< a stack: they run on before the next choice

  Task host_;
  std::uint32_t task_count_ = 0;
  std::uint32_t abandoned_ = 0;
  const TraceEntry* checked_ = nullptr;  ///< the last step that invariants were checked after
  TraceEntry scratch_{};                 ///< takes the results of steps that are not recorded
  TraceEntry* trace_end_ = nullptr;
  std::vector<TraceEntry> own_trace_;
  std::uint64_t own_trace_size_ = 0;
  NameTable names_;
  std::vector<Sleeper> sleepers_;  ///< of all queues, the longest first
  std::vector<const Invariant*> invariants_;
  std::vector<const std::function<std::string()>*> state_views_;
  std::vector<BlockedTask> blocked_;
  std::vector<Comparison> comparisons_;
  std::vector<Admission> admissions_;
  std::vector<Written> written_;
  std::vector<Exit> exits_;
  std::int64_t now_ns_ = 0;
  std::unique_ptr<RaceDetector> races_;                  ///< made by the first variable
  std::vector<std::vector<ObjectId>> jointly_observed_;  ///< of invariants on more than one object
  std::vector<FailureNote> failures_;
  Outcome outcome_;
  EngineOptions options_;
};

inline Gate::~Gate() {
  if (waiters.empty()) [[likely]]
    return;
  if (Engine* const engine = Engine::current_or_null()) engine->forget(*this);
}

}  // namespace sim
