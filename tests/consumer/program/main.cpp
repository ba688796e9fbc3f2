#include <cstdio>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

int main() {
  const sim::Program lost_update{"lost-update", {}, [] {
                                   sim::atomic<int> counter{0, "counter"};
                                   const auto increment = [&] {
                                     counter.store(counter.load() + 1);
                                   };
                                   sim::thread one{increment};
                                   sim::thread two{increment};
                                   one.join();
                                   two.join();
                                   SIM_EXPECT(counter.peek() == 2);
                                 }};
  sim::ExhaustiveStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  const sim::Exploration found = sim::explore(lost_update, strategy, options);
  std::printf("%llu of %llu interleavings lose an update\n",
              static_cast<unsigned long long>(found.failures),
              static_cast<unsigned long long>(found.executions));
  return found.complete ? 0 : 1;
}
