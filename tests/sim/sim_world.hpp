#pragma once

#include <sim/sync.hpp>

namespace sim::test {

/// The simulated primitives, for race::Programs.
struct SimWorld {
  template <class T>
  using atomic = sim::atomic<T>;
  template <class T>
  using var = sim::var<T>;
  using thread = sim::thread;
  using mutex = sim::mutex;
  using shared_mutex = sim::shared_mutex;
  using condition_variable = sim::condition_variable;
  using semaphore = sim::counting_semaphore<>;
  using latch = sim::latch;
  using barrier = sim::barrier<>;
  using promise = sim::promise<void>;
  static void wait_for(atomic<int>& object, int value, std::memory_order order) {
    sim::await(
        object, [value](int found) { return found == value; }, order);
  }
};

}  // namespace sim::test
