#pragma once

// The data that the lab records about a transfer on real threads, for bank/live_excerpt.hpp.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/money.hpp>
#include <bank/transfer.hpp>
#include <sim/runtime/thread_runtime.hpp>

namespace bank {

/// A step of a transfer on real threads.
struct LiveStep {
  const char* word;         ///< one of bank::words
  std::size_t account = 0;  ///< position in the ledger
  bool on_lock = false;     ///< whether it is a step on the account's lock, not on its balance
  sim::StepPlace place;     ///< its position among the steps on this object
  Money value;              ///< the balance after the step
};

/// A transfer on real threads with the steps that it has made so far. A value.
struct LiveTransfer {
  std::string id;
  Transfer transfer;
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<LiveStep> steps;
  bool ended = false;
  bool gave_up = false;  ///< whether it now only releases its locks
};

}  // namespace bank
