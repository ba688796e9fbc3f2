#pragma once

// Implements the waiting of sim::await(), which is one step that is enabled exactly while the value
// of an atomic satisfies the predicate. Each waiting task has a ValueGate in the atomic's
// ValueWaiters, and each write opens or closes the gates. docs/dpor.md explains why a search must
// know which write enabled a waiter last.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include <sim/engine/engine.hpp>

namespace sim {

/// The gate of one task that waits for a value for which `wanted` is true.
template <class T, class Predicate>
struct ValueGate : Awaiter {
  explicit ValueGate(const Predicate& predicate) : wanted(predicate) {
    holds = [](const Awaiter& self, const void* value) -> bool {
      return static_cast<const ValueGate&>(self).wanted(*static_cast<const T*>(value));
    };
  }
  const Predicate& wanted;
};

/// The tasks that wait for a value of one atomic. Used only by tasks of one execution.
template <class T>
class ValueWaiters {
 public:
  /// `initial` is the value with which the atomic was made.
  constexpr explicit ValueWaiters(const T& initial) : initial_(initial) {}
  ValueWaiters(const ValueWaiters&) = delete;
  ValueWaiters& operator=(const ValueWaiters&) = delete;
  ~ValueWaiters() {
    if (first_ != nullptr) [[unlikely]]
      forget_all();
  }

  /// Forgets the tasks of an earlier execution. Returns the value with which the atomic was made.
  const T& restart() {
    first_ = nullptr;
    return initial_;
  }

  /// Registers a gate among the waiters, from its construction to its destruction.
  class Entry {
   public:
    /// `object` is the atomic, and `value` its present value.
    Entry(ValueWaiters& waiters, Awaiter& gate, ObjectId object, const T& value)
        : waiters_(waiters), gate_(gate) {
      static_assert(sizeof(T) <= sizeof(std::uint64_t),
                    "sim::await() requires a value of at most 8 bytes");
      gate.closed = !gate.holds(gate, &value);
      gate.next = std::exchange(waiters.first_, &gate);
      const Engine& engine = *Engine::current_or_null();
      if (engine.records_order()) waiters.find_admission(engine, gate, object);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() {
      if (gate_.holds == nullptr)
        return;  // the atomic was destroyed, so waiters_ does not exist
                 // any more
      Awaiter** at = &waiters_.first_;
      while (*at != &gate_) at = &(*at)->next;
      *at = gate_.next;
    }

   private:
    ValueWaiters& waiters_;
    Awaiter& gate_;
  };

  /// Called in each step that writes the atomic, with the value that the step wrote.
  SIM_ALWAYS_INLINE void on_write(const T& value) {
    if (first_ != nullptr) [[unlikely]]
      update_gates(value);
  }

 private:
  [[gnu::noinline]] void update_gates(const T& value) {
    Engine& engine = *Engine::current_or_null();
    for (Awaiter* gate = first_; gate != nullptr; gate = gate->next) {
      if (!gate->closed && !engine.draining()) gate->admitted_by = engine.this_entry();
      if (gate->holds(*gate, &value)) {
        engine.open(*gate);
      } else {
        engine.close(*gate);
      }
    }
  }

  /// Sets gate.admitted_by to the last write to `object` that found a value for which the gate
  /// waits; leaves it empty if there is no such write.
  void find_admission(const Engine& engine, Awaiter& gate, ObjectId object) const {
    std::optional<std::size_t> later;
    const auto found_by_later = [&](const T& value) {
      if (later && gate.holds(gate, &value)) gate.admitted_by = later;
      return gate.admitted_by.has_value();
    };
    engine.for_each_write(object, std::is_pointer_v<T>, [&](std::size_t entry, std::uint64_t bits) {
      T value = initial_;
      std::memcpy(static_cast<void*>(&value), &bits, sizeof(T));
      if (found_by_later(value)) return false;
      later = entry;
      return true;
    });
    if (!gate.admitted_by) found_by_later(initial_);
  }

  /// Called when the atomic is destroyed while tasks wait for it, which is misuse.
  [[gnu::cold]] void forget_all() {
    Engine* const engine = Engine::current_or_null();
    while (first_ != nullptr) {
      Awaiter& gate = *std::exchange(first_, first_->next);
      gate.holds = nullptr;
      if (engine != nullptr) engine->forget(gate);
    }
  }

  Awaiter* first_ = nullptr;  ///< a list through Awaiter::next
  T initial_;
};

}  // namespace sim
