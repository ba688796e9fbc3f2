#pragma once

#ifdef UNDER_RACELAB
#include <sim/sync.hpp>
namespace threads = sim;
#else
#include <atomic>
namespace threads = std;
#endif

/// Hands out 0, 1, 2, …, each once.
class Tickets {
 public:
  int take() { return next_.fetch_add(1); }

 private:
  threads::atomic<int> next_{0};
};
