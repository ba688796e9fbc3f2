#pragma once

#ifdef UNDER_RACELAB
#include <sim/sync.hpp>
namespace sync = sim;
#else
#include <atomic>
namespace sync = std;
#endif

/// Hands out 0, 1, 2, …, each once.
class Tickets {
 public:
  int take() { return next_.fetch_add(1); }

 private:
  sync::atomic<int> next_{0};
};
