#pragma once

// sim::var models a plain, non-atomic variable that tasks share. Two accesses, at least one of them
// a write, that no synchronization orders are a data race, which fails the execution. Races are
// found with vector clocks (sim/memory/data_race.hpp), so one execution of a trace is enough to
// find them.

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/value.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/observer.hpp>
#include <sim/sync/shared_object.hpp>

namespace sim {

/// Whether each access of a variable is a step.
enum class AccessPoints : std::uint8_t { none, each };

/// A variable whose accesses must be ordered by locks, atomics, spawns and joins, as the C++ memory
/// model demands. A data race fails the execution. The failure names the places of both accesses.
/// Construction and destruction count as writes.
///
/// By default an access is not a step, so that it does not add to the executions of a search. With
/// AccessPoints::each it is a step, so that a search also shows the values that a race can produce.
///
/// Must be made inside an execution (UsageError otherwise). At most one race of each variable is
/// reported in an execution.
template <class T>
class var {
 public:
  /// The argument of operator=: a value, and the place of the assignment.
  struct Placed {
    // NOLINTNEXTLINE(google-explicit-constructor): what is assigned.
    Placed(T given, SourceLocation place = SourceLocation::current())
        : value(std::move(given)), where(place) {}
    T value;
    SourceLocation where;
  };

  // NOLINTNEXTLINE(google-explicit-constructor): for arrays of them.
  var(SourceLocation where = SourceLocation::current()) : var(T{}, {}, AccessPoints::none, where) {}
  explicit var(T value, const Name& name = {}, AccessPoints points = AccessPoints::none,
               SourceLocation where = SourceLocation::current())
      : value_(std::move(value)), points_(points), object_(ObjectKind::variable, name, where) {
    Engine& engine = Engine::current(where);
    engine.watch_accesses();
    engine.access(history_, id(), true, "makes it at", where);
  }
  var(const var&) = delete;
  var& operator=(const var&) = delete;
  ~var() {
    Engine* const engine = Engine::current_or_null();
    if (engine != nullptr && object_.is_usable(*engine)) {
      engine->access(history_, id(), true, "destroys it, made at", object_.made_at());
    }
    if (points_ == AccessPoints::none) object_.own_jointly();
    object_.end();
  }

  /// A read access. The reference may be used until the calling task's next step.
  const T& read(SourceLocation where = SourceLocation::current()) const {
    access(OperationKind::load, "read", where);
    return value_;
  }
  /// A write access. The reference may be used to read and change the value until the calling
  /// task's next step.
  T& write(SourceLocation where = SourceLocation::current()) {
    access(OperationKind::store, "write", where);
    return value_;
  }
  var& operator=(Placed given) {
    write(given.where) = std::move(given.value);
    return *this;
  }

  /// The value, without an access: for invariants, and for checks after the last join.
  [[nodiscard]] const T& peek() const { return value_; }
  [[nodiscard]] ObjectId id() const { return object_.id(); }

 private:
  void access(OperationKind kind, const char* label, SourceLocation where) const {
    Engine& engine = Engine::current(where);
    const bool writes = kind == OperationKind::store;
    const ObjectId object = object_.use(engine, [] {});
    if (engine.has_ended_objects() && engine.is_ended(&object_)) [[unlikely]] {
      engine.fail_ended_access(object, writes, writes ? "writes it at" : "reads it at", where);
    }
    if (points_ == AccessPoints::each) {
      engine.point(kind, object, label);
      // The value that a write access writes is not known yet.
      const bool shows = kind == OperationKind::load;
      engine.finish_part(shows ? bits() : 0, false, [&] { return shows ? text() : std::string{}; });
    } else if (Observer* const observer = engine.observer()) {
      const char* const does = kind == OperationKind::load ? "reads" : "writes";
      observer->on_mark(engine, engine.current_task(), does, engine.object_name(object));
    }
    engine.access(history_, object, writes, writes ? "writes it at" : "reads it at", where);
    engine.end_step();
  }
  [[nodiscard]] std::uint64_t bits() const {
    if constexpr (std::is_trivially_copyable_v<T> &&
                  (std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>)) {
      return value_bits(value_);
    } else {
      return 0;
    }
  }
  [[nodiscard]] std::string text() const {
    if constexpr (std::is_pointer_v<T> || std::is_enum_v<T> || fmt::is_formattable<T>::value) {
      return value_text(value_);
    } else {
      return {};
    }
  }

  T value_;
  AccessPoints points_;
  SharedObject object_;
  mutable AccessHistory history_;
};

}  // namespace sim
