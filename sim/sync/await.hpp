#pragma once

// sim::await() replaces a loop that loads an atomic until it has a wanted value. It is one step,
// which is enabled while the atomic has a wanted value. A loop can run any number of times, so a
// search of it never ends; a search of await() does. The standard has no such function.

#include <chrono>
#include <cstdint>

#include <sim/sync/atomic.hpp>
#include <sim/sync/clock.hpp>

namespace sim {

/// Waits until `object` has a value for which `wanted` is true, and returns that value. `wanted`
/// must depend only on its argument and on data that only the calling task changes. To wait for a
/// condition on two values, store both in one atomic. Requires sizeof(T) <= 8.
template <class T, class Predicate>
T await(const atomic<T>& object, const Predicate& wanted,
        std::memory_order order = std::memory_order_seq_cst) {
  return object.await(wanted, order);
}

/// Waits as await() does, until `deadline` in virtual time at the latest. Returns whether the value
/// was a wanted one when the wait ended.
template <class T, class Predicate>
bool await_until(const atomic<T>& object, const Predicate& wanted, Deadline deadline,
                 std::memory_order order = std::memory_order_seq_cst) {
  return object.await_until(wanted, deadline.ns, order);
}
/// Waits as await_until() does, for `duration` at most. The clock is read in an additional step.
template <class T, class Predicate, class Rep, class Period>
bool await_for(const atomic<T>& object, const Predicate& wanted,
               const std::chrono::duration<Rep, Period>& duration,
               std::memory_order order = std::memory_order_seq_cst) {
  return await_until(object, wanted, steady_clock::after(duration), order);
}

}  // namespace sim
