#pragma once

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

/// What TraceEntry::value is of steps on objects that tasks wait for: the state in which the step
/// found its object.
inline constexpr std::uint64_t kFree = 0;                ///< a mutex that nobody holds
inline constexpr std::uint64_t kHeldByOne = UINT64_MAX;  ///< exclusively
/// A channel that has something to receive, or is closed, and one that has room, or is closed.
inline constexpr std::uint64_t kReceivable = 1;
inline constexpr std::uint64_t kSendable = 2;

/// One record of a trace: a step (a visible operation that was executed), a choice that was not
/// "which task", or a spawn, join or wake, which order the steps around them.
struct TraceEntry {
  TaskId task;
  OperationKind kind;
  bool failed;      ///< an operation that could fail and did: it changed nothing
  bool preemption;  ///< of a step: the task before it could have gone on
  ObjectId object;  ///< of a choice: how many alternatives it had

  /// Of an atomic's step its result as bits. Of a step on a mutex kFree, kHeldByOne or how many
  /// hold it together, of one on a semaphore its permits, of an arrive at a latch or barrier how
  /// often all had arrived, on a channel what it is, each as the step found it; of an await how
  /// often is not enough. Of a wait the mutex it releases; of the end of one whether it was
  /// notified. Of a choice the index taken; of a spawn or join the other task; of a wake the entry
  /// of the notify.
  std::uint64_t value;

  [[nodiscard]] bool is_step() const { return kind < OperationKind::join; }
  /// Whether it orders steps and is none.
  [[nodiscard]] bool is_order() const { return !is_step() && kind != OperationKind::choice; }
  /// Whether it changed `object`.
  [[nodiscard]] bool is_write() const { return is_step() && !only_reads(kind) && !failed; }
  /// Another object that the step changed. Of a wait for a value its queue, whether the task began
  /// to sleep or not, and the clock, whether the time had come or not: what a step touches does not
  /// depend on what came before it.
  [[nodiscard]] std::optional<ObjectId> second() const {
    if (kind == OperationKind::wait) return static_cast<ObjectId>(value);
    if (kind == OperationKind::wait_value) return queue_of(object);
    if (may_time_out(kind)) return kClock;
    return std::nullopt;
  }
  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;
};
static_assert(sizeof(TraceEntry) == 16);

/// Whether `step` could have been executed in the state in which `other`, a step that changed or
/// could have changed the same object, found it.
/// Not of an await_value, of which Admission tells.
[[nodiscard]] bool admits(const TraceEntry& other, const TraceEntry& step);

/// A task that waits for ever: its pending operation was not enabled when the execution ended.
struct BlockedTask {
  TaskId task;
  OperationKind kind;
  ObjectId object;
  std::optional<std::size_t> admitted_by{};  ///< as Admission::before
};

/// Where an await_value could have been executed earlier: what only the test can tell from values.
struct Admission {
  std::size_t entry;  ///< of the trace, the await_value
  /// The last write of its object before it that found a value which was waited for.
  std::optional<std::size_t> before;
};

/// What a compare_exchange compared, as memory_bits().
struct Comparison {
  std::size_t entry;  ///< of the trace
  std::uint64_t expected;
  std::uint64_t found;
};

/// What a search must know of an execution beside its steps.
struct TraceContext {
  std::span<const BlockedTask>
      blocked{};  ///< in task order; tasks that wait in a join are left out
  /// The objects of each invariant that reads more than one. A violation may show in one order of
  /// writes to them only, so these do not commute.
  std::span<const std::vector<ObjectId>> jointly_observed{};
  std::span<const Comparison> comparisons{};  ///< one for each compare_exchange, in order
  std::span<const Admission> admissions{};    ///< one for each await_value, likewise
  bool transient_invariant = false;           ///< one began or ended while other tasks ran
  bool yielded = false;  ///< sim::yield() was called: what is enabled then depends on more than the
                         ///< order of dependent steps
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
  /// Two executions with the same digest did the same steps with the same results.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  std::span<const TraceEntry> entries_;
  TraceContext context_;
};

}  // namespace sim
