#pragma once

// The record of one execution: what each step did, in order. The engine writes it, strategies and
// reports read it. An entry has 16 bytes, so it packs the data of its kind into one number; read
// that number through the accessor that is named after its meaning.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/hash.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/task_origin.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// States in which a step on a mutex found it, as TraceEntry::lock_state_found(). Any other number
/// is the number of tasks that held a shared mutex in shared mode.
inline constexpr std::uint64_t kFree = 0;
inline constexpr std::uint64_t kHeldByOne = UINT64_MAX;  ///< exclusively
/// Added to the state if a writer waits in the queue of a shared mutex.
inline constexpr std::uint64_t kWriterQueued = std::uint64_t{1} << 62U;
static_assert((kHeldByOne & kWriterQueued) != 0, "no_writer is tested with one bit");
/// Bits of TraceEntry::channel_state_found(), the state in which a step on a channel found it. Both
/// bits are set for a closed channel.
inline constexpr std::uint64_t kReceivable = 1;  ///< a receive does not have to wait
inline constexpr std::uint64_t kSendable = 2;    ///< a send does not have to wait

/// One record of a trace: a step (a visible operation that was executed), a choice other than which
/// task runs, or a spawn, join or wake, which orders the steps before and after it.
struct TraceEntry {
  TaskId task;
  OperationKind kind;
  bool failed;      ///< whether the operation failed, so that it changed nothing
  bool preemption;  ///< for a step: whether the task of the previous step could have continued
  ObjectId object;  ///< the object of a step; for a choice, use alternatives() instead
  /// A number whose meaning depends on the kind. Only the engine, which writes it, and code that
  /// copies, compares or encodes whole entries use it directly; all other code uses an accessor.
  std::uint64_t raw_value;

  [[nodiscard]] static constexpr TraceEntry step(TaskId task, OperationKind kind, ObjectId object,
                                                 bool preemption = false) {
    return {task, kind, false, preemption, object, 0};
  }
  /// `index` is the alternative that was taken, below `alternatives`.
  [[nodiscard]] static constexpr TraceEntry choice(TaskId task, std::uint32_t alternatives,
                                                   std::uint32_t index) {
    return {task, OperationKind::choice, false, false, ObjectId{alternatives}, index};
  }
  [[nodiscard]] static constexpr TraceEntry spawn(TaskId parent, TaskId child) {
    return {parent, OperationKind::spawn, false, false, {}, index_of(child)};
  }
  [[nodiscard]] static constexpr TraceEntry join(TaskId joiner, TaskId ended) {
    return {joiner, OperationKind::join, false, false, {}, index_of(ended)};
  }
  /// `notify` is the index in the trace of the step that woke `task`.
  [[nodiscard]] static constexpr TraceEntry wake(TaskId task, std::size_t notify) {
    return {task, OperationKind::wake, false, false, {}, notify};
  }

  [[nodiscard]] constexpr bool is_step() const { return sim::is_step(kind); }
  [[nodiscard]] constexpr bool is_choice() const { return kind == OperationKind::choice; }
  [[nodiscard]] constexpr bool is_spawn() const { return kind == OperationKind::spawn; }
  [[nodiscard]] constexpr bool is_join() const { return kind == OperationKind::join; }
  [[nodiscard]] constexpr bool is_wake() const { return kind == OperationKind::wake; }
  /// Whether this is a spawn, join or wake, which orders steps but is not a step.
  [[nodiscard]] constexpr bool is_order() const { return !is_step() && !is_choice(); }
  /// Whether this is a step that changed `object`.
  [[nodiscard]] constexpr bool is_write() const {
    return is_step() && !only_reads(kind) && !failed;
  }
  /// The second object that the step wrote, if its kind has one. It does not depend on the state: a
  /// wait for a value writes its queue even if the task did not sleep, and a timed operation writes
  /// the clock even if it did not time out.
  [[nodiscard]] constexpr std::optional<ObjectId> also_writes() const {
    if (!writes_second_object(kind)) return std::nullopt;
    switch (row_of(kind).also_writes) {
      case AlsoWrites::released_mutex:
        return released_mutex();
      case AlsoWrites::queue:
        return queue_of(object);
      case AlsoWrites::clock:
        return kClock;
      case AlsoWrites::nothing:
        break;
    }
    return std::nullopt;
  }

  /// The value of the atomic after the step, as value_bits().
  [[nodiscard]] constexpr std::uint64_t result_bits() const {
    assert(row_of(kind).synchronization == Synchronization::atomic ||
           row_of(kind).synchronization == Synchronization::atomic_store);
    return raw_value;
  }
  /// The state in which a step on a mutex found it: kFree, kHeldByOne, or how many tasks held it in
  /// shared mode; with kWriterQueued if a writer waits in its queue.
  [[nodiscard]] constexpr std::uint64_t lock_state_found() const {
    assert(is_on_mutex());
    return raw_value;
  }
  /// Whether the step was to lock a shared mutex and joined the queue of writers instead.
  [[nodiscard]] constexpr bool only_queues() const {
    return kind == OperationKind::lock_or_queue && (raw_value & ~kWriterQueued) != kFree;
  }
  /// How many permits a step on a semaphore found.
  [[nodiscard]] constexpr std::uint64_t permits_found() const {
    assert(row_of(kind).synchronization == Synchronization::acquire_permit ||
           row_of(kind).synchronization == Synchronization::release_permit);
    return raw_value;
  }
  /// The phase of a latch or barrier in which the task arrived or which it awaited: how many phases
  /// had been completed before.
  [[nodiscard]] constexpr std::uint64_t phase() const {
    assert(row_of(kind).synchronization == Synchronization::arrive ||
           row_of(kind).synchronization == Synchronization::await_phase);
    return raw_value;
  }
  /// The state in which a step on a channel found it: kReceivable and kSendable, combined.
  [[nodiscard]] constexpr std::uint64_t channel_state_found() const { return raw_value; }
  /// For the end of an object: the state in which it found the object, in the encoding of the
  /// object's other steps. 0 if the object has no state that operations wait for.
  [[nodiscard]] constexpr std::uint64_t state_at_end() const {
    assert(kind == OperationKind::destroy);
    return raw_value;
  }
  /// The mutex that a wait on a condition variable released.
  [[nodiscard]] constexpr ObjectId released_mutex() const {
    assert(row_of(kind).also_writes == AlsoWrites::released_mutex);
    return static_cast<ObjectId>(raw_value);
  }
  /// Whether the wait that this step ended was notified. If not, it timed out or ended spuriously.
  [[nodiscard]] constexpr bool was_notified() const {
    assert(kind == OperationKind::end_wait || kind == OperationKind::end_wait_until);
    return raw_value != 0;
  }
  /// How many alternatives a choice had.
  [[nodiscard]] constexpr std::uint32_t alternatives() const {
    assert(is_choice());
    return static_cast<std::uint32_t>(object);
  }
  /// The index of the alternative that a choice took.
  [[nodiscard]] constexpr std::uint32_t chosen_index() const {
    assert(is_choice());
    return static_cast<std::uint32_t>(raw_value);
  }
  /// The child of a spawn, or the task that a join waited for.
  [[nodiscard]] constexpr TaskId other_task() const {
    assert(is_spawn() || is_join());
    return task_at(raw_value);
  }
  /// The index in the trace of the notify that woke this task.
  [[nodiscard]] constexpr std::size_t notify_entry() const {
    assert(is_wake());
    return raw_value;
  }

  /// Replaces the mutex that a wait released. For code that renumbers the objects of a trace.
  constexpr void set_released_mutex(ObjectId mutex) {
    assert(row_of(kind).also_writes == AlsoWrites::released_mutex);
    raw_value = static_cast<std::uint64_t>(mutex);
  }

  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;

 private:
  [[nodiscard]] constexpr bool is_on_mutex() const {
    const Requirement state = row_of(kind).requires_state;
    return unlocks(kind) || state == Requirement::unlocked ||
           state == Requirement::no_exclusive_owner || state == Requirement::no_writer;
  }
};
static_assert(sizeof(TraceEntry) == 16);

/// Whether `other`, a step on the same object as `step`, found it in the state that `step` requires
/// (OperationRow::requires_state). False if the recorded state does not say: only the test or the
/// operation itself can judge whether the object has the required value.
[[nodiscard]] bool found_required_state(const TraceEntry& other, const TraceEntry& step);

/// Whether `step` could have been executed in the state in which `other`, a step that conflicts
/// with it, found the object. False for an await_value, because only the test can judge values; see
/// Admission.
[[nodiscard]] bool would_enable(const TraceEntry& other, const TraceEntry& step);

/// A task whose pending operation was not enabled when the execution ended.
struct BlockedTask {
  TaskId task;
  OperationKind kind;
  ObjectId object;
  std::optional<std::size_t> admitted_by{};  ///< see Admission::before
};

/// Says where an await_value could have been executed earlier. The engine finds this out by asking
/// the predicate of the test, because the trace does not contain it.
struct Admission {
  std::size_t entry;  ///< index in the trace of the await_value
  /// Index of the last earlier write to the same object that found a value for which the predicate
  /// held.
  std::optional<std::size_t> before;
};

/// The two values that a compare_exchange compared, as memory_bits().
struct Comparison {
  std::size_t entry;  ///< index in the trace of the compare_exchange
  std::uint64_t expected;
  std::uint64_t found;
};

/// A step before which its task has yielded.
struct StepAfterYield {
  std::size_t entry;  ///< index in the trace of the step
  TaskSet released;   ///< tasks that need not run before it, because they have yielded later
};

/// Facts about an execution that a search needs and that the entries do not contain.
struct TraceContext {
  /// The tasks that were blocked at the end, in the order of their TaskIds, without those that wait
  /// in a join.
  std::vector<BlockedTask> blocked{};
  /// For each invariant that reads more than one object, these objects. The invariant may be
  /// violated in some orders of the writes to them only, so these writes conflict with each other.
  std::vector<std::vector<ObjectId>> jointly_observed{};
  std::vector<Comparison> comparisons{};  ///< one for each compare_exchange, in trace order
  std::vector<Admission> admissions{};    ///< one for each await_value, in trace order
  bool transient_invariant = false;       ///< an invariant began or ended while other tasks ran
  std::vector<StepAfterYield> after_yields{};  ///< in trace order
};

/// The records of one execution, in order. A view, which is valid until the engine runs again.
class Trace {
 public:
  Trace() = default;
  /// `context` must outlive the trace.
  explicit Trace(std::span<const TraceEntry> entries, const TraceContext& context = kNoContext,
                 std::span<const TaskOrigin> tasks = {})
      : entries_(entries), context_(&context), tasks_(tasks) {}

  [[nodiscard]] std::span<const TraceEntry> entries() const { return entries_; }
  [[nodiscard]] const TraceContext& context() const { return *context_; }
  /// Where each task comes from, by TaskId.
  [[nodiscard]] std::span<const TaskOrigin> tasks() const { return tasks_; }
  [[nodiscard]] std::size_t steps() const;
  /// The number of steps and choices.
  [[nodiscard]] std::size_t length() const;
  /// The number of preemptions: how often another task ran although the task of the previous step
  /// could have continued.
  [[nodiscard]] std::size_t preemptions() const;
  /// A hash over all entries. Two executions with equal digests made the same steps with the same
  /// results, but for a collision of 64-bit hashes.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  static const TraceContext kNoContext;

  std::span<const TraceEntry> entries_;
  const TraceContext* context_ = &kNoContext;
  std::span<const TaskOrigin> tasks_;
};

inline const TraceContext Trace::kNoContext{};

}  // namespace sim
