#pragma once

// sim::atomic_ref models std::atomic_ref: atomic operations on an object that is not an atomic.
// Each member function call is one step. All atomic_refs to one object operate on one shared object
// of the execution, which its first atomic_ref names.

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/value.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// std::atomic_ref under the control of the engine. Requires T to be trivially copyable and to have
/// no padding. Must be made inside an execution (UsageError otherwise).
///
/// The memory of an object that ended must not be used for another one with atomic_refs in the same
/// execution: the two would count as one. Other accesses of the object are not steps.
template <class T>
class atomic_ref {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using difference_type = typename atomic<T>::difference_type;
  static constexpr bool is_always_lock_free = true;
  static constexpr std::size_t required_alignment = alignof(T);

  /// `name` takes effect if this is the first atomic_ref to the object in the execution.
  explicit atomic_ref(T& object, const Name& name = {},
                      SourceLocation where = SourceLocation::current()) noexcept
      : object_(&object), id_(identify(object, name, where)) {}
  atomic_ref(const atomic_ref&) noexcept = default;
  atomic_ref& operator=(const atomic_ref&) = delete;

  [[nodiscard]] bool is_lock_free() const noexcept { return true; }
  T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    point(OperationKind::load, "load");
    const T value = *object_;
    done(value, false, order);
    return value;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    point(OperationKind::store, "store");
    *object_ = value;
    written();
    done(value, false, order);
  }
  T exchange(T value, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return update(
        "exchange", [value](T) { return value; }, order);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) const noexcept {
    Engine& engine = Engine::current(SourceLocation::current());
    engine.announce_expected(memory_bits(expected));
    point(OperationKind::compare_exchange, "compare_exchange");
    const bool equal = std::memcmp(object_, &expected, sizeof(T)) == 0;
    engine.note_comparison(memory_bits(expected), memory_bits(*object_));
    if (equal) {
      *object_ = desired;
    } else {
      expected = *object_;
    }
    if (equal) {
      engine.note_change();
      written();
    }
    done(*object_, !equal, equal ? success : failure);
    return equal;
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return compare_exchange_strong(expected, desired, order, atomic<T>::when_failed(order));
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) const noexcept {
    if (Engine::current(SourceLocation::current()).choose_spurious()) [[unlikely]] {
      point(OperationKind::load, "compare_exchange");
      expected = *object_;
      done(expected, true, failure);
      return false;
    }
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return compare_exchange_weak(expected, desired, order, atomic<T>::when_failed(order));
  }

  T fetch_add(difference_type operand, std::memory_order order = std::memory_order_seq_cst)
      const noexcept requires std::integral<T> || std::floating_point<T> || std::is_pointer_v<T> {
    return update(
        "fetch_add", [operand](T value) { return atomic<T>::wrapped_add(value, operand); }, order);
  }
  T fetch_sub(difference_type operand, std::memory_order order = std::memory_order_seq_cst)
      const noexcept requires std::integral<T> || std::floating_point<T> || std::is_pointer_v<T> {
    return update(
        "fetch_sub", [operand](T value) { return atomic<T>::wrapped_sub(value, operand); }, order);
  }
  T fetch_and(T operand, std::memory_order order =
                             std::memory_order_seq_cst) const noexcept requires std::integral<T> {
    return update(
        "fetch_and", [operand](T v) { return static_cast<T>(v & operand); }, order);
  }
  T fetch_or(T operand, std::memory_order order =
                            std::memory_order_seq_cst) const noexcept requires std::integral<T> {
    return update(
        "fetch_or", [operand](T v) { return static_cast<T>(v | operand); }, order);
  }
  T fetch_xor(T operand, std::memory_order order =
                             std::memory_order_seq_cst) const noexcept requires std::integral<T> {
    return update(
        "fetch_xor", [operand](T v) { return static_cast<T>(v ^ operand); }, order);
  }

  /// While the value is `old`, sleeps until notified. Each comparison is a step.
  void wait(T old, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    Engine& engine = Engine::current(SourceLocation::current());
    const auto is_old = [&] { return std::memcmp(object_, &old, sizeof(T)) == 0; };
    for (;;) {
      point(OperationKind::wait_value, "wait");
      while (engine.draining() && is_old()) engine.suspend_waiting();
      const bool sleeps = is_old();
      if (sleeps) engine.enqueue(queue_of(id_));
      done(*object_, false, order);
      if (!sleeps) return;
      engine.sleep(queue_of(id_));
    }
  }
  void notify_one() const noexcept {
    Engine::current(SourceLocation::current()).notify_one(queue_of(id_), "notify_one");
  }
  void notify_all() const noexcept {
    Engine::current(SourceLocation::current()).notify_all(queue_of(id_), "notify_all");
  }

  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic_ref.
  operator T() const noexcept { return load(); }
  T operator=(T value) const noexcept {
    store(value);
    return value;
  }
  T operator++() const noexcept { return *this += difference_type{1}; }
  T operator++(int) const noexcept { return fetch_add(difference_type{1}); }
  T operator--() const noexcept { return *this -= difference_type{1}; }
  T operator--(int) const noexcept { return fetch_sub(difference_type{1}); }
  T operator+=(difference_type operand) const noexcept {
    return atomic<T>::wrapped_add(fetch_add(operand), operand);
  }
  T operator-=(difference_type operand) const noexcept {
    return atomic<T>::wrapped_sub(fetch_sub(operand), operand);
  }
  T operator&=(T operand) const noexcept { return static_cast<T>(fetch_and(operand) & operand); }
  T operator|=(T operand) const noexcept { return static_cast<T>(fetch_or(operand) | operand); }
  T operator^=(T operand) const noexcept { return static_cast<T>(fetch_xor(operand) ^ operand); }

  // This member is not in std::atomic_ref.

  [[nodiscard]] ObjectId id() const { return id_; }

 private:
  static ObjectId identify(T& object, const Name& name, SourceLocation where) {
    Engine& engine = Engine::current(where);
    return engine.references().at(
        &object, [&] { return engine.add_object(ObjectKind::atomic, name, where); });
  }
  template <class Change>
  T update(const char* label, const Change& change, std::memory_order order) const {
    point(OperationKind::read_modify_write, label);
    const T old = *object_;
    *object_ = change(old);
    if (std::memcmp(object_, &old, sizeof(T)) != 0) Engine::current_or_null()->note_change();
    written();
    done(*object_, false, order);
    return old;
  }
  void point(OperationKind kind, const char* label) const {
    Engine::current(SourceLocation::current()).point(kind, id_, label, StopBy::suspension);
  }
  void done(const T& value, bool failed, std::memory_order order) const {
    Engine::current_or_null()->note_order(order);
    Engine::current_or_null()->finish(
        value_bits(value), failed, [&] { return value_text(value); }, order);
  }
  void written() const {
    if constexpr (std::is_pointer_v<T>) {
      Engine::current_or_null()->note_written(memory_bits(*object_));
    }
  }

  T* object_;
  ObjectId id_;
};

}  // namespace sim
