#pragma once

// The table of operations: one row for each kind of visible operation, with everything that the
// searches, the race detector and the reports need to know about it. Use the predicates below
// (only_reads(), may_wait(), …) instead of comparing kinds; only the primitives in sim/sync name
// the kinds that they announce. A new kind is one enumerator and one row; see docs/extending.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sim/base/object.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// What a visible operation does to its object. Each kind is described by its row in kOperations.
/// Saved searches contain these numbers, so they must not change: new kinds come last.
enum class OperationKind : std::uint8_t {
  load,
  store,
  read_modify_write,
  compare_exchange,
  lock,
  try_lock,
  unlock,
  lock_shared,
  try_lock_shared,
  unlock_shared,
  acquire,  ///< takes one permit of a semaphore
  try_acquire,
  release,      ///< gives permits to a semaphore
  arrive,       ///< counts the task in at a latch or barrier
  await,        ///< waits at a latch or barrier until enough tasks have arrived
  await_value,  ///< waits until an atomic has a value for which the test's predicate holds
  send,
  receive,
  // The timed operations give up at their deadline, so they never wait.
  try_lock_until,
  try_lock_shared_until,
  try_acquire_until,
  await_value_until,
  end_wait_until,  ///< leaves the queue of a condition variable, notified or timed out
  end_wait,        ///< leaves the queue of a condition variable, notified or spuriously
  wait,            ///< releases a mutex and joins the queue of a condition variable
  wait_value,      ///< reads an atomic and may join the queue of the tasks that wait for its notify
  notify,          ///< wakes sleeping tasks
  // The next four kinds are not steps. They are other records in a trace.
  join,          ///< orders what the joined task did before what its joiner does next
  spawn,         ///< orders what the parent did before what its child does
  wake,          ///< orders a notify before what the task that it woke does next
  choice,        ///< a choice that is not "which task"; orders nothing
  destroy,       ///< a step: ends the lifetime of the object
  lock_or_queue  ///< a step: locks a shared mutex or, if readers hold it, makes later readers wait
};

/// The kind of a record in a trace.
enum class EntryRole : std::uint8_t {
  step,   ///< a visible operation that was executed
  order,  ///< not a step; it orders the steps before and after it
  choice
};

/// How an operation uses the object that it is announced on.
enum class ObjectUse : std::uint8_t {
  reads,
  writes,                 ///< counts as a read if it fails, because a failed operation changes
                          ///< nothing
  writes_if_it_succeeds,  ///< like writes, and whether it fails depends on the order of steps
  untouched               ///< for records that are not steps
};

/// The state in which an operation must find its object in order to succeed. In any other state, an
/// operation that waits is not enabled, and one that does not wait fails.
enum class Requirement : std::uint8_t {
  nothing,
  unlocked,            ///< nobody holds the mutex
  no_exclusive_owner,  ///< nobody holds the shared mutex exclusively
  no_writer,           ///< and no writer waits in its queue
  permit,              ///< the semaphore has a permit
  room,                ///< the channel has room, or is closed
  message,             ///< the channel has something to receive, or is closed
  arrivals,            ///< enough tasks have arrived at the latch or barrier
  value_of_predicate,  ///< the atomic has a value that only the test can judge
  expected_value       ///< the atomic has the value that a compare_exchange expects
};

/// The second object that an operation writes. It writes that object in every state, because the
/// objects that a step touches must not depend on earlier steps.
enum class AlsoWrites : std::uint8_t {
  nothing,
  released_mutex,  ///< the mutex that a wait releases
  queue,           ///< queue_of() its atomic, whether the task begins to sleep or not
  clock            ///< kClock, whether the operation times out or not
};

/// How an operation synchronizes tasks in the C++ memory model: what the race detector does with
/// its clocks. A failed lock or permit operation synchronizes nothing.
enum class Synchronization : std::uint8_t {
  nothing,
  atomic,        ///< according to its memory order; a write continues the release sequence
  atomic_store,  ///< according to its memory order; begins a new release sequence
  lock,          ///< acquires what every unlock before it released
  lock_shared,   ///< acquires what exclusive unlocks released
  unlock,
  unlock_shared,
  acquire_permit,  ///< acquires what release_permit released
  release_permit,
  channel,       ///< acquires and releases
  arrive,        ///< releases to those who await its phase
  await_phase,   ///< acquires from all who arrived in its phase
  release_mutex  ///< unlocks the second object
};

/// One row of the table of operations.
struct OperationRow {
  OperationKind kind;
  std::string_view word;  ///< the name of the kind in JSON and exports
  EntryRole role;
  ObjectUse use;
  Requirement requires_state;
  bool waits;     ///< whether it waits until its requirement is met; if not, it fails when the
                  ///< requirement is not met
  bool may_fail;  ///< whether it can be recorded as failed
  AlsoWrites also_writes;
  Synchronization synchronization;
  /// Text for a task that waits to execute the operation, with {} for the object, as in "others to
  /// arrive at {}". Empty if the text is the label of the operation and the object.
  std::string_view awaits{};
  /// What a task does that executes the operation, with {} for the object, as in "arrives at {}".
  /// Empty if the label of the operation is the verb.
  std::string_view does{};
};

namespace detail {

constexpr auto operation_table() {
  using K = OperationKind;
  using U = ObjectUse;
  using R = Requirement;
  using A = AlsoWrites;
  using S = Synchronization;
  constexpr EntryRole kStep = EntryRole::step;
  constexpr EntryRole kOrder = EntryRole::order;
  constexpr U kIfItSucceeds = U::writes_if_it_succeeds;
  // Each row gives the members in the order of OperationRow.
  return std::array{
      OperationRow{K::load, "load", kStep, U::reads, R::nothing, false, false, A::nothing,
                   S::atomic},
      OperationRow{K::store, "store", kStep, U::writes, R::nothing, false, false, A::nothing,
                   S::atomic_store},
      OperationRow{K::read_modify_write, "read_modify_write", kStep, U::writes, R::nothing, false,
                   false, A::nothing, S::atomic},
      OperationRow{K::compare_exchange, "compare_exchange", kStep, kIfItSucceeds, R::expected_value,
                   false, true, A::nothing, S::atomic},
      OperationRow{K::lock, "lock", kStep, U::writes, R::unlocked, true, false, A::nothing,
                   S::lock},
      OperationRow{K::try_lock, "try_lock", kStep, kIfItSucceeds, R::unlocked, false, true,
                   A::nothing, S::lock},
      OperationRow{K::unlock, "unlock", kStep, U::writes, R::nothing, false, true, A::nothing,
                   S::unlock},
      OperationRow{K::lock_shared, "lock_shared", kStep, U::writes, R::no_writer, true, false,
                   A::nothing, S::lock_shared, "", "locks {} shared"},
      OperationRow{K::try_lock_shared, "try_lock_shared", kStep, kIfItSucceeds, R::no_writer, false,
                   true, A::nothing, S::lock_shared},
      OperationRow{K::unlock_shared, "unlock_shared", kStep, U::writes, R::nothing, false, true,
                   A::nothing, S::unlock_shared, "", "unlocks {} shared"},
      OperationRow{K::acquire, "acquire", kStep, U::writes, R::permit, true, false, A::nothing,
                   S::acquire_permit},
      OperationRow{K::try_acquire, "try_acquire", kStep, kIfItSucceeds, R::permit, false, true,
                   A::nothing, S::acquire_permit},
      OperationRow{K::release, "release", kStep, U::writes, R::nothing, false, false, A::nothing,
                   S::release_permit},
      OperationRow{K::arrive, "arrive", kStep, U::writes, R::nothing, false, false, A::nothing,
                   S::arrive, "", "arrives at {}"},
      OperationRow{K::await, "await", kStep, U::reads, R::arrivals, true, false, A::nothing,
                   S::await_phase, "others to arrive at {}"},
      OperationRow{K::await_value, "await_value", kStep, U::reads, R::value_of_predicate, true,
                   false, A::nothing, S::atomic, "{} to change"},
      OperationRow{K::send, "send", kStep, U::writes, R::room, true, false, A::nothing, S::channel},
      OperationRow{K::receive, "receive", kStep, U::writes, R::message, true, false, A::nothing,
                   S::channel},
      OperationRow{K::try_lock_until, "try_lock_until", kStep, kIfItSucceeds, R::unlocked, false,
                   true, A::clock, S::lock},
      OperationRow{K::try_lock_shared_until, "try_lock_shared_until", kStep, kIfItSucceeds,
                   R::no_writer, false, true, A::clock, S::lock_shared},
      OperationRow{K::try_acquire_until, "try_acquire_until", kStep, kIfItSucceeds, R::permit,
                   false, true, A::clock, S::acquire_permit},
      OperationRow{K::await_value_until, "await_value_until", kStep, U::reads,
                   R::value_of_predicate, false, true, A::clock, S::atomic},
      OperationRow{K::end_wait_until, "end_wait_until", kStep, U::writes, R::nothing, false, false,
                   A::clock, S::nothing, "", "stops waiting for {}"},
      OperationRow{K::end_wait, "end_wait", kStep, U::writes, R::nothing, false, false, A::nothing,
                   S::nothing, "", "stops waiting for {}"},
      OperationRow{K::wait, "wait", kStep, U::writes, R::nothing, false, false, A::released_mutex,
                   S::release_mutex, "", "begins to wait for {}"},
      OperationRow{K::wait_value, "wait_value", kStep, U::reads, R::nothing, false, false, A::queue,
                   S::atomic, "", "begins to wait for {}"},
      OperationRow{K::notify, "notify", kStep, U::writes, R::nothing, false, false, A::nothing,
                   S::nothing, "", "notifies {}"},
      OperationRow{K::join, "join", kOrder, U::untouched, R::nothing, false, false, A::nothing,
                   S::nothing},
      OperationRow{K::spawn, "spawn", kOrder, U::untouched, R::nothing, false, false, A::nothing,
                   S::nothing},
      OperationRow{K::wake, "wake", kOrder, U::untouched, R::nothing, false, false, A::nothing,
                   S::nothing},
      OperationRow{K::choice, "choice", EntryRole::choice, U::untouched, R::nothing, false, false,
                   A::nothing, S::nothing},
      OperationRow{K::destroy, "destroy", kStep, U::writes, R::nothing, false, false, A::queue,
                   S::nothing},
      OperationRow{K::lock_or_queue, "lock_or_queue", kStep, U::writes, R::no_exclusive_owner, true,
                   false, A::nothing, S::lock}};
}

}  // namespace detail

/// The table, by OperationKind.
inline constexpr auto kOperations = detail::operation_table();

constexpr const OperationRow& row_of(OperationKind kind) {
  return kOperations[static_cast<std::size_t>(kind)];
}

/// The number of kinds. A number below it is that of a valid kind.
inline constexpr std::size_t kOperationKinds = kOperations.size();

namespace detail {

/// The kinds whose rows have a property, as a mask with one bit for each kind. A predicate then
/// costs one shift, which matters in the inner loops of a search.
template <class Property>
constexpr std::uint64_t kinds_where(const Property& property) {
  std::uint64_t kinds = 0;
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    if (property(kOperations.at(i))) kinds |= std::uint64_t{1} << i;
  }
  return kinds;
}
constexpr bool holds(std::uint64_t kinds, OperationKind kind) {
  return ((kinds >> static_cast<unsigned>(kind)) & 1U) != 0;
}

inline constexpr std::uint64_t kStepKinds =
    kinds_where([](const OperationRow& row) { return row.role == EntryRole::step; });
inline constexpr std::uint64_t kReaders =
    kinds_where([](const OperationRow& row) { return row.use == ObjectUse::reads; });
inline constexpr std::uint64_t kConditionalWriters = kinds_where(
    [](const OperationRow& row) { return row.use == ObjectUse::writes_if_it_succeeds; });
inline constexpr std::uint64_t kWaiters =
    kinds_where([](const OperationRow& row) { return row.waits; });
inline constexpr std::uint64_t kTimed =
    kinds_where([](const OperationRow& row) { return row.also_writes == AlsoWrites::clock; });
inline constexpr std::uint64_t kTwoObjects =
    kinds_where([](const OperationRow& row) { return row.also_writes != AlsoWrites::nothing; });

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    if (static_cast<std::size_t>(kOperations.at(i).kind) != i) return false;
  }
  return kOperations.size() == static_cast<std::size_t>(OperationKind::lock_or_queue) + 1;
}
static_assert(is_in_order(), "kOperations needs one row for each OperationKind, in its order");
static_assert(kOperations.size() <= 64, "detail::kinds_where() has one bit for each kind");

}  // namespace detail

/// The word for a kind in JSON and exports.
constexpr std::string_view to_string(OperationKind kind) {
  return row_of(kind).word;
}

/// Whether a trace entry of this kind is a step: a visible operation that was executed.
constexpr bool is_step(OperationKind kind) {
  return detail::holds(detail::kStepKinds, kind);
}
/// Whether an operation of this kind never changes its object.
constexpr bool only_reads(OperationKind kind) {
  return detail::holds(detail::kReaders, kind);
}
/// Whether an operation of this kind may leave its object as it was, without waiting: a loop of
/// such operations may spin. Time passes in a timed operation, so it does not count.
constexpr bool may_change_nothing(OperationKind kind) {
  return kind == OperationKind::load || kind == OperationKind::read_modify_write ||
         kind == OperationKind::compare_exchange || kind == OperationKind::try_lock ||
         kind == OperationKind::try_lock_shared || kind == OperationKind::try_acquire;
}
/// Whether an operation of this kind may have to wait for what other tasks do to its object.
constexpr bool may_wait(OperationKind kind) {
  return detail::holds(detail::kWaiters, kind);
}
/// Whether an operation of this kind has a deadline, at which it moves the clock.
constexpr bool may_time_out(OperationKind kind) {
  return detail::holds(detail::kTimed, kind);
}
/// Whether an operation of this kind always writes a second object.
constexpr bool writes_second_object(OperationKind kind) {
  return detail::holds(detail::kTwoObjects, kind);
}
/// Whether an operation of this kind succeeds, and then writes, or fails, and then reads, depending
/// on what other tasks did before.
constexpr bool result_depends_on_order(OperationKind kind) {
  return detail::holds(detail::kConditionalWriters, kind);
}
/// Whether an operation of this kind begins to sleep, or may begin to sleep, until a notify.
constexpr bool begins_to_sleep(OperationKind kind) {
  return kind == OperationKind::wait || kind == OperationKind::wait_value;
}
/// Whether an operation of this kind waits for a mutex and then holds it, exclusively or shared.
constexpr bool waits_for_lock(OperationKind kind) {
  const Requirement state = row_of(kind).requires_state;
  return may_wait(kind) &&
         (state == Requirement::unlocked || state == Requirement::no_exclusive_owner ||
          state == Requirement::no_writer);
}
/// Whether an operation of this kind unlocks the mutex on which it is announced.
constexpr bool unlocks(OperationKind kind) {
  const Synchronization does = row_of(kind).synchronization;
  return does == Synchronization::unlock || does == Synchronization::unlock_shared;
}

/// The pending operation of a task: the operation that it has announced and will execute next.
struct Operation {
  OperationKind kind;
  ObjectId object;
  const char* label;  ///< the word shown for the operation: "load", "deduct", …; has static
                      ///< lifetime
};

}  // namespace sim
