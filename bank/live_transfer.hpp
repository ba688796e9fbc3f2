#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/money.hpp>
#include <bank/transfer.hpp>
#include <sim/runtime/thread_runtime.hpp>

namespace bank {

/// A step that a transfer has made on real threads.
struct LiveStep {
  const char* word;         ///< of bank::words
  std::size_t account = 0;  ///< its position in the ledger
  bool on_lock = false;     ///< on the account's lock, not its balance
  sim::StepPlace place;     ///< among the steps on this object
  Money value;              ///< what the balance then was
};

/// A transfer that has run, or runs, on real threads, as far as it has come. A value.
struct LiveTransfer {
  std::string id;
  Transfer transfer;
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<LiveStep> steps;
  bool ended = false;
  bool gave_up = false;  ///< all that it does now is to release its locks
};

}  // namespace bank
