// Tests of draining tasks that are in operations which are noexcept: no exception leaves such an
// operation. A task that cannot go on there is suspended, and abandoned if nothing lets it go on.

#include <memory>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/future.hpp>
#include <sim/sync/jthread.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/drained.hpp>
#include <tests/sim/run.hpp>

namespace {

class DrainNoexcept : public sim::test::DrainTest {};

using sim::test::alive;
using sim::test::CountedObject;
using sim::test::Execution;
using sim::test::expect_stopped;
using sim::test::LeakOnPurpose;
using sim::test::run;
using sim::test::run_all;
using sim::test::stop_behind;
using sim::test::Tally;

TEST_F(DrainNoexcept, ALoopOfLoadsIsAbandoned) {
  const LeakOnPurpose leak;
  const auto loads = [](sim::atomic<int>& x, sim::mutex&) {
    for (;;) x.load();
  };
  expect_stopped(stop_behind(loads, 0), 0, 1);
  expect_stopped(stop_behind(loads, 5), 5, 1);
}

TEST_F(DrainNoexcept, ALoopInADestructorIsAbandoned) {
  const LeakOnPurpose leak;
  const auto stores = [](sim::atomic<int>& x, sim::mutex&) {
    struct Stores {
      sim::atomic<int>& x;
      ~Stores() {
        for (;;) x.store(1);
      }
    };
    const Stores in_destructor{x};
  };
  expect_stopped(stop_behind(stores, 1), 1, 1);
  const auto locks = [](sim::atomic<int>&, sim::mutex& m) {
    struct Locks {
      sim::mutex& m;
      ~Locks() {
        for (;;) const std::lock_guard guard{m};
      }
    };
    const Locks in_destructor{m};
  };
  expect_stopped(stop_behind(locks, 1), 1, 1);
}

TEST_F(DrainNoexcept, AWaitForAValueThatNeverComesIsAbandoned) {
  const LeakOnPurpose leak;
  const auto waits = [](sim::atomic<int>& x, sim::mutex&) {
    x.load();
    x.wait(0);
    ADD_FAILURE() << "the code after a wait relies on what it waited for";
  };
  expect_stopped(stop_behind(waits, 0), 0, 1);
  expect_stopped(stop_behind(waits, 1), 1, 1);
}

TEST_F(DrainNoexcept, ACallbackThatIsStoppedEndsTheTaskThatRequestsTheStop) {
  const LeakOnPurpose leak;
  const auto requests = [](sim::atomic<int>& x, sim::mutex& m) {
    sim::stop_source source;
    const sim::stop_callback calls{source.get_token(), [&] {
                                     for (;;) const std::lock_guard guard{m};
                                   }};
    x.load();
    source.request_stop();
    ADD_FAILURE() << "the callback does not return";
  };
  expect_stopped(stop_behind(requests, 1), 1, 1);
}

/// Runs an execution in which a task calls spin(x) until another task, which is drained after it,
/// stores 1 in x. The execution fails before that.
template <class Spin>
Execution spin_until_stored(const Spin& spin) {
  return run(
      [&] {
        sim::atomic<int> x{0, "x"};
        sim::thread stores{[&] {
          x.load();
          x.load();
          x.store(1);
          x.notify_all();
        }};
        sim::thread spins{[&] {
          const CountedObject counted;
          spin(x);
          EXPECT_EQ(x.peek(), 1);
        }};
        x.load();
        SIM_ASSERT(false);
        stores.join();
        spins.join();
      },
      {1, 2, 0});
}

TEST_F(DrainNoexcept, ASpinningTaskEndsIfATaskThatIsDrainedLaterLetsIt) {
  expect_stopped(spin_until_stored([](sim::atomic<int>& x) {
                   while (x.load() == 0) {
                   }
                 }),
                 2, 0);
  expect_stopped(spin_until_stored([](sim::atomic<int>& x) {
                   int expected = 1;
                   while (!x.compare_exchange_weak(expected, 1)) expected = 1;
                 }),
                 2, 0);
  expect_stopped(spin_until_stored([](sim::atomic<int>& x) {
                   x.load();
                   x.wait(0);
                 }),
                 2, 0);
}

TEST_F(DrainNoexcept, ASpinningTaskThatIsJoinedEndsBeforeItsJoiner) {
  // Task 1 fails. Main, which waits for task 2, lets it go on.
  const auto execution = run(
      [] {
        auto x = std::make_unique<sim::atomic<int>>(0);
        sim::thread fails{[at = x.get()] {
          const CountedObject counted;
          at->load();
          SIM_ASSERT(false);
        }};
        sim::thread spins{[at = x.get()] {
          const CountedObject counted;
          while (at->load() == 0) {
          }
        }};
        fails.join();
        x->store(1);
        spins.join();
      },
      {1});
  expect_stopped(execution, 0, 0);
}

TEST_F(DrainNoexcept, ASpinningTaskIsNotResumedAfterTheTaskThatMadeIt) {
  // When main has been drained, the atomic is gone.
  const LeakOnPurpose leak;
  const auto execution = run(
      [] {
        auto x = std::make_unique<sim::atomic<int>>(0);
        sim::thread spins{[at = x.get()] {
          const CountedObject counted;
          while (at->load() == 0) {
          }
        }};
        spins.detach();
        x->load();
        SIM_ASSERT(false);
      },
      {1, 0});
  expect_stopped(execution, 1, 1);
}

TEST_F(DrainNoexcept, ATaskThatIsJoinedWhileItSpinsIsAbandonedAtOnce) {
  // The task that joins the spinning one is newer, so it is drained first.
  const LeakOnPurpose leak;
  const auto execution = run(
      [] {
        sim::atomic<int> x{0};
        sim::thread spins{[&] {
          const CountedObject counted;
          while (x.load() == 0) {
          }
        }};
        sim::thread joins{[&] {
          const CountedObject counted;
          spins.join();
        }};
        x.load();
        SIM_ASSERT(false);
        joins.join();
      },
      {1, 0});
  expect_stopped(execution, 1, 1);
}

TEST_F(DrainNoexcept, SpinLocksOfFailedExecutionsAreReleased) {
  // A task fails while it holds the lock, on which others spin.
  std::uint64_t abandoned = 0;
  const auto body = [] {
    sim::atomic_flag locked;
    int entered = 0;
    const auto task = [&] {
      const CountedObject counted;
      while (locked.test_and_set()) locked.wait(true);
      SIM_EXPECT(++entered < 3);
      locked.clear();
      locked.notify_one();
    };
    sim::thread a{task};
    sim::thread b{task};
    sim::thread c{task};
    a.join();
    b.join();
    c.join();
  };
  sim::EngineOptions options;
  options.steps_max = 20;
  const Tally tally = run_all(body, options, [&](const sim::Engine& engine) {
    abandoned += engine.abandoned();
    EXPECT_EQ(alive, 0);
  });
  EXPECT_EQ(tally.failures, tally.executions);
  EXPECT_EQ(abandoned, 0U);
}

TEST_F(DrainNoexcept, DestructorsThatMakeStepsEnd) {
  // The destructors of a promise, a stop_callback, a jthread and a lock make steps.
  const auto task = [](sim::atomic<int>& x, sim::mutex& m) {
    sim::promise<int> promise;
    const sim::future<int> future = promise.get_future();
    const sim::jthread helper{[&](const sim::stop_token& token) {
      const CountedObject counted;
      const sim::stop_callback wakes{token, [&] { x.store(1); }};
      while (!token.stop_requested()) x.load_as("look");
    }};
    const std::lock_guard guard{m};
    x.store(2);
  };
  for (std::size_t steps = 0; steps <= 2; ++steps) {
    expect_stopped(stop_behind(task, steps), steps, 0);
  }
}

}  // namespace
