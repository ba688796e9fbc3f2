#pragma once

// sim::atomic<std::shared_ptr<T>> and sim::atomic<std::weak_ptr<T>> model the specializations of
// std::atomic for the smart pointers of the standard library: each member function call is one
// step. Copying and destroying a shared_ptr is not a step, so its reference count is not checked.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// What the two specializations have in common. `Owner` is a shared_ptr or weak_ptr. The
/// requirements of sim::atomic apply. A value that the atomic gives up is destroyed after the step,
/// because its destructor may make steps. Traces show whether the pointer is null.
template <class Owner>
class AtomicOwner {
 public:
  using value_type = Owner;
  static constexpr bool is_always_lock_free = false;

  AtomicOwner(const AtomicOwner&) = delete;
  AtomicOwner& operator=(const AtomicOwner&) = delete;

  [[nodiscard]] bool is_lock_free() const noexcept { return false; }
  [[nodiscard]] Owner load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    pointer_.load(order);
    return value();
  }
  void store(Owner desired, std::memory_order order = std::memory_order_seq_cst) noexcept {
    pointer_.store(pointer_of(desired), order);
    value().swap(desired);
  }
  Owner exchange(Owner desired, std::memory_order order = std::memory_order_seq_cst) noexcept {
    pointer_.exchange(pointer_of(desired), order);
    value().swap(desired);
    return desired;
  }
  bool compare_exchange_strong(Owner& expected, Owner desired, std::memory_order success,
                               std::memory_order failure) noexcept {
    const auto is_expected = [&] { return is_equal(value(), expected); };
    Pointer wanted = pointer_of(expected);
    const bool equal =
        pointer_.compare_exchange_if("compare_exchange", wanted, pointer_of(desired), is_expected,
                                     success, failure, StopBy::suspension);
    if (equal) {
      value().swap(desired);
    } else {
      expected = value();
    }
    return equal;
  }
  bool compare_exchange_strong(Owner& expected, Owner desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, std::move(desired), order,
                                   atomic<Pointer>::when_failed(order));
  }
  bool compare_exchange_weak(Owner& expected, Owner desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    if (pointer_.fails_spuriously(failure)) [[unlikely]] {
      expected = value();
      return false;
    }
    return compare_exchange_strong(expected, std::move(desired), success, failure);
  }
  bool compare_exchange_weak(Owner& expected, Owner desired,
                             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_weak(expected, std::move(desired), order,
                                 atomic<Pointer>::when_failed(order));
  }

  /// While the value is equivalent to `old`, sleeps until notified. Each comparison is a step.
  void wait(Owner old, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    pointer_.wait_while([&] { return is_equal(value(), old); }, order);
  }
  void notify_one() noexcept { pointer_.notify_one(); }
  void notify_all() noexcept { pointer_.notify_all(); }

  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic.
  operator Owner() const noexcept { return load(); }

  // These members are not in std::atomic.

  /// The value, without a step: for invariants, and for checks after the last join.
  [[nodiscard]] const Owner& peek() const { return owner_; }
  [[nodiscard]] ObjectId id() const { return pointer_.id(); }

 protected:
  explicit AtomicOwner(Owner value, const Name& name, SourceLocation where)
      : pointer_(pointer_of(value), name, where), owner_(std::move(value)) {
    if (Engine* const engine = Engine::current_or_null()) {
      epoch_ = engine->epoch();
    } else {
      initial_ = owner_;
    }
  }
  ~AtomicOwner() = default;

 private:
  using Pointer = const volatile void*;

  static Pointer pointer_of(const Owner& owner) {
    if constexpr (requires { owner.get(); }) {
      return owner.get();
    } else {
      return owner.lock().get();
    }
  }
  /// Whether two values have the same pointer and share ownership.
  static bool is_equal(const Owner& a, const Owner& b) {
    return pointer_of(a) == pointer_of(b) && !a.owner_before(b) && !b.owner_before(a);
  }
  /// The value, in a step. A static object has its first value when an execution begins.
  Owner& value() const {
    const std::uint64_t epoch = Engine::current_or_null()->epoch();
    if (std::exchange(epoch_, epoch) != epoch) owner_ = initial_;
    return owner_;
  }

  atomic<Pointer> pointer_;
  mutable Owner owner_;              ///< mutable because a static object begins each execution anew
  Owner initial_;                    ///< the first value of a static object
  mutable std::uint64_t epoch_ = 0;  ///< Engine::epoch() of the execution to which owner_ belongs
};

template <class T>
class atomic<std::shared_ptr<T>> : public AtomicOwner<std::shared_ptr<T>> {
  using Owner = std::shared_ptr<T>;

 public:
  // NOLINTBEGIN(google-explicit-constructor): as std::atomic.
  atomic(Owner value = {}, const Name& name = {}, SourceLocation where = SourceLocation::current())
      : AtomicOwner<Owner>(std::move(value), name, where) {}
  atomic(std::nullptr_t, SourceLocation where = SourceLocation::current())
      : AtomicOwner<Owner>({}, {}, where) {}
  // NOLINTEND(google-explicit-constructor)
  void operator=(Owner desired) noexcept { this->store(std::move(desired)); }
  void operator=(std::nullptr_t) noexcept { this->store(nullptr); }
};

template <class T>
class atomic<std::weak_ptr<T>> : public AtomicOwner<std::weak_ptr<T>> {
  using Owner = std::weak_ptr<T>;

 public:
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic.
  atomic(Owner value = {}, const Name& name = {}, SourceLocation where = SourceLocation::current())
      : AtomicOwner<Owner>(std::move(value), name, where) {}
  void operator=(Owner desired) noexcept { this->store(std::move(desired)); }
};

}  // namespace sim
