#include <sim/examples/without_cause.hpp>

#include <mutex>
#include <string>

#include <sim/engine/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// A cook, and a waiter who takes what is ready.
///
/// The bug: the waiter checks once whether the dish is ready, and then waits. The wait may wake
/// spuriously, without a notification, and then there is no dish.
///
/// The fix: the waiter checks again after each wait, as a wait with a predicate does.
void serve(bool looks_again) {
  mutex counter{"counter"};
  condition_variable ready{"ready"};
  bool dish = false;
  thread waiter{[&] {
    describe_task([] { return std::string{"waiter"}; });
    std::unique_lock lock{counter};
    if (looks_again) {
      ready.wait(lock, [&] { return dish; });
    } else if (!dish) {
      ready.wait(lock);
    }
    SIM_EXPECT(dish);
  }};
  {
    const std::lock_guard lock{counter};
    dish = true;
    ready.notify_one();
  }
  waiter.join();
}

/// Two workers and one job, which the first worker to claim it does.
///
/// The bug: a worker that fails to claim the job assumes that the other one has claimed it. But a
/// compare_exchange_weak may fail spuriously, and then nobody does the job.
///
/// The fix: a compare_exchange_strong, which fails only if the value is not the expected one.
void claim(bool strong) {
  constexpr int kNobody = 0;
  atomic<int> owner{kNobody, "owner"};
  int done = 0;
  const auto work = [&](int worker) {
    int found = kNobody;
    const bool mine = strong ? owner.compare_exchange_strong(found, worker)
                             : owner.compare_exchange_weak(found, worker);
    if (mine) ++done;
  };
  thread one{work, 1};
  thread two{work, 2};
  one.join();
  two.join();
  SIM_EXPECT(done == 1);
}

}  // namespace

void add_without_cause(Registry& registry) {
  add_with_fix(registry, "example/woken-without-cause",
               "a wait that wakes spuriously, after an `if` instead of in a `while`",
               "a wait with a predicate that wakes spuriously", serve, Bounds{.spurious = 1});
  add_with_fix(registry, "example/weak-claim",
               "a compare_exchange_weak that fails although nobody was faster",
               "a claim with compare_exchange_strong", claim, Bounds{.spurious = 1});
}

}  // namespace sim
