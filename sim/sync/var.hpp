#pragma once

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

namespace sim {

/// Whether each access of a variable is a scheduling point.
enum class AccessPoints : std::uint8_t { none, each };

/// Plain shared data: a variable whose accesses must be ordered by locks, atomics, spawns and
/// joins, as the C++ memory model asks for. Two that are not, one of them a write, are a data race:
/// the execution fails and names both places, whatever the order in which they ran. To make it and
/// to destroy it are writes.
///
/// An access is no step, so a search needs no more executions for it. With AccessPoints::each it is
/// one, to see what comes of the race.
///
/// Made only inside an execution, else UsageError. The races of one variable are reported once in
/// an execution.
template <class T>
class var {
 public:
  /// A value and where it was given, for operator=.
  struct Placed {
    // NOLINTNEXTLINE(google-explicit-constructor): what is assigned.
    Placed(T given, SourceLocation place = SourceLocation::current())
        : value(std::move(given)), where(place) {}
    T value;
    SourceLocation where;
  };

  // NOLINTNEXTLINE(google-explicit-constructor): for arrays of them.
  var(SourceLocation where = SourceLocation::current()) : var(T{}, {}, AccessPoints::none, where) {}
  explicit var(T value, Name name = {}, AccessPoints points = AccessPoints::none,
               SourceLocation where = SourceLocation::current())
      : value_(std::move(value)),
        id_(Engine::current(where).add_object(ObjectKind::variable, name, where)),
        points_(points),
        made_at_(where) {
    Engine& engine = *Engine::current_or_null();
    engine.watch_accesses();
    engine.access(history_, id_, true, "makes it at", where);
  }
  var(const var&) = delete;
  var& operator=(const var&) = delete;
  ~var() {
    if (Engine* const engine = Engine::current_or_null()) {
      engine->access(history_, id_, true, "destroys it, made at", made_at_);
    }
  }

  /// The value, to be looked at before the next step.
  const T& read(SourceLocation where = SourceLocation::current()) const {
    access(OperationKind::load, "read", where);
    return value_;
  }
  /// The value, to be changed before the next step. One access.
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
  [[nodiscard]] ObjectId id() const { return id_; }

 private:
  void access(OperationKind kind, const char* label, SourceLocation where) const {
    Engine& engine = Engine::current(where);
    if (points_ == AccessPoints::each) {
      engine.point(kind, id_, label);
      // What is written is not known before it is.
      const bool shows = kind == OperationKind::load;
      engine.finish_plain(shows ? bits() : 0, false,
                          [&] { return shows ? text() : std::string{}; });
    } else if (Observer* const observer = engine.observer()) {
      const char* const does = kind == OperationKind::load ? "reads" : "writes";
      observer->on_mark(engine, engine.current_task(), does, engine.object_name(id_));
    }
    const bool writes = kind == OperationKind::store;
    engine.access(history_, id_, writes, writes ? "writes it at" : "reads it at", where);
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
  ObjectId id_;
  AccessPoints points_;
  SourceLocation made_at_;
  mutable AccessHistory history_;
};

}  // namespace sim
