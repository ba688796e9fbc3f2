#include <sim/examples/plain_data.hpp>

#include <functional>
#include <mutex>
#include <string>

#include <sim/engine/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>
#include <sim/sync/await.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/var.hpp>

namespace sim {
namespace {

void in_two_tasks(const std::function<void()>& run) {
  thread one{run};
  thread two{run};
  one.join();
  two.join();
}

/// Exchange rates that are loaded when they are first asked for.
///
/// The bug: `loaded` is read without the mutex by a relaxed load. A task that finds it set has not
/// synchronized with the task that set it, so it may see the flag but not yet the rate. On most
/// machines nothing goes wrong for years.
///
/// The fix: the store has release order and the load has acquire order, so that the rate is written
/// before it is read.
class Rates {
 public:
  explicit Rates(bool ordered)
      : store_(ordered ? memory_order_release : memory_order_relaxed),
        load_(ordered ? memory_order_acquire : memory_order_relaxed) {}

  int euro() {
    if (!loaded_.load(load_)) {
      const std::lock_guard lock{mutex_};
      if (!loaded_.load(memory_order_relaxed)) {
        euro_ = 107;
        loaded_.store(true, store_);
      }
    }
    return euro_.read();
  }

 private:
  memory_order store_;
  memory_order load_;
  mutex mutex_{"rates.mutex"};
  atomic<bool> loaded_{false, "rates.loaded"};
  var<int> euro_{0, "rates.euro"};
};

void ask_for_rates(bool ordered) {
  Rates rates{ordered};
  in_two_tasks([&] {
    describe_task([] { return std::string{"asks for a rate"}; });
    SIM_EXPECT(rates.euro() == 107);
  });
}

/// A spin lock made of a flag with relaxed operations, and fences.
///
/// The bug: there is an acquire fence after the lock is taken, but no release fence before it is
/// released. So writes under the lock are not ordered before the accesses of the next task.
///
/// The fix: a release fence before the flag is cleared.
class SpinLock {
 public:
  explicit SpinLock(bool releases) : releases_(releases) {}
  void lock() {
    while (flag_.test_and_set(memory_order_relaxed)) {
      await(
          flag_.value(), [](bool held) { return !held; }, memory_order_relaxed);
    }
    sim::atomic_thread_fence(memory_order_acquire);
  }
  void unlock() {
    if (releases_) sim::atomic_thread_fence(memory_order_release);
    flag_.clear(memory_order_relaxed);
  }

 private:
  bool releases_;
  atomic_flag flag_{"spin_lock"};
};

void count_under_spin_lock(bool releases) {
  SpinLock lock{releases};
  var<int> visitors{0, "visitors"};
  in_two_tasks([&] {
    const std::lock_guard held{lock};
    ++visitors.write();
  });
  SIM_EXPECT(visitors.peek() == 2);
}

}  // namespace

void add_plain_data(Registry& registry) {
  add_with_fix(registry, "example/double-checked-locking",
               "a flag that is read without the lock does not order the data it guards",
               "double-checked locking with a release store and an acquire load", ask_for_rates);
  add_with_fix(registry, "example/spin-lock",
               "a spin lock that does not release what was written under it",
               "a spin lock with a release fence before it is cleared", count_under_spin_lock);
}

}  // namespace sim
