// The list of the names of the standard that synchronize or read a clock. sim_std has each of them
// from sim, or refuses it: no name of the list means std's.

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include <sim/sync/standard_names.hpp>

namespace {

/// Expects that sim_std has a type of its own.
#define REPLACES(name)                                                                       \
  static_assert(                                                                             \
      std::is_same_v<sim_std::name, sim::name> && !std::is_same_v<sim_std::name, std::name>, \
      #name)

// <atomic>
REPLACES(atomic<int>);
REPLACES(atomic<int*>);
REPLACES(atomic<bool>);
REPLACES(atomic<double>);
REPLACES(atomic<std::shared_ptr<int>>);
REPLACES(atomic<std::weak_ptr<int>>);
REPLACES(atomic_ref<int>);
REPLACES(atomic_flag);
REPLACES(atomic_bool);
REPLACES(atomic_char);
REPLACES(atomic_schar);
REPLACES(atomic_uchar);
REPLACES(atomic_short);
REPLACES(atomic_ushort);
REPLACES(atomic_int);
REPLACES(atomic_uint);
REPLACES(atomic_long);
REPLACES(atomic_ulong);
REPLACES(atomic_llong);
REPLACES(atomic_ullong);
REPLACES(atomic_char8_t);
REPLACES(atomic_char16_t);
REPLACES(atomic_char32_t);
REPLACES(atomic_wchar_t);
REPLACES(atomic_int8_t);
REPLACES(atomic_uint8_t);
REPLACES(atomic_int16_t);
REPLACES(atomic_uint16_t);
REPLACES(atomic_int32_t);
REPLACES(atomic_uint32_t);
REPLACES(atomic_int64_t);
REPLACES(atomic_uint64_t);
REPLACES(atomic_int_least8_t);
REPLACES(atomic_uint_least8_t);
REPLACES(atomic_int_least16_t);
REPLACES(atomic_uint_least16_t);
REPLACES(atomic_int_least32_t);
REPLACES(atomic_uint_least32_t);
REPLACES(atomic_int_least64_t);
REPLACES(atomic_uint_least64_t);
REPLACES(atomic_int_fast8_t);
REPLACES(atomic_uint_fast8_t);
REPLACES(atomic_int_fast16_t);
REPLACES(atomic_uint_fast16_t);
REPLACES(atomic_int_fast32_t);
REPLACES(atomic_uint_fast32_t);
REPLACES(atomic_int_fast64_t);
REPLACES(atomic_uint_fast64_t);
REPLACES(atomic_intptr_t);
REPLACES(atomic_uintptr_t);
REPLACES(atomic_size_t);
REPLACES(atomic_ptrdiff_t);
REPLACES(atomic_intmax_t);
REPLACES(atomic_uintmax_t);
// <mutex>, <shared_mutex>
REPLACES(mutex);
REPLACES(timed_mutex);
REPLACES(recursive_mutex);
REPLACES(recursive_timed_mutex);
REPLACES(shared_mutex);
REPLACES(shared_timed_mutex);
REPLACES(once_flag);
// <condition_variable>, <semaphore>, <latch>, <barrier>
REPLACES(condition_variable);
REPLACES(condition_variable_any);
REPLACES(counting_semaphore<7>);
REPLACES(binary_semaphore);
REPLACES(latch);
REPLACES(barrier<>);
// <future>
REPLACES(promise<int>);
REPLACES(future<int>);
REPLACES(shared_future<int>);
REPLACES(packaged_task<int()>);
// <thread>, <stop_token>
REPLACES(thread);
REPLACES(jthread);
REPLACES(stop_token);
REPLACES(stop_source);
REPLACES(stop_callback<void (*)()>);

// libstdc++ 12 lacks these two in std.
static_assert(std::is_same_v<sim_std::atomic_signed_lock_free, sim::atomic_signed_lock_free>);
static_assert(std::is_same_v<sim_std::atomic_unsigned_lock_free, sim::atomic_unsigned_lock_free>);

// <chrono>
static_assert(std::is_same_v<sim_std::chrono::steady_clock, sim::steady_clock>);
static_assert(std::is_same_v<sim_std::chrono::system_clock, sim::system_clock>);
static_assert(std::is_same_v<sim_std::chrono::high_resolution_clock, sim::high_resolution_clock>);
static_assert(std::is_same_v<sim_std::chrono::milliseconds, std::chrono::milliseconds>);

/// Whether a type is declared only.
template <class T>
concept IsRefused = !requires {
  sizeof(T);
};
static_assert(IsRefused<sim_std::chrono::utc_clock> && IsRefused<sim_std::chrono::tai_clock> &&
              IsRefused<sim_std::chrono::gps_clock> && IsRefused<sim_std::chrono::file_clock>);
static_assert(IsRefused<sim_std::pmr::synchronized_pool_resource>);

template <class T>
concept TakesAtomics = requires(T& object, typename T::value_type value, std::memory_order order) {
  sim_std::atomic_is_lock_free(&object);
  sim_std::atomic_load(&object);
  sim_std::atomic_load_explicit(&object, order);
  sim_std::atomic_store(&object, value);
  sim_std::atomic_store_explicit(&object, value, order);
  sim_std::atomic_exchange(&object, value);
  sim_std::atomic_exchange_explicit(&object, value, order);
  sim_std::atomic_compare_exchange_weak(&object, &value, value);
  sim_std::atomic_compare_exchange_weak_explicit(&object, &value, value, order, order);
  sim_std::atomic_compare_exchange_strong(&object, &value, value);
  sim_std::atomic_compare_exchange_strong_explicit(&object, &value, value, order, order);
  sim_std::atomic_wait(&object, value);
  sim_std::atomic_wait_explicit(&object, value, order);
  sim_std::atomic_notify_one(&object);
  sim_std::atomic_notify_all(&object);
};
template <class T>
concept Counts = requires(T& object, typename T::value_type value, std::memory_order order) {
  sim_std::atomic_fetch_add(&object, value);
  sim_std::atomic_fetch_add_explicit(&object, value, order);
  sim_std::atomic_fetch_sub(&object, value);
  sim_std::atomic_fetch_sub_explicit(&object, value, order);
  sim_std::atomic_fetch_and(&object, value);
  sim_std::atomic_fetch_and_explicit(&object, value, order);
  sim_std::atomic_fetch_or(&object, value);
  sim_std::atomic_fetch_or_explicit(&object, value, order);
  sim_std::atomic_fetch_xor(&object, value);
  sim_std::atomic_fetch_xor_explicit(&object, value, order);
};
template <class T>
concept IsFlag = requires(T& object, std::memory_order order) {
  sim_std::atomic_flag_test(&object);
  sim_std::atomic_flag_test_explicit(&object, order);
  sim_std::atomic_flag_test_and_set(&object);
  sim_std::atomic_flag_test_and_set_explicit(&object, order);
  sim_std::atomic_flag_clear(&object);
  sim_std::atomic_flag_clear_explicit(&object, order);
  sim_std::atomic_flag_wait(&object, true);
  sim_std::atomic_flag_wait_explicit(&object, true, order);
  sim_std::atomic_flag_notify_one(&object);
  sim_std::atomic_flag_notify_all(&object);
};
static_assert(TakesAtomics<sim::atomic<int>> && Counts<sim::atomic<int>>);
static_assert(TakesAtomics<sim::atomic<std::shared_ptr<int>>> && IsFlag<sim::atomic_flag>);
// The functions refuse the standard's atomics and the deprecated use of shared_ptr.
static_assert(!TakesAtomics<std::atomic<int>> && !IsFlag<std::atomic_flag>);
template <class T>
concept IsLoaded = requires(T& object) {
  sim_std::atomic_load(&object);
};
static_assert(IsLoaded<sim::atomic<int>> && !IsLoaded<std::atomic<int>> &&
              !IsLoaded<std::shared_ptr<int>>);
template <class T>
concept IsNotifiedAtExit = requires(T& condition, std::unique_lock<sim::mutex> lock) {
  sim_std::notify_all_at_thread_exit(condition, std::move(lock));
};
static_assert(!IsNotifiedAtExit<sim::condition_variable>);
template <class T>
concept CallsOnce = requires(T& flag) {
  sim_std::call_once(flag, [] {});
};
static_assert(CallsOnce<sim::once_flag> && !CallsOnce<std::once_flag>);

TEST(StandardNames, AreReplacedOrRefused) {
  // The checks are made at compile time.
  static_assert(std::is_same_v<decltype(sim_std::this_thread::get_id()), sim::thread::id>);
  static_assert(std::is_same_v<decltype(sim_std::async([] { return 1; })), sim::future<int>>);
}

}  // namespace
