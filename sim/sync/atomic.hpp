#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sim/engine.hpp>
#include <sim/name.hpp>
#include <sim/place.hpp>
#include <sim/value.hpp>

namespace sim {

/// std::atomic under the control of the engine. Each call is one visible operation. Every memory
/// order is accepted and treated as sequentially consistent; wait() does not wake spuriously.
/// compare_exchange_weak does not fail spuriously. T is trivially copyable and has no padding.
///
/// Made only inside an execution, else UsageError; used only by its tasks. Operations may throw
/// (TaskStop, to end a task that is drained), so they are not noexcept.
template <class T>
class atomic {
 public:
  using value_type = T;
  using difference_type = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  static constexpr bool is_always_lock_free = true;

  // NOLINTBEGIN(google-explicit-constructor): as std::atomic.
  atomic(T value = T{}, Name name = {}, Place where = Place::current())
      : value_(value), id_(Engine::current(where).add_object(ObjectKind::atomic, name)) {}
  // NOLINTEND(google-explicit-constructor)
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  [[nodiscard]] bool is_lock_free() const { return true; }

  SIM_ALWAYS_INLINE T load(std::memory_order order = std::memory_order_seq_cst) const {
    return load_as("load", order);
  }
  SIM_ALWAYS_INLINE void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    static_cast<void>(order);
    point(OperationKind::store, "store");
    value_ = value;
    done(value);
  }
  SIM_ALWAYS_INLINE T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(
        "exchange", [value](T) { return value; }, order);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_strong(
      T& expected, T desired, std::memory_order success = std::memory_order_seq_cst,
      std::memory_order failure = std::memory_order_seq_cst) {
    return compare_exchange("compare_exchange", expected, desired, success, failure);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_weak(
      T& expected, T desired, std::memory_order success = std::memory_order_seq_cst,
      std::memory_order failure = std::memory_order_seq_cst) {
    return compare_exchange("compare_exchange", expected, desired, success, failure);
  }

  SIM_ALWAYS_INLINE T fetch_add(T operand,
                                std::memory_order order = std::memory_order_seq_cst) requires
      std::integral<T> || std::floating_point<T> {
    return update(
        "fetch_add", [operand](T value) { return wrapped_add(value, operand); }, order);
  }
  SIM_ALWAYS_INLINE T fetch_sub(T operand,
                                std::memory_order order = std::memory_order_seq_cst) requires
      std::integral<T> || std::floating_point<T> {
    return update(
        "fetch_sub", [operand](T value) { return wrapped_sub(value, operand); }, order);
  }
  SIM_ALWAYS_INLINE T
  fetch_add(std::ptrdiff_t operand,
            std::memory_order order = std::memory_order_seq_cst) requires std::is_pointer_v<T> {
    return update(
        "fetch_add", [operand](T value) { return value + operand; }, order);
  }
  SIM_ALWAYS_INLINE T
  fetch_sub(std::ptrdiff_t operand,
            std::memory_order order = std::memory_order_seq_cst) requires std::is_pointer_v<T> {
    return update(
        "fetch_sub", [operand](T value) { return value - operand; }, order);
  }
  SIM_ALWAYS_INLINE T fetch_and(
      T operand, std::memory_order order = std::memory_order_seq_cst) requires std::integral<T> {
    return update(
        "fetch_and", [operand](T v) { return static_cast<T>(v & operand); }, order);
  }
  SIM_ALWAYS_INLINE T fetch_or(
      T operand, std::memory_order order = std::memory_order_seq_cst) requires std::integral<T> {
    return update(
        "fetch_or", [operand](T v) { return static_cast<T>(v | operand); }, order);
  }
  SIM_ALWAYS_INLINE T fetch_xor(
      T operand, std::memory_order order = std::memory_order_seq_cst) requires std::integral<T> {
    return update(
        "fetch_xor", [operand](T v) { return static_cast<T>(v ^ operand); }, order);
  }

  /// Where the value is `old` it sleeps until it is notified, and looks again. Each look is a step.
  void wait(T old, std::memory_order order = std::memory_order_seq_cst) const {
    static_cast<void>(order);
    Engine& engine = Engine::current(Place::current());
    while (begin_to_wait(engine, old)) engine.sleep(queue_of(id_));
  }
  /// What sleeps is chosen as by condition_variable::notify_one().
  void notify_one() { Engine::current(Place::current()).notify_one(queue_of(id_), "notify_one"); }
  void notify_all() { Engine::current(Place::current()).notify_all(queue_of(id_), "notify_all"); }

  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic.
  operator T() const { return load(); }
  T operator=(T value) {
    store(value);
    return value;
  }
  T operator++() { return *this += difference_type{1}; }
  T operator++(int) { return fetch_add(difference_type{1}); }
  T operator--() { return *this -= difference_type{1}; }
  T operator--(int) { return fetch_sub(difference_type{1}); }
  T operator+=(difference_type operand) { return wrapped_add(fetch_add(operand), operand); }
  T operator-=(difference_type operand) { return wrapped_sub(fetch_sub(operand), operand); }
  T operator&=(T operand) { return static_cast<T>(fetch_and(operand) & operand); }
  T operator|=(T operand) { return static_cast<T>(fetch_or(operand) | operand); }
  T operator^=(T operand) { return static_cast<T>(fetch_xor(operand) ^ operand); }

  // Beyond std::atomic.

  /// The value, without an event: for invariants, and for checks after the last join.
  [[nodiscard]] T peek() const { return value_; }
  [[nodiscard]] ObjectId id() const { return id_; }

  /// load(), shown under another word. `label` has static lifetime.
  SIM_ALWAYS_INLINE T load_as(const char* label,
                              std::memory_order order = std::memory_order_seq_cst) const {
    static_cast<void>(order);
    point(OperationKind::load, label);
    const T value = value_;
    done(value);
    return value;
  }
  /// store(), shown under another word.
  SIM_ALWAYS_INLINE void store_as(const char* label, T value,
                                  std::memory_order order = std::memory_order_seq_cst) {
    static_cast<void>(order);
    point(OperationKind::store, label);
    value_ = value;
    done(value);
  }
  /// Any read-modify-write: replaces the value by change(value) in one operation and returns the
  /// old one. The trace shows the new one.
  template <class Change>
  SIM_ALWAYS_INLINE T update(const char* label, Change change,
                             std::memory_order order = std::memory_order_seq_cst) {
    static_cast<void>(order);
    point(OperationKind::read_modify_write, label);
    const T old = value_;
    value_ = change(old);
    done(value_);
    return old;
  }
  /// compare_exchange_strong(), shown under another word.
  SIM_ALWAYS_INLINE bool compare_exchange(const char* label, T& expected, T desired,
                                          std::memory_order success = std::memory_order_seq_cst,
                                          std::memory_order failure = std::memory_order_seq_cst) {
    static_cast<void>(success);
    static_cast<void>(failure);
    point(OperationKind::compare_exchange, label);
    const bool equal = std::memcmp(&value_, &expected, sizeof(T)) == 0;
    Engine::current_or_null()->note_comparison(memory_bits(expected), memory_bits(value_));
    if (equal) {
      value_ = desired;
    } else {
      expected = value_;
    }
    done(value_, !equal);
    return equal;
  }

 private:
  // Integers wrap as std::atomic's do; no overflow is undefined.
  static T wrapped_add(T a, difference_type b) {
    if constexpr (std::integral<T>) {
      return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    } else {
      return a + b;
    }
  }
  static T wrapped_sub(T a, difference_type b) {
    if constexpr (std::integral<T>) {
      return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
    } else {
      return a - b;
    }
  }

  /// One step of wait(). Whether the calling task is to sleep.
  bool begin_to_wait(Engine& engine, const T& old) const {
    point(OperationKind::wait_value, "wait");
    const bool equal = std::memcmp(&value_, &old, sizeof(T)) == 0;
    const bool sleeps = equal && !engine.draining();
    if (equal && !sleeps) [[unlikely]]
      engine.stop_waiting();
    if (sleeps) engine.enqueue(queue_of(id_));
    done(value_);
    return sleeps;
  }

  SIM_ALWAYS_INLINE void point(OperationKind kind, const char* label) const {
    Engine::current(Place::current()).point(kind, id_, label);
  }
  SIM_ALWAYS_INLINE void done(const T& value, bool failed = false) const {
    Engine::current_or_null()->finish(value_bits(value), failed, [&] { return value_text(value); });
  }

  T value_;
  ObjectId id_;
};

using atomic_bool = atomic<bool>;
using atomic_char = atomic<char>;
using atomic_schar = atomic<signed char>;
using atomic_uchar = atomic<unsigned char>;
using atomic_short = atomic<short>;
using atomic_ushort = atomic<unsigned short>;
using atomic_int = atomic<int>;
using atomic_uint = atomic<unsigned>;
using atomic_long = atomic<long>;
using atomic_ulong = atomic<unsigned long>;
using atomic_llong = atomic<long long>;
using atomic_ullong = atomic<unsigned long long>;
using atomic_int8_t = atomic<std::int8_t>;
using atomic_uint8_t = atomic<std::uint8_t>;
using atomic_int16_t = atomic<std::int16_t>;
using atomic_uint16_t = atomic<std::uint16_t>;
using atomic_int32_t = atomic<std::int32_t>;
using atomic_uint32_t = atomic<std::uint32_t>;
using atomic_int64_t = atomic<std::int64_t>;
using atomic_uint64_t = atomic<std::uint64_t>;
using atomic_intptr_t = atomic<std::intptr_t>;
using atomic_uintptr_t = atomic<std::uintptr_t>;
using atomic_size_t = atomic<std::size_t>;
using atomic_ptrdiff_t = atomic<std::ptrdiff_t>;

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

}  // namespace sim
