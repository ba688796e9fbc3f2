#pragma once

// What tasks wait at. A primitive that may keep a task waiting has a Gate, announces the operation
// with Engine::wait_point(kind, object, label, gate), and opens and closes the gate with
// Engine::open() and Engine::close() as its state changes.

#include <cstddef>
#include <optional>

#include <sim/base/task_set.hpp>

namespace sim {

/// Lets tasks execute an operation, or keeps them waiting. A part of each primitive that tasks wait
/// for. To destroy a gate at which tasks wait is misuse, which the execution reports.
struct Gate {
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  inline ~Gate();  // in engine.hpp

  TaskSet waiters;  ///< tasks whose pending operation can execute only while the gate is open
  TaskSet holders;  ///< tasks that keep the gate closed, if it belongs to a lock; for messages
  bool closed = false;
};

/// A gate of one task, which waits until an object has one of the values that the task waits for.
struct Awaiter : Gate {
  bool (*holds)(const Awaiter& self, const void* value) = nullptr;
  Awaiter* next = nullptr;  ///< the next one of the same object
  /// The entry of the last write of the object that found such a value.
  std::optional<std::size_t> admitted_by;
};

}  // namespace sim
