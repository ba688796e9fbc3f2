#include <sim/check.hpp>
#include <sim/registration.hpp>
#include <sim/sync.hpp>

#include "bounded_queue.hpp"
#include "first_queue.hpp"

namespace {

/// What a queue is made of in a test.
struct SimSync {
  using mutex = sim::mutex;
  using condition_variable = sim::condition_variable;
};

/// One task hands out two jobs through a queue with room for one; two workers take one each.
template <class Queue>
void hand_out_two_jobs() {
  Queue jobs{1};
  sim::atomic<int> done{0, "done"};
  const auto work = [&] { done += jobs.pop(); };
  sim::thread anna{work};
  sim::thread ben{work};
  jobs.push(1);
  jobs.push(2);
  anna.join();
  ben.join();
  SIM_EXPECT(done.peek() == 3);
}

}  // namespace

RACELAB_SCENARIO("queue/first", "two jobs, two workers, one condition variable",
                 sim::Expected::fails) {
  hand_out_two_jobs<FirstQueue<int, SimSync>>();
}

RACELAB_SCENARIO("queue/bounded", "two jobs, two workers, two condition variables: the fix") {
  hand_out_two_jobs<BoundedQueue<int, SimSync>>();
}
