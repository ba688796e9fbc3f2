#pragma once

// What the tests of draining share: objects that are counted, and an execution that is stopped
// while a task is at a given step.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace sim::test {

/// The number of CountedObject objects.
inline int alive = 0;

/// Counts its objects and owns memory, so that AddressSanitizer detects leaks and late uses.
struct CountedObject {
  CountedObject() { ++alive; }
  CountedObject(const CountedObject&) = delete;
  CountedObject& operator=(const CountedObject&) = delete;
  ~CountedObject() { --alive; }
  std::unique_ptr<int> owned = std::make_unique<int>(1);
};

class DrainTest : public testing::Test {
 protected:
  void SetUp() override { alive = 0; }
};

/// The main task stops the execution when `task` has made `steps` steps.
inline Execution stop_behind(const std::function<void(atomic<int>&, mutex&)>& task,
                             std::size_t steps) {
  std::vector<std::uint32_t> order(steps, 1);
  order.push_back(0);
  return run(
      [&] {
        atomic<int> x{0, "x"};
        mutex m{"m"};
        const CountedObject main;
        thread t{[&] {
          const CountedObject counted;
          task(x, m);
        }};
        x.load();
        SIM_ASSERT(false);
        t.join();
      },
      order);
}

/// Expects that the execution failed after `steps` steps of the task, and that `abandoned` tasks
/// with one CountedObject object each were not unwound. Forgets the objects of these tasks.
inline void expect_stopped(const Execution& execution, std::size_t steps, std::uint32_t abandoned) {
  EXPECT_EQ(execution.outcome.summary(), "assertion \"false\"");
  EXPECT_EQ(execution.trace.size(), steps + 1);  // steps made while draining are not recorded
  EXPECT_EQ(execution.abandoned, abandoned);
  EXPECT_EQ(alive, static_cast<int>(abandoned));
  alive = 0;
}

}  // namespace sim::test
