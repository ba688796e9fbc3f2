#pragma once

// Identities of shared objects. An id is the same in every interleaving of a program, so that steps
// of different executions can be compared and a schedule stays valid. Only the engine makes ids
// (Engine::add_object).

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sim/base/task_set.hpp>

namespace sim {

/// Identifies a shared object by the task that made it and by its ordinal: how many objects that
/// task had made before.
enum class ObjectId : std::uint32_t {};

/// The largest ordinal. A task can make up to kOrdinalMax + 1 objects in one execution.
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
/// The queue of the tasks that sleep until `atomic` is notified. The queue is an object of its own,
/// because loads and stores of the atomic do not touch it.
constexpr ObjectId queue_of(ObjectId atomic) {
  return ObjectId{static_cast<std::uint32_t>(atomic) | 0x800000U};
}
constexpr bool is_queue(ObjectId object) {
  return queue_of(object) == object;
}
/// The creator of objects that exist before the execution: static objects, and others that were
/// made outside any execution. No task has this id.
inline constexpr TaskId kStaticCreator{255};
/// How many tasks an execution may have, so that none has the id kStaticCreator.
inline constexpr std::size_t kTasksAllowed = kTasksMax < 255 ? kTasksMax : 255;
constexpr bool is_static(ObjectId object) {
  return creator_of(object) == kStaticCreator;
}
/// The virtual time of an execution: object 0 of the test body, whose own objects have ordinals
/// from 1.
inline constexpr ObjectId kClock{0};

/// The kind of a shared object. It is part of the default name of an object.
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
