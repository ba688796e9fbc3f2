#pragma once

// The record of one execution: what each step did, in order. The engine writes it, strategies and
// reports read it. An entry has 16 bytes, so it packs what its kind needs into one number; read
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
/// counts the tasks that held a shared mutex together.
inline constexpr std::uint64_t kFree = 0;
inline constexpr std::uint64_t kHeldByOne = UINT64_MAX;  ///< exclusively
/// Bits of the state in which a step on a channel found it, as
/// TraceEntry::channel_state_found(). A closed channel has both.
inline constexpr std::uint64_t kReceivable = 1;  ///< it has something to receive
inline constexpr std::uint64_t kSendable = 2;    ///< it has room

/// One record of a trace: a step (a visible operation that was executed), a choice that was not
/// "which task", or a spawn, join or wake, which orders the steps around it.
struct TraceEntry {
  TaskId task;
  OperationKind kind;
  bool failed;      ///< the operation could fail and did: it changed nothing
  bool preemption;  ///< for a step: the task that ran before it could have gone on
  ObjectId object;  ///< what the step is on; for a choice, read alternatives()
  /// A number whose meaning depends on the kind. Only the engine, which writes it, and code that
  /// copies, compares or encodes whole entries use it as it is; everything else uses an accessor.
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
  /// Whether it orders steps without being one: a spawn, join or wake.
  [[nodiscard]] constexpr bool is_order() const { return !is_step() && !is_choice(); }
  /// Whether it is a step that changed `object`.
  [[nodiscard]] constexpr bool is_write() const {
    return is_step() && !only_reads(kind) && !failed;
  }
  /// The second object that the step wrote, if its kind has one. It is the same in every state: a
  /// wait for a value writes its queue even where the task did not sleep, and a timed operation
  /// writes the clock even where it did not time out.
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

  /// The value that an atomic has after the step, as value_bits().
  [[nodiscard]] constexpr std::uint64_t result_bits() const {
    assert(row_of(kind).synchronization == Synchronization::atomic ||
           row_of(kind).synchronization == Synchronization::atomic_store);
    return raw_value;
  }
  /// The state in which a step on a mutex found it: kFree, kHeldByOne, or how many tasks held it
  /// together.
  [[nodiscard]] constexpr std::uint64_t lock_state_found() const {
    assert(is_on_mutex());
    return raw_value;
  }
  /// How many permits a step on a semaphore found.
  [[nodiscard]] constexpr std::uint64_t permits_found() const {
    assert(row_of(kind).synchronization == Synchronization::acquire_permit ||
           row_of(kind).synchronization == Synchronization::release_permit);
    return raw_value;
  }
  /// The phase of a latch or barrier in which a task arrived or which it awaited: how often all
  /// tasks had arrived before.
  [[nodiscard]] constexpr std::uint64_t phase() const {
    assert(row_of(kind).synchronization == Synchronization::arrive ||
           row_of(kind).synchronization == Synchronization::await_phase);
    return raw_value;
  }
  /// The state in which a step on a channel found it: kReceivable and kSendable, combined.
  [[nodiscard]] constexpr std::uint64_t channel_state_found() const { return raw_value; }
  /// The mutex that a wait on a condition variable released.
  [[nodiscard]] constexpr ObjectId released_mutex() const {
    assert(row_of(kind).also_writes == AlsoWrites::released_mutex);
    return static_cast<ObjectId>(raw_value);
  }
  /// Whether the wait that ends here was notified; else it timed out or ended spuriously.
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

  /// Replaces the mutex that a wait released: for code that renumbers the objects of a trace.
  constexpr void set_released_mutex(ObjectId mutex) {
    assert(row_of(kind).also_writes == AlsoWrites::released_mutex);
    raw_value = static_cast<std::uint64_t>(mutex);
  }

  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;

 private:
  [[nodiscard]] constexpr bool is_on_mutex() const {
    const Requirement state = row_of(kind).requires_state;
    return unlocks(kind) || state == Requirement::unlocked ||
           state == Requirement::no_exclusive_owner;
  }
};
static_assert(sizeof(TraceEntry) == 16);

/// Whether `other`, a step on the same object as `step`, found it in the state that `step` requires
/// (OperationRow::requires_state). False for a requirement that the state does not tell: a value
/// that only the test or the operation itself can judge.
[[nodiscard]] bool found_required_state(const TraceEntry& other, const TraceEntry& step);

/// Whether `step` could have been executed in the state in which `other` found their object.
/// `other` is a step that conflicts with `step`. False for an await_value, of which Admission
/// tells.
[[nodiscard]] bool would_enable(const TraceEntry& other, const TraceEntry& step);

/// A task whose pending operation was not enabled when the execution ended.
struct BlockedTask {
  TaskId task;
  OperationKind kind;
  ObjectId object;
  std::optional<std::size_t> admitted_by{};  ///< as Admission::before
};

/// Where an await_value could have been executed earlier. Only the test can tell, because it judges
/// the values.
struct Admission {
  std::size_t entry;  ///< index in the trace of the await_value
  /// Index of the last write before it, to its object, that found a value for which the predicate
  /// held.
  std::optional<std::size_t> before;
};

/// What a compare_exchange compared, as memory_bits().
struct Comparison {
  std::size_t entry;  ///< index in the trace of the compare_exchange
  std::uint64_t expected;
  std::uint64_t found;
};

/// What a search must know of an execution beside its steps.
struct TraceContext {
  /// In the order of tasks; tasks that wait in a join are left out.
  std::span<const BlockedTask> blocked{};
  /// The objects of each invariant that reads more than one. Only some orders of the writes to them
  /// may violate it, so these writes conflict with each other.
  std::span<const std::vector<ObjectId>> jointly_observed{};
  std::span<const Comparison> comparisons{};  ///< one for each compare_exchange, in trace order
  std::span<const Admission> admissions{};    ///< one for each await_value, in trace order
  bool transient_invariant = false;           ///< an invariant began or ended while other tasks ran
  /// sim::yield() was called: what is enabled then depends on more than the order of conflicting
  /// steps.
  bool yielded = false;
  std::span<const TaskOrigin> tasks{};  ///< where each task comes from, by TaskId
};

/// What happened in one execution, in order. A view: valid until the engine runs again.
class Trace {
 public:
  Trace() = default;
  explicit Trace(std::span<const TraceEntry> entries, const TraceContext& context = {})
      : entries_(entries), context_(context) {}

  [[nodiscard]] std::span<const TraceEntry> entries() const { return entries_; }
  [[nodiscard]] const TraceContext& context() const { return context_; }
  [[nodiscard]] std::size_t steps() const;
  /// How often a task was left that could have gone on.
  [[nodiscard]] std::size_t preemptions() const;
  /// A hash over all entries: two executions with equal digests made the same steps with the same
  /// results, but for a collision.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  std::span<const TraceEntry> entries_;
  TraceContext context_;
};

}  // namespace sim
