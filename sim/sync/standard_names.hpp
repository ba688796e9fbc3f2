#pragma once

// The namespace sim_std: everything that is in namespace std, with the synchronization of sim in
// the place of the standard's. sim/std.hpp makes a file use it. A name of the standard that
// synchronizes or tells the time is either replaced here, or is refused: using it does not compile.
// tests/sim/standard_names_test.cpp has the list of all such names and checks each of them.

#include <chrono>
#include <condition_variable>
#include <memory_resource>
#include <mutex>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>
#include <sim/sync/atomic_functions.hpp>
#include <sim/sync/atomic_ref.hpp>
#include <sim/sync/atomic_shared_ptr.hpp>
#include <sim/sync/barrier.hpp>
#include <sim/sync/call_once.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/condition_variable_any.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/future.hpp>
#include <sim/sync/jthread.hpp>
#include <sim/sync/latch.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/packaged_task.hpp>
#include <sim/sync/recursive_mutex.hpp>
#include <sim/sync/shared_mutex.hpp>
#include <sim/sync/stop_token.hpp>
#include <sim/sync/thread.hpp>

namespace sim_std {

// A name that is declared here is found before the name of namespace std.
using namespace ::std;  // NOLINT(google-build-using-namespace)

// <atomic>
using sim::atomic;
using sim::atomic_bool;
using sim::atomic_char;
using sim::atomic_char16_t;
using sim::atomic_char32_t;
using sim::atomic_char8_t;
using sim::atomic_flag;
using sim::atomic_int;
using sim::atomic_int16_t;
using sim::atomic_int32_t;
using sim::atomic_int64_t;
using sim::atomic_int8_t;
using sim::atomic_int_fast16_t;
using sim::atomic_int_fast32_t;
using sim::atomic_int_fast64_t;
using sim::atomic_int_fast8_t;
using sim::atomic_int_least16_t;
using sim::atomic_int_least32_t;
using sim::atomic_int_least64_t;
using sim::atomic_int_least8_t;
using sim::atomic_intmax_t;
using sim::atomic_intptr_t;
using sim::atomic_llong;
using sim::atomic_long;
using sim::atomic_ptrdiff_t;
using sim::atomic_ref;
using sim::atomic_schar;
using sim::atomic_short;
using sim::atomic_signed_lock_free;
using sim::atomic_size_t;
using sim::atomic_uchar;
using sim::atomic_uint;
using sim::atomic_uint16_t;
using sim::atomic_uint32_t;
using sim::atomic_uint64_t;
using sim::atomic_uint8_t;
using sim::atomic_uint_fast16_t;
using sim::atomic_uint_fast32_t;
using sim::atomic_uint_fast64_t;
using sim::atomic_uint_fast8_t;
using sim::atomic_uint_least16_t;
using sim::atomic_uint_least32_t;
using sim::atomic_uint_least64_t;
using sim::atomic_uint_least8_t;
using sim::atomic_uintmax_t;
using sim::atomic_uintptr_t;
using sim::atomic_ullong;
using sim::atomic_ulong;
using sim::atomic_unsigned_lock_free;
using sim::atomic_ushort;
using sim::atomic_wchar_t;

using sim::atomic_compare_exchange_strong;
using sim::atomic_compare_exchange_strong_explicit;
using sim::atomic_compare_exchange_weak;
using sim::atomic_compare_exchange_weak_explicit;
using sim::atomic_exchange;
using sim::atomic_exchange_explicit;
using sim::atomic_fetch_add;
using sim::atomic_fetch_add_explicit;
using sim::atomic_fetch_and;
using sim::atomic_fetch_and_explicit;
using sim::atomic_fetch_or;
using sim::atomic_fetch_or_explicit;
using sim::atomic_fetch_sub;
using sim::atomic_fetch_sub_explicit;
using sim::atomic_fetch_xor;
using sim::atomic_fetch_xor_explicit;
using sim::atomic_flag_clear;
using sim::atomic_flag_clear_explicit;
using sim::atomic_flag_notify_all;
using sim::atomic_flag_notify_one;
using sim::atomic_flag_test;
using sim::atomic_flag_test_and_set;
using sim::atomic_flag_test_and_set_explicit;
using sim::atomic_flag_test_explicit;
using sim::atomic_flag_wait;
using sim::atomic_flag_wait_explicit;
using sim::atomic_is_lock_free;
using sim::atomic_load;
using sim::atomic_load_explicit;
using sim::atomic_notify_all;
using sim::atomic_notify_one;
using sim::atomic_signal_fence;
using sim::atomic_store;
using sim::atomic_store_explicit;
using sim::atomic_thread_fence;
using sim::atomic_wait;
using sim::atomic_wait_explicit;

// <mutex>, <shared_mutex>. The locks, such as lock_guard, are those of the standard.
using sim::call_once;
using sim::mutex;
using sim::once_flag;
using sim::recursive_mutex;
using sim::recursive_timed_mutex;
using sim::shared_mutex;
using sim::shared_timed_mutex;
using sim::timed_mutex;

// <barrier>, <condition_variable>, <latch>, <semaphore>
using sim::barrier;
using sim::binary_semaphore;
using sim::condition_variable;
using sim::condition_variable_any;
using sim::counting_semaphore;
using sim::latch;

// <future>
using sim::async;
using sim::future;
using sim::packaged_task;
using sim::promise;
using sim::shared_future;

// <thread>, <stop_token>
using sim::jthread;
using sim::stop_callback;
using sim::stop_source;
using sim::stop_token;
using sim::thread;
namespace this_thread = sim::this_thread;

// <chrono>
namespace chrono {
using namespace ::std::chrono;  // NOLINT(google-build-using-namespace)
using sim::high_resolution_clock;
using sim::steady_clock;
using sim::system_clock;

// Refused: sim has no such clock.
struct file_clock;
struct gps_clock;
struct tai_clock;
struct utc_clock;
}  // namespace chrono

// Refused: what has no counterpart in sim.

/// The function would wait in the system, and the engine would not know of it.
void notify_all_at_thread_exit(auto&&...) = delete;
/// The deprecated functions on shared_ptr: use an atomic<shared_ptr<T>>.
template <class T>
void atomic_load(const ::std::shared_ptr<T>*) = delete;
template <class T>
void atomic_store(::std::shared_ptr<T>*, ::std::shared_ptr<T>) = delete;
template <class T>
void atomic_exchange(::std::shared_ptr<T>*, ::std::shared_ptr<T>) = delete;
/// Parallel algorithms run on threads that the engine does not control.
namespace execution {}
namespace pmr {
using namespace ::std::pmr;  // NOLINT(google-build-using-namespace)
/// It locks a mutex of the system.
class synchronized_pool_resource;
}  // namespace pmr

}  // namespace sim_std
