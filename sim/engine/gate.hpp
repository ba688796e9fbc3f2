#pragma once

// A gate decides whether the tasks that wait at it are enabled. A primitive whose operations may
// wait has a Gate, announces such an operation with Engine::wait_point(kind, object, label, gate),
// and opens and closes the gate with Engine::open() and Engine::close() as its state changes.

#include <cstddef>
#include <optional>

#include <sim/base/task_set.hpp>

namespace sim {

/// While the gate is open, the tasks that wait at it are enabled; while it is closed, they are not.
/// Destroying a gate at which tasks wait is misuse, which fails the execution.
struct Gate {
  constexpr Gate() = default;
  constexpr explicit Gate(bool is_closed) : closed(is_closed) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  inline ~Gate();  // in engine.hpp

  /// Gives the gate of a static object its first state in a new execution.
  void restart(bool is_closed) {
    waiters.clear();
    holders.clear();
    closed = is_closed;
  }

  TaskSet waiters;  ///< tasks whose pending operation is enabled only while the gate is open
  TaskSet holders;  ///< tasks that keep the gate closed, if it belongs to a lock; for messages
  bool closed = false;
};

/// The gate of one task that waits until an object has one of certain values.
struct Awaiter : Gate {
  bool (*holds)(const Awaiter& self, const void* value) = nullptr;
  Awaiter* next = nullptr;  ///< the next gate of the same object
  /// The trace entry of the last write to the object that found such a value.
  std::optional<std::size_t> admitted_by;
};

}  // namespace sim
