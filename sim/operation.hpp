#pragma once

#include <cstdint>
#include <string_view>

#include <sim/task_set.hpp>

namespace sim {

/// Names a shared object the same way in every interleaving: by the task that made it and how many
/// objects that task had made before.
enum class ObjectId : std::uint32_t {};

constexpr ObjectId object_id(TaskId creator, std::uint32_t ordinal) {
  return ObjectId{(static_cast<std::uint32_t>(creator) << 24U) | (ordinal & 0xFFFFFFU)};
}
constexpr TaskId creator_of(ObjectId object) {
  return task_at(static_cast<std::uint32_t>(object) >> 24U);
}
constexpr std::uint32_t ordinal_of(ObjectId object) {
  return static_cast<std::uint32_t>(object) & 0xFFFFFFU;
}

/// What a visible operation does to its object.
enum class OperationKind : std::uint8_t {
  load,
  store,
  read_modify_write,
  compare_exchange,  ///< a read where it fails, else a write
  lock,
  try_lock,  ///< a read where it fails, else a write
  unlock,
  join,    ///< orders events; never a step of a trace
  spawn,   ///< likewise
  choice,  ///< a choice that is not "which task"; a record in a trace, no event
};

/// The pending operation of a task: what it will do next, announced before it does it.
struct Operation {
  OperationKind kind;
  ObjectId object;
  const char* label;  ///< the word shown for it, of static lifetime: "load", "deduct", …
};

/// What kind of thing a shared object is; part of the name of an object that the user did not name.
enum class ObjectKind : std::uint8_t { atomic, mutex };

constexpr std::string_view to_string(ObjectKind kind) {
  return kind == ObjectKind::atomic ? "atomic" : "mutex";
}

}  // namespace sim
