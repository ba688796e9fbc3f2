#pragma once

// The free functions on atomics, which model std::atomic_load and the others: each calls the member
// function that it is named after. They take every sim::atomic and, where std has such a function,
// sim::atomic_flag.

#include <atomic>
#include <type_traits>

#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>

namespace sim {

// The other argument of a function on atomic<T>*: it takes no part in the deduction of T.
template <class T>
using AtomicValue = typename atomic<T>::value_type;
template <class T>
using AtomicDifference = typename atomic<T>::difference_type;

template <class T>
bool atomic_is_lock_free(const atomic<T>* object) noexcept {
  return object->is_lock_free();
}
template <class T>
T atomic_load(const atomic<T>* object) noexcept {
  return object->load();
}
template <class T>
T atomic_load_explicit(const atomic<T>* object, std::memory_order order) noexcept {
  return object->load(order);
}
template <class T>
void atomic_store(atomic<T>* object, AtomicValue<T> desired) noexcept {
  object->store(desired);
}
template <class T>
void atomic_store_explicit(atomic<T>* object, AtomicValue<T> desired,
                           std::memory_order order) noexcept {
  object->store(desired, order);
}
template <class T>
T atomic_exchange(atomic<T>* object, AtomicValue<T> desired) noexcept {
  return object->exchange(desired);
}
template <class T>
T atomic_exchange_explicit(atomic<T>* object, AtomicValue<T> desired,
                           std::memory_order order) noexcept {
  return object->exchange(desired, order);
}
template <class T>
bool atomic_compare_exchange_weak(atomic<T>* object, AtomicValue<T>* expected,
                                  AtomicValue<T> desired) noexcept {
  return object->compare_exchange_weak(*expected, desired);
}
template <class T>
bool atomic_compare_exchange_weak_explicit(atomic<T>* object, AtomicValue<T>* expected,
                                           AtomicValue<T> desired, std::memory_order success,
                                           std::memory_order failure) noexcept {
  return object->compare_exchange_weak(*expected, desired, success, failure);
}
template <class T>
bool atomic_compare_exchange_strong(atomic<T>* object, AtomicValue<T>* expected,
                                    AtomicValue<T> desired) noexcept {
  return object->compare_exchange_strong(*expected, desired);
}
template <class T>
bool atomic_compare_exchange_strong_explicit(atomic<T>* object, AtomicValue<T>* expected,
                                             AtomicValue<T> desired, std::memory_order success,
                                             std::memory_order failure) noexcept {
  return object->compare_exchange_strong(*expected, desired, success, failure);
}

template <class T>
T atomic_fetch_add(atomic<T>* object, AtomicDifference<T> operand) noexcept {
  return object->fetch_add(operand);
}
template <class T>
T atomic_fetch_add_explicit(atomic<T>* object, AtomicDifference<T> operand,
                            std::memory_order order) noexcept {
  return object->fetch_add(operand, order);
}
template <class T>
T atomic_fetch_sub(atomic<T>* object, AtomicDifference<T> operand) noexcept {
  return object->fetch_sub(operand);
}
template <class T>
T atomic_fetch_sub_explicit(atomic<T>* object, AtomicDifference<T> operand,
                            std::memory_order order) noexcept {
  return object->fetch_sub(operand, order);
}
template <class T>
T atomic_fetch_and(atomic<T>* object, AtomicValue<T> operand) noexcept {
  return object->fetch_and(operand);
}
template <class T>
T atomic_fetch_and_explicit(atomic<T>* object, AtomicValue<T> operand,
                            std::memory_order order) noexcept {
  return object->fetch_and(operand, order);
}
template <class T>
T atomic_fetch_or(atomic<T>* object, AtomicValue<T> operand) noexcept {
  return object->fetch_or(operand);
}
template <class T>
T atomic_fetch_or_explicit(atomic<T>* object, AtomicValue<T> operand,
                           std::memory_order order) noexcept {
  return object->fetch_or(operand, order);
}
template <class T>
T atomic_fetch_xor(atomic<T>* object, AtomicValue<T> operand) noexcept {
  return object->fetch_xor(operand);
}
template <class T>
T atomic_fetch_xor_explicit(atomic<T>* object, AtomicValue<T> operand,
                            std::memory_order order) noexcept {
  return object->fetch_xor(operand, order);
}

template <class T>
void atomic_wait(const atomic<T>* object, AtomicValue<T> old) noexcept {
  object->wait(old);
}
template <class T>
void atomic_wait_explicit(const atomic<T>* object, AtomicValue<T> old,
                          std::memory_order order) noexcept {
  object->wait(old, order);
}
template <class T>
void atomic_notify_one(atomic<T>* object) noexcept {
  object->notify_one();
}
template <class T>
void atomic_notify_all(atomic<T>* object) noexcept {
  object->notify_all();
}

inline bool atomic_flag_test(const atomic_flag* object) noexcept {
  return object->test();
}
inline bool atomic_flag_test_explicit(const atomic_flag* object, std::memory_order order) noexcept {
  return object->test(order);
}
inline bool atomic_flag_test_and_set(atomic_flag* object) noexcept {
  return object->test_and_set();
}
inline bool atomic_flag_test_and_set_explicit(atomic_flag* object,
                                              std::memory_order order) noexcept {
  return object->test_and_set(order);
}
inline void atomic_flag_clear(atomic_flag* object) noexcept {
  object->clear();
}
inline void atomic_flag_clear_explicit(atomic_flag* object, std::memory_order order) noexcept {
  object->clear(order);
}
inline void atomic_flag_wait(const atomic_flag* object, bool old) noexcept {
  object->wait(old);
}
inline void atomic_flag_wait_explicit(const atomic_flag* object, bool old,
                                      std::memory_order order) noexcept {
  object->wait(old, order);
}
inline void atomic_flag_notify_one(atomic_flag* object) noexcept {
  object->notify_one();
}
inline void atomic_flag_notify_all(atomic_flag* object) noexcept {
  object->notify_all();
}

}  // namespace sim
