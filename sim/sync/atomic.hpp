#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/value.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// std::atomic under the control of the engine. Each call is one visible operation. Every load
/// finds what was stored last, whatever the memory order; the order says what is synchronized, for
/// sim::var. wait() does not wake spuriously; compare_exchange_weak fails so where Bounds::spurious
/// lets it. T is trivially copyable and has no padding.
///
/// Made only inside an execution, else UsageError; used only by its tasks. Operations may throw
/// (TaskStop, to end a task that is drained), so they are not noexcept.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using difference_type = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  static constexpr bool is_always_lock_free = true;

  // NOLINTBEGIN(google-explicit-constructor): as std::atomic.
  atomic(T value = T{}, Name name = {}, SourceLocation where = SourceLocation::current())
      : value_(value),
        id_(Engine::current(where).add_object(ObjectKind::atomic, name, where)),
        initial_(value) {}
  // NOLINTEND(google-explicit-constructor)
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  ~atomic() {
    if (awaiters_ != nullptr) [[unlikely]]
      forget_awaiters();
  }

  [[nodiscard]] bool is_lock_free() const { return true; }

  SIM_ALWAYS_INLINE T load(std::memory_order order = std::memory_order_seq_cst) const {
    return load_as("load", order);
  }
  SIM_ALWAYS_INLINE void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    store_as("store", value, order);
  }
  SIM_ALWAYS_INLINE T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(
        "exchange", [value](T) { return value; }, order);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                                 std::memory_order failure) {
    return compare_exchange("compare_exchange", expected, desired, success, failure);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_strong(
      T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order, when_failed(order));
  }
  SIM_ALWAYS_INLINE bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                                               std::memory_order failure) {
    if (Engine::current(SourceLocation::current()).choose_spurious()) [[unlikely]] {
      expected = fail_without_cause(failure);
      return false;
    }
    return compare_exchange("compare_exchange", expected, desired, success, failure);
  }
  SIM_ALWAYS_INLINE bool compare_exchange_weak(
      T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_weak(expected, desired, order, when_failed(order));
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
    Engine& engine = Engine::current(SourceLocation::current());
    while (begin_to_wait(engine, old, order)) engine.sleep(queue_of(id_));
  }
  /// What sleeps is chosen as by condition_variable::notify_one().
  void notify_one() {
    Engine::current(SourceLocation::current()).notify_one(queue_of(id_), "notify_one");
  }
  void notify_all() {
    Engine::current(SourceLocation::current()).notify_all(queue_of(id_), "notify_all");
  }

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
    point(OperationKind::load, label);
    const T value = value_;
    done(value, false, order);
    return value;
  }
  /// store(), shown under another word.
  SIM_ALWAYS_INLINE void store_as(const char* label, T value,
                                  std::memory_order order = std::memory_order_seq_cst) {
    point(OperationKind::store, label);
    value_ = value;
    done(value, false, order);
    written();
  }
  /// Any read-modify-write: replaces the value by change(value) in one operation and returns the
  /// old one. The trace shows the new one.
  template <class Change>
  SIM_ALWAYS_INLINE T update(const char* label, Change change,
                             std::memory_order order = std::memory_order_seq_cst) {
    point(OperationKind::read_modify_write, label);
    const T old = value_;
    value_ = change(old);
    done(value_, false, order);
    written();
    return old;
  }
  /// compare_exchange_strong(), shown under another word.
  SIM_ALWAYS_INLINE bool compare_exchange(const char* label, T& expected, T desired,
                                          std::memory_order success = std::memory_order_seq_cst,
                                          std::memory_order failure = std::memory_order_seq_cst) {
    point(OperationKind::compare_exchange, label);
    const bool equal = std::memcmp(&value_, &expected, sizeof(T)) == 0;
    Engine::current_or_null()->note_comparison(memory_bits(expected), memory_bits(value_));
    if (equal) {
      value_ = desired;
    } else {
      expected = value_;
    }
    done(value_, !equal, equal ? success : failure);
    if (equal) written();
    return equal;
  }
  /// sim::await(): one step, enabled while the value is one that is waited for.
  template <class Predicate>
  T await(const Predicate& wanted, std::memory_order order = std::memory_order_seq_cst) const {
    Engine& engine = Engine::current(SourceLocation::current());
    Waiting<Predicate> waiting{wanted};
    {
      const Enlisted enlisted{*this, waiting};
      engine.wait_point(OperationKind::await_value, id_, "await", waiting);
    }
    if (!wanted(value_)) [[unlikely]]
      engine.stop_waiting();
    const T value = value_;
    engine.note_admission(waiting);
    done(value, false, order);
    return value;
  }
  /// sim::await_until(): one step, which ends at `deadline_ns` of virtual time where the value is
  /// not one that is waited for. Whether it is.
  template <class Predicate>
  bool await_until(const Predicate& wanted, std::int64_t deadline_ns,
                   std::memory_order order = std::memory_order_seq_cst) const {
    Engine& engine = Engine::current(SourceLocation::current());
    if (!engine.may_time_out()) {
      engine.set_bounded_wait(true);
      await(wanted, order);
      engine.set_bounded_wait(false);
      return true;
    }
    point(OperationKind::await_value_until, "await");
    const bool has = wanted(value_);
    if (!has) engine.time_out(deadline_ns);
    done(value_, !has, order);
    return has;
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

  template <class Predicate>
  struct Waiting : Awaiter {
    explicit Waiting(const Predicate& predicate) : wanted(predicate) {
      holds = [](const Awaiter& self, const void* value) -> bool {
        return static_cast<const Waiting&>(self).wanted(*static_cast<const T*>(value));
      };
    }
    const Predicate& wanted;
  };

  static constexpr std::memory_order when_failed(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }

  /// A compare_exchange that does not come to compare.
  T fail_without_cause(std::memory_order order) const {
    point(OperationKind::load, "compare_exchange");
    const T value = value_;
    done(value, true, order);
    return value;
  }

  /// Told of each write while it lives.
  class Enlisted {
   public:
    Enlisted(const atomic& object, Awaiter& awaiter) : object_(object), awaiter_(awaiter) {
      static_assert(sizeof(T) <= sizeof(std::uint64_t), "to wait for a value of more than 8 bytes");
      awaiter.closed = !awaiter.holds(awaiter, &object.value_);
      awaiter.next = std::exchange(object.awaiters_, &awaiter);
      const Engine& engine = *Engine::current_or_null();
      if (engine.records_order()) object.find_admission(engine, awaiter);
    }
    Enlisted(const Enlisted&) = delete;
    Enlisted& operator=(const Enlisted&) = delete;
    ~Enlisted() {
      if (awaiter_.holds == nullptr) return;  // there is no object any more
      Awaiter** at = &object_.awaiters_;
      while (*at != &awaiter_) at = &(*at)->next;
      *at = awaiter_.next;
    }

   private:
    const atomic& object_;
    Awaiter& awaiter_;
  };

  /// Looks back for the last write that found a value which `awaiter` waits for.
  void find_admission(const Engine& engine, Awaiter& awaiter) const {
    std::optional<std::size_t> later;
    const auto found_by_later = [&](const T& value) {
      if (later && awaiter.holds(awaiter, &value)) awaiter.admitted_by = later;
      return awaiter.admitted_by.has_value();
    };
    engine.for_each_write(id_, std::is_pointer_v<T>, [&](std::size_t entry, std::uint64_t bits) {
      T value = initial_;
      std::memcpy(static_cast<void*>(&value), &bits, sizeof(T));
      if (found_by_later(value)) return false;
      later = entry;
      return true;
    });
    if (!awaiter.admitted_by) found_by_later(initial_);
  }

  /// Behind each write.
  SIM_ALWAYS_INLINE void written() const {
    if constexpr (std::is_pointer_v<T>) {
      Engine::current_or_null()->note_written(memory_bits(value_));
    }
    if (awaiters_ != nullptr) [[unlikely]]
      tell_awaiters();
  }
  [[gnu::noinline]] void tell_awaiters() const {
    Engine& engine = *Engine::current_or_null();
    for (Awaiter* awaiter = awaiters_; awaiter != nullptr; awaiter = awaiter->next) {
      if (!awaiter->closed && !engine.draining()) awaiter->admitted_by = engine.this_entry();
      if (awaiter->holds(*awaiter, &value_)) {
        engine.open(*awaiter);
      } else {
        engine.close(*awaiter);
      }
    }
  }
  /// It is destroyed while tasks wait.
  [[gnu::cold]] void forget_awaiters() const {
    Engine* const engine = Engine::current_or_null();
    while (awaiters_ != nullptr) {
      Awaiter& awaiter = *std::exchange(awaiters_, awaiters_->next);
      awaiter.holds = nullptr;
      if (engine != nullptr) engine->forget(awaiter);
    }
  }

  /// One step of wait(). Whether the calling task is to sleep.
  bool begin_to_wait(Engine& engine, const T& old, std::memory_order order) const {
    point(OperationKind::wait_value, "wait");
    const bool equal = std::memcmp(&value_, &old, sizeof(T)) == 0;
    const bool sleeps = equal && !engine.draining();
    if (equal && !sleeps) [[unlikely]]
      engine.stop_waiting();
    if (sleeps) engine.enqueue(queue_of(id_));
    done(value_, false, order);
    return sleeps;
  }

  SIM_ALWAYS_INLINE void point(OperationKind kind, const char* label) const {
    Engine::current(SourceLocation::current()).point(kind, id_, label);
  }
  SIM_ALWAYS_INLINE void done(const T& value, bool failed, std::memory_order order) const {
    Engine::current_or_null()->finish(
        value_bits(value), failed, [&] { return value_text(value); }, order);
  }

  T value_;
  ObjectId id_;
  mutable Awaiter* awaiters_ = nullptr;  ///< who waits for a value: that changes nothing
  T initial_;
};

/// std::atomic_thread_fence for sim::var, and no step: a load finds what was stored last anyway.
inline void atomic_thread_fence(std::memory_order order,
                                SourceLocation where = SourceLocation::current()) {
  Engine::current(where).fence(order);
}
/// Orders nothing between tasks.
inline void atomic_signal_fence(std::memory_order order) noexcept {
  static_cast<void>(order);
}

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
