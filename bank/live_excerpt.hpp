#pragma once

// Makes a schedule for the simulator from the recording of a run on real threads. The order of the
// steps comes from the versions of the objects, not from clocks. The lab serves these schedules
// under /admin/recording.

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

/// The recording of a run on real threads.
struct LiveRun {
  std::vector<AccountStart>
      accounts;  ///< all accounts of the ledger, in order, with their current balances
  std::vector<LiveTransfer> transfers;  ///< in the order in which they began
  /// For each account: the version of the newest change to its balance, and to its lock, by a
  /// transfer that has been dropped from the recording.
  std::vector<std::uint64_t> forgotten_balances;
  std::vector<std::uint64_t> forgotten_locks;
};

/// The position of a step in a run.
struct LivePlace {
  std::size_t transfer;  ///< index in LiveRun::transfers
  std::size_t step;      ///< index in LiveTransfer::steps
};

/// Which part of a run an excerpt covers.
struct ExcerptOptions {
  std::size_t transfers_max = 60;
  /// The last step of the excerpt. The excerpt then has the transfers that overlap the transfer of
  /// this step, with their steps before it. If empty, the excerpt ends with the recording.
  std::optional<LivePlace> last{};
  std::size_t skip = 0;  ///< the number of first steps to leave out
};

/// A part of a run as a workload and a schedule for the simulator.
struct LiveExcerpt {
  Workload workload;
  sim::Schedule schedule;              ///< the steps, in an order in which they can have happened
  std::vector<std::string> transfers;  ///< the id of the transfer of each task
  /// Whether steps were missing, so that the excerpt begins after them. They may only be late: a
  /// later recording can have them.
  bool has_gaps = false;
};

/// The newest part of a run that has no gaps and at most ExcerptOptions::transfers_max transfers,
/// with the balances at its beginning and the transfers in progress there. The order of its steps
/// agrees with the order of the steps on each object, which their versions give, and with the order
/// of the steps of each transfer. Empty if no part qualifies.
std::optional<LiveExcerpt> excerpt_of(const LiveRun& run, const ExcerptOptions& options);

}  // namespace bank
