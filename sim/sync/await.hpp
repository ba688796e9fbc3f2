#pragma once

// sim::await() replaces a loop that loads an atomic until it has a wanted value: it is one step,
// which is enabled while the value is wanted. A search would have to run such a loop any number of
// times; this it can search to the end. The standard has nothing like it.

#include <chrono>
#include <cstdint>

#include <sim/sync/atomic.hpp>
#include <sim/sync/clock.hpp>

namespace sim {

/// Waits until `object` has a value for which `wanted` is true, and returns that value. `wanted`
/// must depend on nothing but its argument and data that only the calling task changes: a condition
/// on two atomics needs one atomic that holds both. T has at most 8 bytes.
template <class T, class Predicate>
T await(const atomic<T>& object, const Predicate& wanted,
        std::memory_order order = std::memory_order_seq_cst) {
  return object.await(wanted, order);
}

/// await() up to a point in virtual time. Returns false if the value was not a wanted one when the
/// wait ended.
template <class T, class Predicate>
bool await_until(const atomic<T>& object, const Predicate& wanted, Deadline deadline,
                 std::memory_order order = std::memory_order_seq_cst) {
  return object.await_until(wanted, deadline.ns, order);
}
/// await_until() for a duration from now on. The clock is read in a step of its own.
template <class T, class Predicate, class Rep, class Period>
bool await_for(const atomic<T>& object, const Predicate& wanted,
               const std::chrono::duration<Rep, Period>& duration,
               std::memory_order order = std::memory_order_seq_cst) {
  return await_until(object, wanted, steady_clock::after(duration), order);
}

}  // namespace sim
