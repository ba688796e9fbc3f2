#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <bank/live_transfer.hpp>
#include <bank/workload.hpp>
#include <sim/schedule/schedule.hpp>

namespace bank {

/// What is known of a run on real threads.
struct LiveRun {
  std::vector<AccountStart> accounts;   ///< of the ledger, in its order, with their balances now
  std::vector<LiveTransfer> transfers;  ///< in the order in which they began
  /// Of each account: the newest change to its balance, and to its lock, that was made by a
  /// transfer which is not known any more.
  std::vector<std::uint64_t> forgotten_balances;
  std::vector<std::uint64_t> forgotten_locks;
};

/// One step of a run.
struct LivePlace {
  std::size_t transfer;  ///< an index
  std::size_t step;      ///< likewise, of its steps
};

struct ExcerptOptions {
  std::size_t transfers_max = 60;
  /// The excerpt ends with this step, and holds the transfers that overlap its own, as far as their
  /// steps came before it. None: it ends with what is known.
  std::optional<LivePlace> last{};
  std::size_t skip = 0;  ///< so many of the steps that it would begin with are left out
};

/// A part of a run, ready for the simulator.
struct LiveExcerpt {
  Workload workload;
  sim::Schedule schedule;              ///< of the steps in an order in which they happened
  std::vector<std::string> transfers;  ///< the id of each task's transfer
  bool has_gaps = false;  ///< steps were missing: it begins behind them, where they can be told of
                          ///< again in a moment
};

/// The newest part of a run that has no gaps and not too many transfers, with the balances and
/// transfers on their way that it begins with. The order of its steps is one that agrees with each
/// account's own, as versions tell it, and with each transfer's own; no clock is asked. Empty where
/// there is none.
std::optional<LiveExcerpt> excerpt_of(const LiveRun& run, const ExcerptOptions& options);

}  // namespace bank
