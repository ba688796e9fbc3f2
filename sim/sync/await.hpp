#pragma once

#include <chrono>
#include <cstdint>

#include <sim/sync/atomic.hpp>
#include <sim/sync/clock.hpp>

namespace sim {

/// Waits until `object` has a value for which `wanted` is true, and returns it: what a loop that
/// loads it again and again waits for, in one step, which is not enabled before. So a search need
/// not go round the loop. `wanted` looks at nothing but its argument and what the calling task
/// alone can change. T has at most 8 bytes: what looks at two atomics waits for one that holds
/// both.
template <class T, class Predicate>
T await(const atomic<T>& object, const Predicate& wanted,
        std::memory_order order = std::memory_order_seq_cst) {
  return object.await(wanted, order);
}

/// The same up to a point in virtual time. Whether the value came.
template <class T, class Predicate>
bool await_until(const atomic<T>& object, const Predicate& wanted, Deadline deadline,
                 std::memory_order order = std::memory_order_seq_cst) {
  return object.await_until(wanted, deadline.ns, order);
}
template <class T, class Predicate, class Rep, class Period>
bool await_for(const atomic<T>& object, const Predicate& wanted,
               const std::chrono::duration<Rep, Period>& duration,
               std::memory_order order = std::memory_order_seq_cst) {
  return await_until(object, wanted, steady_clock::after(duration), order);
}

}  // namespace sim
