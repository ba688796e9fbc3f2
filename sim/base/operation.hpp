#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sim/base/task_set.hpp>

namespace sim {

/// Names a shared object the same way in every interleaving: by the task that made it and how many
/// objects that task had made before.
enum class ObjectId : std::uint32_t {};

/// The largest ordinal: a task cannot make more than kOrdinalMax + 1 objects in one execution.
inline constexpr std::uint32_t kOrdinalMax = 0x7FFFFF;

/// The identity of an object. Requires ordinal <= kOrdinalMax.
constexpr ObjectId object_id(TaskId creator, std::uint32_t ordinal) {
  return ObjectId{(static_cast<std::uint32_t>(creator) << 24U) | ordinal};
}
constexpr TaskId creator_of(ObjectId object) {
  return task_at(static_cast<std::uint32_t>(object) >> 24U);
}
constexpr std::uint32_t ordinal_of(ObjectId object) {
  return static_cast<std::uint32_t>(object) & kOrdinalMax;
}
/// The queue of the tasks that sleep until an atomic is notified: an object of its own, since to
/// load and to store have nothing to do with it.
constexpr ObjectId queue_of(ObjectId atomic) {
  return ObjectId{static_cast<std::uint32_t>(atomic) | 0x800000U};
}
constexpr bool is_queue(ObjectId object) {
  return queue_of(object) == object;
}
/// The virtual time of an execution. What the test body makes is numbered behind it.
inline constexpr ObjectId kClock{0};

/// What a visible operation does to its object.
enum class OperationKind : std::uint8_t {
  load,
  store,
  read_modify_write,
  compare_exchange,  ///< a read where it fails, else a write
  lock,              ///< waits until nobody holds the object
  try_lock,          ///< a read where it fails, else a write
  unlock,
  lock_shared,      ///< waits until nobody holds the object exclusively
  try_lock_shared,  ///< a read where it fails, else a write
  unlock_shared,
  acquire,      ///< takes one of a semaphore's permits, waits until there is one
  try_acquire,  ///< a read where it fails, else a write
  release,
  arrive,       ///< at a latch or barrier
  await,        ///< a read: waits until enough have arrived
  await_value,  ///< a read: waits until an atomic has a value that is waited for
  send,         ///< into a channel, waits until there is room
  receive,      ///< from a channel, waits until there is something
  // These give up when their time has come, so they wait for nothing.
  try_lock_until,
  try_lock_shared_until,
  try_acquire_until,
  await_value_until,
  end_wait_until,  ///< wakes from a wait, notified or not; a write
  end_wait,        ///< likewise, whatever the time
  wait,            ///< releases a mutex and begins to sleep until a condition variable is notified
  wait_value,      ///< reads an atomic, and may begin to sleep until it is notified
  notify,          ///< wakes tasks that sleep
  join,            ///< orders events; never a step of a trace
  spawn,           ///< likewise
  wake,            ///< likewise: a task that slept was notified, and goes on
  choice,          ///< a choice that is not "which task"; a record in a trace, no event
};

constexpr std::string_view to_string(OperationKind kind) {
  constexpr std::array<std::string_view, 31> kWords{"load",
                                                    "store",
                                                    "read_modify_write",
                                                    "compare_exchange",
                                                    "lock",
                                                    "try_lock",
                                                    "unlock",
                                                    "lock_shared",
                                                    "try_lock_shared",
                                                    "unlock_shared",
                                                    "acquire",
                                                    "try_acquire",
                                                    "release",
                                                    "arrive",
                                                    "await",
                                                    "await_value",
                                                    "send",
                                                    "receive",
                                                    "try_lock_until",
                                                    "try_lock_shared_until",
                                                    "try_acquire_until",
                                                    "await_value_until",
                                                    "end_wait_until",
                                                    "end_wait",
                                                    "wait",
                                                    "wait_value",
                                                    "notify",
                                                    "join",
                                                    "spawn",
                                                    "wake",
                                                    "choice"};
  return kWords.at(static_cast<std::size_t>(kind));
}

/// Whether an operation of this kind leaves its object as it is.
constexpr bool only_reads(OperationKind kind) {
  return kind == OperationKind::load || kind == OperationKind::await ||
         kind == OperationKind::await_value || kind == OperationKind::await_value_until ||
         kind == OperationKind::wait_value;
}
/// Whether an operation of this kind may have to wait for what other tasks do to its object.
constexpr bool may_wait(OperationKind kind) {
  return kind == OperationKind::lock || kind == OperationKind::lock_shared ||
         kind == OperationKind::acquire || kind == OperationKind::await ||
         kind == OperationKind::await_value || kind == OperationKind::send ||
         kind == OperationKind::receive;
}
/// Whether an operation of this kind may end because its time has come, which moves the clock.
constexpr bool may_time_out(OperationKind kind) {
  return kind >= OperationKind::try_lock_until && kind <= OperationKind::end_wait_until;
}

/// The pending operation of a task: what it will do next, announced before it does it.
struct Operation {
  OperationKind kind;
  ObjectId object;
  const char* label;  ///< the word shown for it, of static lifetime: "load", "deduct", …
};

/// What kind of thing a shared object is; part of the name of an object that the user did not name.
enum class ObjectKind : std::uint8_t {
  atomic,
  mutex,
  shared_mutex,
  condition_variable,
  semaphore,
  latch,
  barrier,
  channel,
  variable
};

constexpr std::string_view to_string(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::mutex:
      return "mutex";
    case ObjectKind::shared_mutex:
      return "shared_mutex";
    case ObjectKind::condition_variable:
      return "condition_variable";
    case ObjectKind::semaphore:
      return "semaphore";
    case ObjectKind::latch:
      return "latch";
    case ObjectKind::barrier:
      return "barrier";
    case ObjectKind::channel:
      return "channel";
    case ObjectKind::variable:
      return "variable";
    case ObjectKind::atomic:
      break;
  }
  return "atomic";
}

}  // namespace sim
