#pragma once

// sim::tracked follows the lifetime of an object in plain memory, such as a node of a list, which
// other tasks reach through pointers:
//
//   struct Node : sim::tracked {
//     int value = 0;
//     Node* next = nullptr;
//   };
//   node->touch();        // before the plain members are read
//   node->touch_write();  // before they are written
//
// A touch after the end of the object, and a second destruction, fail the execution with the task
// that destroyed it; a touch that nothing orders with the destruction is a data race. A
// sim::LeakCheck fails the execution if tracked objects are left.

#include <cstddef>
#include <string>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/var.hpp>

namespace sim {

/// A base for objects in plain memory. A touch is an access as that of a sim::var, and no step. A
/// copy is another object. Must be made inside an execution (UsageError otherwise).
class tracked {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  tracked(const Name& name = "node", SourceLocation where = SourceLocation::current())
      : memory_(Memory{}, name, AccessPoints::none, where) {
    ++alive();
  }
  tracked(const tracked&) : tracked() {}
  tracked& operator=(const tracked&) { return *this; }

  /// Counts as a read of the object.
  void touch(SourceLocation where = SourceLocation::current()) const {
    static_cast<void>(memory_.read(where));
  }
  /// Counts as a write to the object.
  void touch_write(SourceLocation where = SourceLocation::current()) {
    static_cast<void>(memory_.write(where));
  }

 protected:
  ~tracked() { --alive(); }

 private:
  friend class LeakCheck;
  struct Memory {};
  struct Alive {
    std::uint64_t epoch = 0;
    std::ptrdiff_t count = 0;
  };
  /// The number of tracked objects in the running execution.
  static std::ptrdiff_t& alive() {
    static thread_local Alive alive;
    const Engine* const engine = Engine::current_or_null();
    if (engine != nullptr && alive.epoch != engine->epoch()) alive = {engine->epoch(), 0};
    return alive.count;
  }

  var<Memory> memory_;
};

/// Fails the execution if, at its destruction, there are more tracked objects than there were at
/// its construction. Make it first in the test body, so that it is destroyed last. Used inside an
/// execution.
class LeakCheck {
 public:
  explicit LeakCheck(SourceLocation where = SourceLocation::current())
      : before_(tracked::alive()), where_(where) {}
  LeakCheck(const LeakCheck&) = delete;
  LeakCheck& operator=(const LeakCheck&) = delete;
  ~LeakCheck() {
    Engine* const engine = Engine::current_or_null();
    const std::ptrdiff_t left = tracked::alive() - before_;
    if (engine == nullptr || engine->draining() || left <= 0) return;
    engine->fail_at_next_point(OutcomeKind::assertion,
                               fmt::format("{} tracked objects were not destroyed", left), where_);
  }

 private:
  std::ptrdiff_t before_;
  SourceLocation where_;
};

}  // namespace sim
