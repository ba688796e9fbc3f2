#pragma once

// sim::atomic models std::atomic: each member function call is one step. Memory is sequentially
// consistent: a load returns the last stored value, whatever its memory order. The memory orders
// decide which operations synchronize, so that data races on sim::var are found as the C++ standard
// defines them. See docs/model.md for what is not modelled.

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/value.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic_aliases.hpp>
#include <sim/sync/shared_object.hpp>
#include <sim/sync/timed_wait.hpp>
#include <sim/sync/value_waiters.hpp>

namespace sim {

/// std::atomic under the control of the engine. wait() does not return spuriously;
/// compare_exchange_weak() fails spuriously only if Bounds::spurious allows it. Requires T to be
/// trivially copyable and to have no padding.
///
/// Must be used inside an execution (UsageError otherwise). Operations of std::atomic are noexcept:
/// a task that spins on one while it is drained cannot be unwound (sim/engine/drain.hpp).
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using difference_type = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  static constexpr bool is_always_lock_free = true;

  // NOLINTBEGIN(google-explicit-constructor): as std::atomic.
  constexpr atomic(T value = T{}, const Name& name = {},
                   SourceLocation where = SourceLocation::current())
      : value_(value), object_(ObjectKind::atomic, name, where), waiters_(value) {}
  // NOLINTEND(google-explicit-constructor)
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  ~atomic() {
    object_.end([this] { return SharedObject::Last{0, last_bits()}; });
  }

  [[nodiscard]] bool is_lock_free() const noexcept { return true; }

  SIM_ALWAYS_INLINE T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return load_as("load", order, StopBy::suspension);
  }
  SIM_ALWAYS_INLINE void store(T value,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    store_as("store", value, order, StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T exchange(T value,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    return update(
        "exchange", [value](T) { return value; }, order, StopBy::suspension);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                                 std::memory_order failure) noexcept {
    return compare_exchange("compare_exchange", expected, desired, success, failure,
                            StopBy::suspension);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_strong(
      T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, desired, order, when_failed(order));
  }
  SIM_ALWAYS_INLINE bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                                               std::memory_order failure) noexcept {
    if (fails_spuriously(failure)) [[unlikely]] {
      expected = value_;
      return false;
    }
    return compare_exchange("compare_exchange", expected, desired, success, failure,
                            StopBy::suspension);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_weak(
      T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_weak(expected, desired, order, when_failed(order));
  }

  SIM_ALWAYS_INLINE T fetch_add(T operand,
                                std::memory_order order = std::memory_order_seq_cst) noexcept
      requires std::integral<T> || std::floating_point<T> {
    return update(
        "fetch_add", [operand](T value) { return wrapped_add(value, operand); }, order,
        StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T fetch_sub(T operand,
                                std::memory_order order = std::memory_order_seq_cst) noexcept
      requires std::integral<T> || std::floating_point<T> {
    return update(
        "fetch_sub", [operand](T value) { return wrapped_sub(value, operand); }, order,
        StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T fetch_add(
      std::ptrdiff_t operand,
      std::memory_order order = std::memory_order_seq_cst) noexcept requires std::is_pointer_v<T> {
    return update(
        "fetch_add", [operand](T value) { return value + operand; }, order, StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T fetch_sub(
      std::ptrdiff_t operand,
      std::memory_order order = std::memory_order_seq_cst) noexcept requires std::is_pointer_v<T> {
    return update(
        "fetch_sub", [operand](T value) { return value - operand; }, order, StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T fetch_and(
      T operand,
      std::memory_order order = std::memory_order_seq_cst) noexcept requires std::integral<T> {
    return update(
        "fetch_and", [operand](T v) { return static_cast<T>(v & operand); }, order,
        StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T
  fetch_or(T operand,
           std::memory_order order = std::memory_order_seq_cst) noexcept requires std::integral<T> {
    return update(
        "fetch_or", [operand](T v) { return static_cast<T>(v | operand); }, order,
        StopBy::suspension);
  }
  SIM_ALWAYS_INLINE T fetch_xor(
      T operand,
      std::memory_order order = std::memory_order_seq_cst) noexcept requires std::integral<T> {
    return update(
        "fetch_xor", [operand](T v) { return static_cast<T>(v ^ operand); }, order,
        StopBy::suspension);
  }

  /// While the value is `old`, sleeps until notified. Each comparison is a step.
  void wait(T old, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    wait_while([&] { return std::memcmp(&value_, &old, sizeof(T)) == 0; }, order);
  }
  /// Wakes one sleeping task, in one step. If several tasks sleep, which one wakes is a choice.
  void notify_one() noexcept {
    Engine& engine = Engine::current(SourceLocation::current());
    engine.notify_one(queue_of(use(engine)), "notify_one");
  }
  void notify_all() noexcept {
    Engine& engine = Engine::current(SourceLocation::current());
    engine.notify_all(queue_of(use(engine)), "notify_all");
  }

  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic.
  operator T() const noexcept { return load(); }
  T operator=(T value) noexcept {
    store(value);
    return value;
  }
  T operator++() noexcept { return *this += difference_type{1}; }
  T operator++(int) noexcept { return fetch_add(difference_type{1}); }
  T operator--() noexcept { return *this -= difference_type{1}; }
  T operator--(int) noexcept { return fetch_sub(difference_type{1}); }
  T operator+=(difference_type operand) noexcept {
    return wrapped_add(fetch_add(operand), operand);
  }
  T operator-=(difference_type operand) noexcept {
    return wrapped_sub(fetch_sub(operand), operand);
  }
  T operator&=(T operand) noexcept { return static_cast<T>(fetch_and(operand) & operand); }
  T operator|=(T operand) noexcept { return static_cast<T>(fetch_or(operand) | operand); }
  T operator^=(T operand) noexcept { return static_cast<T>(fetch_xor(operand) ^ operand); }

  // These members are not in std::atomic.

  /// The value, without a step: for invariants, and for checks after the last join.
  [[nodiscard]] T peek() const { return value_; }
  [[nodiscard]] ObjectId id() const { return object_.id(); }
  /// See SharedObject::own_jointly().
  void own_jointly() { object_.own_jointly(); }
  /// See SharedObject::be_part_of_primitive().
  constexpr void be_part_of_primitive() { object_.be_part_of_primitive(); }

  // `by` says what the operation does if its task must not continue while it is drained.

  /// Does what load() does, and is shown in schedules and timelines as `label`, which must have
  /// static lifetime.
  SIM_ALWAYS_INLINE T load_as(const char* label,
                              std::memory_order order = std::memory_order_seq_cst,
                              StopBy by = StopBy::exception) const {
    point(OperationKind::load, label, by);
    const T value = value_;
    done(value, false, order);
    return value;
  }
  /// Does what store() does, and is shown in schedules and timelines as `label`, which must have
  /// static lifetime.
  SIM_ALWAYS_INLINE void store_as(const char* label, T value,
                                  std::memory_order order = std::memory_order_seq_cst,
                                  StopBy by = StopBy::exception) {
    point(OperationKind::store, label, by);
    value_ = value;
    written();
    done(value, false, order);
  }
  /// A read-modify-write: replaces the value by change(value) in one step and returns the old
  /// value. Schedules and timelines show it as `label`, which must have static lifetime, with the
  /// new value.
  template <class Change>
  SIM_ALWAYS_INLINE T update(const char* label, Change change,
                             std::memory_order order = std::memory_order_seq_cst,
                             StopBy by = StopBy::exception) {
    point(OperationKind::read_modify_write, label, by);
    const T old = value_;
    value_ = change(old);
    if (std::memcmp(&value_, &old, sizeof(T)) != 0) Engine::current_or_null()->note_change();
    written();
    done(value_, false, order);
    return old;
  }
  /// Does what compare_exchange_strong() does, and is shown in schedules and timelines as `label`,
  /// which must have static lifetime.
  SIM_ALWAYS_INLINE bool compare_exchange(const char* label, T& expected, T desired,
                                          std::memory_order success = std::memory_order_seq_cst,
                                          std::memory_order failure = std::memory_order_seq_cst,
                                          StopBy by = StopBy::exception) {
    return compare_exchange_if(
        label, expected, desired, [&] { return std::memcmp(&value_, &expected, sizeof(T)) == 0; },
        success, failure, by);
  }
  /// Does what compare_exchange() does, and calls is_equal() in the step to learn whether the value
  /// is the expected one.
  template <class IsEqual>
  SIM_ALWAYS_INLINE bool compare_exchange_if(const char* label, T& expected, T desired,
                                             const IsEqual& is_equal, std::memory_order success,
                                             std::memory_order failure, StopBy by) {
    Engine& engine = Engine::current(SourceLocation::current());
    engine.announce_expected(memory_bits(expected));
    engine.point(OperationKind::compare_exchange, use(engine), label, by);
    const bool equal = is_equal();
    engine.note_comparison(memory_bits(expected), memory_bits(value_));
    if (equal) {
      value_ = desired;
    } else {
      expected = value_;
    }
    if (equal) {
      engine.note_change();
      written();
    }
    done(value_, !equal, equal ? success : failure);
    return equal;
  }
  /// Implements sim::await(): one step, which is enabled while wanted(value) is true.
  template <class Predicate>
  T await(const Predicate& wanted, std::memory_order order = std::memory_order_seq_cst,
          StopBy by = StopBy::exception) const {
    Engine& engine = Engine::current(SourceLocation::current());
    ValueGate<T, Predicate> gate{wanted};
    const ObjectId id = use(engine);
    if (!object_.is_usable(engine)) [[unlikely]]
      engine.point(OperationKind::await_value, id, "await", by);  // does not return
    {
      const typename ValueWaiters<T>::Entry entry{waiters_, gate, id, value_};
      engine.wait_point(OperationKind::await_value, id, "await", gate, by);
    }
    if (by == StopBy::exception) {
      if (!wanted(value_)) [[unlikely]]
        engine.stop_waiting();
    } else {
      while (engine.draining() && !wanted(value_)) engine.suspend_waiting();
    }
    const T value = value_;
    engine.note_admission(gate);
    done(value, false, order);
    return value;
  }
  /// Implements sim::await_until(): one step, which returns wanted(value). If that is false, the
  /// step moves the virtual clock to `deadline_ns`. Waits without a deadline if the calling task
  /// has no time-outs left.
  template <class Predicate>
  bool await_until(const Predicate& wanted, std::int64_t deadline_ns,
                   std::memory_order order = std::memory_order_seq_cst) const {
    Engine& engine = Engine::current(SourceLocation::current());
    if (!may_time_out(engine, deadline_ns)) {
      wait_without_deadline(engine, deadline_ns, [&] { await(wanted, order); });
      return true;
    }
    point(OperationKind::await_value_until, "await");
    const bool has = wanted(value_);
    if (!has) engine.time_out(deadline_ns);
    done(value_, !has, order);
    return has;
  }

  // What sim::atomic_ref and the atomics of smart pointers share with sim::atomic.

  // Integers wrap around, as in std::atomic: overflow is not undefined behaviour.
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
  /// The memory order of a failed compare_exchange for which only the order of success was given.
  static constexpr std::memory_order when_failed(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }
  /// Whether a compare_exchange_weak() fails spuriously. If it does, this is its step.
  SIM_ALWAYS_INLINE bool fails_spuriously(std::memory_order order) const {
    if (!Engine::current(SourceLocation::current()).choose_spurious()) [[likely]]
      return false;
    point(OperationKind::load, "compare_exchange", StopBy::suspension);
    done(value_, true, order);
    return true;
  }
  /// Implements wait(): sleeps until notified while is_old() is true, which each step calls.
  template <class IsOld>
  void wait_while(const IsOld& is_old, std::memory_order order) const {
    Engine& engine = Engine::current(SourceLocation::current());
    for (;;) {
      const ObjectId object = use(engine);
      const ObjectId queue = queue_of(object);
      engine.point(OperationKind::wait_value, object, "wait", StopBy::suspension);
      while (engine.draining() && is_old()) engine.suspend_waiting();
      const bool sleeps = is_old();
      if (sleeps) engine.enqueue(queue);
      done(value_, false, order);
      if (!sleeps) return;
      engine.sleep(queue);
    }
  }

 private:
  /// Called in each step that writes value_, before done().
  SIM_ALWAYS_INLINE void written() {
    if constexpr (std::is_pointer_v<T>) {
      Engine::current_or_null()->note_written(memory_bits(value_));
    }
    waiters_.on_write(value_);
  }

  SIM_ALWAYS_INLINE void point(OperationKind kind, const char* label,
                               StopBy by = StopBy::exception) const {
    Engine& engine = Engine::current(SourceLocation::current());
    engine.point(kind, use(engine), label, by);
  }
  SIM_ALWAYS_INLINE ObjectId use(Engine& engine) const {
    return object_.use(engine, [this] { value_ = waiters_.restart(); });
  }
  [[nodiscard]] std::uint64_t last_bits() const {
    if constexpr (sizeof(T) <= sizeof(std::uint64_t)) return memory_bits(value_);
    return 0;
  }
  SIM_ALWAYS_INLINE void done(const T& value, bool failed, std::memory_order order) const {
    Engine& engine = *Engine::current_or_null();
    if (!object_.is_part_of_primitive()) engine.note_order(order);
    if (engine.finish(value_bits(value), failed)) [[unlikely]]
      report(value, failed, order);
  }
  /// `value` is a copy, so that the code that is always executed need not keep it in memory.
  [[gnu::cold, gnu::noinline]] void report(T value, bool failed, std::memory_order order) const {
    Engine::current_or_null()->report(
        value_bits(value), failed, [&] { return value_text(value); }, order);
  }

  // Mutable because await() is const, and because the first operation on a static atomic restarts
  // it.
  mutable T value_;
  SharedObject object_;
  mutable ValueWaiters<T> waiters_;
};

/// Models std::atomic_thread_fence. It is not a step: it affects only which accesses of sim::var
/// race.
inline void atomic_thread_fence(std::memory_order order,
                                SourceLocation where = SourceLocation::current()) noexcept {
  Engine::current(where).fence(order);
}
/// Models std::atomic_signal_fence. Does nothing, because it orders nothing between tasks.
inline void atomic_signal_fence(std::memory_order order) noexcept {
  static_cast<void>(order);
}

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

}  // namespace sim
