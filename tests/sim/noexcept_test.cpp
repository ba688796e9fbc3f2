// Checks at compile time that an operation of sim is noexcept exactly where the standard says so. A
// call that is noexcept in std must be noexcept in sim, because code selects on it (as
// std::move_if_noexcept does) and because a noexcept function of the code under test may call it.

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <sim/sync.hpp>

namespace {

using std::chrono::seconds;

/// An object to call operations on, in operands that are not evaluated.
template <class T>
T& an() noexcept;

/// Expects that `expression`, in which `w` is a namespace, is noexcept in sim if it is in std.
#define SAME_AS_STD(expression)                     \
  {                                                 \
    namespace w = std;                              \
    constexpr bool in_std = noexcept(expression);   \
    {                                               \
      namespace w = sim;                            \
      constexpr bool in_sim = noexcept(expression); \
      static_assert(in_sim == in_std, #expression); \
    }                                               \
  }
/// Expects that `expression` is not noexcept in sim, although this standard library makes it
/// noexcept in std. The standard allows the exception, and sim uses it to end the task.
#define MAY_THROW(expression)                          \
  {                                                    \
    namespace w = sim;                                 \
    static_assert(!noexcept(expression), #expression); \
  }

void compare_mutexes() {
  SAME_AS_STD(an<w::mutex>().lock());
  SAME_AS_STD(an<w::mutex>().unlock());
  MAY_THROW(an<w::mutex>().try_lock());
  SAME_AS_STD(an<w::timed_mutex>().lock());
  SAME_AS_STD(an<w::timed_mutex>().unlock());
  SAME_AS_STD(an<w::timed_mutex>().try_lock_for(seconds{1}));
  MAY_THROW(an<w::timed_mutex>().try_lock());
  SAME_AS_STD(an<w::recursive_mutex>().lock());
  SAME_AS_STD(an<w::recursive_mutex>().unlock());
  MAY_THROW(an<w::recursive_mutex>().try_lock());
  SAME_AS_STD(an<w::recursive_timed_mutex>().try_lock_for(seconds{1}));
  SAME_AS_STD(an<w::shared_mutex>().lock());
  SAME_AS_STD(an<w::shared_mutex>().try_lock());
  SAME_AS_STD(an<w::shared_mutex>().unlock());
  SAME_AS_STD(an<w::shared_mutex>().lock_shared());
  SAME_AS_STD(an<w::shared_mutex>().try_lock_shared());
  SAME_AS_STD(an<w::shared_mutex>().unlock_shared());
  SAME_AS_STD(an<w::shared_timed_mutex>().try_lock_for(seconds{1}));
  SAME_AS_STD(an<w::shared_timed_mutex>().try_lock_shared_for(seconds{1}));
  SAME_AS_STD(w::call_once(an<w::once_flag>(), []() noexcept {}));
}

void compare_waits() {
  SAME_AS_STD(an<w::condition_variable>().notify_one());
  SAME_AS_STD(an<w::condition_variable>().notify_all());
  SAME_AS_STD(an<w::condition_variable>().wait(an<w::unique_lock<w::mutex>>()));
  SAME_AS_STD(an<w::condition_variable>().wait_for(an<w::unique_lock<w::mutex>>(), seconds{1}));
  SAME_AS_STD(an<w::condition_variable_any>().notify_one());
  SAME_AS_STD(an<w::condition_variable_any>().notify_all());
  SAME_AS_STD(an<w::condition_variable_any>().wait(an<w::unique_lock<w::mutex>>()));
  SAME_AS_STD(an<w::binary_semaphore>().try_acquire());
  SAME_AS_STD(an<w::binary_semaphore>().try_acquire_for(seconds{1}));
  SAME_AS_STD(w::binary_semaphore::max());
  MAY_THROW(an<w::binary_semaphore>().acquire());
  MAY_THROW(an<w::binary_semaphore>().release());
  SAME_AS_STD(an<w::latch>().count_down());
  SAME_AS_STD(an<w::latch>().try_wait());
  SAME_AS_STD(w::latch::max());
  MAY_THROW(an<w::latch>().wait());
  MAY_THROW(an<w::latch>().arrive_and_wait());
  SAME_AS_STD(an<w::barrier<>>().arrive());
  SAME_AS_STD(an<w::barrier<>>().wait(std::declval<w::barrier<>::arrival_token>()));
  SAME_AS_STD(an<w::barrier<>>().arrive_and_wait());
  SAME_AS_STD(an<w::barrier<>>().arrive_and_drop());
  SAME_AS_STD(w::barrier<>::max());
}

void compare_threads() {
  SAME_AS_STD(w::thread{});
  SAME_AS_STD(w::thread{std::declval<w::thread>()});
  SAME_AS_STD(an<w::thread>() = std::declval<w::thread>());
  SAME_AS_STD(an<w::thread>().joinable());
  SAME_AS_STD(an<w::thread>().get_id());
  SAME_AS_STD(an<w::thread>().join());
  SAME_AS_STD(an<w::thread>().detach());
  SAME_AS_STD(an<w::thread>().swap(an<w::thread>()));
  SAME_AS_STD(swap(an<w::thread>(), an<w::thread>()));
  SAME_AS_STD(w::thread::hardware_concurrency());
  SAME_AS_STD(w::thread::id{});
  SAME_AS_STD(an<w::thread::id>() == an<w::thread::id>());
  SAME_AS_STD(w::this_thread::get_id());
  SAME_AS_STD(w::this_thread::yield());
  SAME_AS_STD(w::this_thread::sleep_for(seconds{1}));
  SAME_AS_STD(w::jthread{});
  SAME_AS_STD(w::jthread{std::declval<w::jthread>()});
  SAME_AS_STD(an<w::jthread>() = std::declval<w::jthread>());
  SAME_AS_STD(an<w::jthread>().joinable());
  SAME_AS_STD(an<w::jthread>().get_id());
  SAME_AS_STD(an<w::jthread>().join());
  SAME_AS_STD(an<w::jthread>().detach());
  SAME_AS_STD(an<w::jthread>().swap(an<w::jthread>()));
  SAME_AS_STD(an<w::jthread>().get_stop_source());
  SAME_AS_STD(an<const w::jthread>().get_stop_token());
  SAME_AS_STD(an<w::jthread>().request_stop());
  SAME_AS_STD(w::jthread::hardware_concurrency());
}

void compare_stops() {
  SAME_AS_STD(w::stop_token{});
  SAME_AS_STD(w::stop_token{an<const w::stop_token>()});
  SAME_AS_STD(an<w::stop_token>() = an<const w::stop_token>());
  SAME_AS_STD(an<w::stop_token>().stop_requested());
  SAME_AS_STD(an<w::stop_token>().stop_possible());
  SAME_AS_STD(an<w::stop_token>().swap(an<w::stop_token>()));
  SAME_AS_STD(w::stop_source{});
  SAME_AS_STD(w::stop_source{w::nostopstate});
  SAME_AS_STD(w::stop_source{an<const w::stop_source>()});
  SAME_AS_STD(an<w::stop_source>().get_token());
  SAME_AS_STD(an<w::stop_source>().request_stop());
  SAME_AS_STD(an<w::stop_source>().stop_requested());
  SAME_AS_STD(an<w::stop_source>().stop_possible());
  SAME_AS_STD(an<w::stop_source>().swap(an<w::stop_source>()));
  using Call = void (*)();
  SAME_AS_STD(w::stop_callback<Call>(an<w::stop_token>(), an<Call>()));
  SAME_AS_STD(an<w::stop_callback<Call>>().~stop_callback());
}

void compare_futures() {
  SAME_AS_STD(w::future<int>{});
  SAME_AS_STD(w::future<int>{std::declval<w::future<int>>()});
  SAME_AS_STD(an<w::future<int>>() = std::declval<w::future<int>>());
  SAME_AS_STD(an<w::future<int>>().valid());
  SAME_AS_STD(an<w::future<int>>().share());
  SAME_AS_STD(an<w::future<int>>().get());
  SAME_AS_STD(an<w::future<int>>().wait());
  SAME_AS_STD(an<w::future<int>>().wait_for(seconds{1}));
  SAME_AS_STD(w::shared_future<int>{});
  SAME_AS_STD(w::shared_future<int>{an<const w::shared_future<int>>()});
  SAME_AS_STD(w::shared_future<int>{std::declval<w::future<int>>()});
  SAME_AS_STD(an<w::shared_future<int>>() = an<const w::shared_future<int>>());
  SAME_AS_STD(an<w::shared_future<int>>().valid());
  SAME_AS_STD(an<w::shared_future<int>>().get());
  SAME_AS_STD(w::promise<int>{std::declval<w::promise<int>>()});
  SAME_AS_STD(an<w::promise<int>>() = std::declval<w::promise<int>>());
  SAME_AS_STD(an<w::promise<int>>().set_value(1));
  SAME_AS_STD(an<w::promise<int>>().get_future());
  SAME_AS_STD(an<w::promise<int>>().swap(an<w::promise<int>>()));
}

void compare_atomics() {
  constexpr auto kOrder = std::memory_order_acquire;
  SAME_AS_STD(w::atomic_thread_fence(kOrder));
  SAME_AS_STD(w::atomic_signal_fence(kOrder));
  SAME_AS_STD(an<w::atomic<int>>().is_lock_free());
  SAME_AS_STD(an<w::atomic<int>>().load());
  SAME_AS_STD(an<w::atomic<int>>().load(kOrder));
  SAME_AS_STD(an<w::atomic<int>>().store(1));
  SAME_AS_STD(an<w::atomic<int>>().exchange(1));
  SAME_AS_STD(an<w::atomic<int>>().compare_exchange_weak(an<int>(), 1));
  SAME_AS_STD(an<w::atomic<int>>().compare_exchange_strong(an<int>(), 1));
  SAME_AS_STD(an<w::atomic<int>>().compare_exchange_weak(an<int>(), 1, kOrder, kOrder));
  SAME_AS_STD(an<w::atomic<int>>().compare_exchange_strong(an<int>(), 1, kOrder, kOrder));
  SAME_AS_STD(an<w::atomic<int>>().fetch_add(1));
  SAME_AS_STD(an<w::atomic<int>>().fetch_sub(1));
  SAME_AS_STD(an<w::atomic<int>>().fetch_and(1));
  SAME_AS_STD(an<w::atomic<int>>().fetch_or(1));
  SAME_AS_STD(an<w::atomic<int>>().fetch_xor(1));
  SAME_AS_STD(an<w::atomic<int>>().wait(1));
  SAME_AS_STD(an<w::atomic<int>>().notify_one());
  SAME_AS_STD(an<w::atomic<int>>().notify_all());
  SAME_AS_STD(static_cast<int>(an<w::atomic<int>>()));
  SAME_AS_STD(an<w::atomic<int>>() = 1);
  SAME_AS_STD(++an<w::atomic<int>>());
  SAME_AS_STD(an<w::atomic<int>>()++);
  SAME_AS_STD(--an<w::atomic<int>>());
  SAME_AS_STD(an<w::atomic<int>>()--);
  SAME_AS_STD(an<w::atomic<int>>() += 1);
  SAME_AS_STD(an<w::atomic<int>>() -= 1);
  SAME_AS_STD(an<w::atomic<int>>() &= 1);
  SAME_AS_STD(an<w::atomic<int>>() |= 1);
  SAME_AS_STD(an<w::atomic<int>>() ^= 1);
  SAME_AS_STD(an<w::atomic<int*>>().fetch_add(1));
  SAME_AS_STD(an<w::atomic<int*>>().fetch_sub(1));
  SAME_AS_STD(++an<w::atomic<int*>>());
  SAME_AS_STD(an<w::atomic<double>>().fetch_add(1.0));
  SAME_AS_STD(an<w::atomic<double>>() -= 1.0);
  SAME_AS_STD(an<w::atomic_flag>().test());
  SAME_AS_STD(an<w::atomic_flag>().test_and_set());
  SAME_AS_STD(an<w::atomic_flag>().clear());
  SAME_AS_STD(an<w::atomic_flag>().wait(true));
  SAME_AS_STD(an<w::atomic_flag>().notify_one());
  SAME_AS_STD(an<w::atomic_flag>().notify_all());
}

static_assert(noexcept(std::chrono::steady_clock::now()) && noexcept(sim::steady_clock::now()));

TEST(Noexcept, IsAsInTheStandard) {
  // The comparisons are made at compile time.
  compare_mutexes();
  compare_waits();
  compare_threads();
  compare_stops();
  compare_futures();
  compare_atomics();
}

}  // namespace
