#pragma once

#include <vector>

#include <bank/ledger.hpp>
#include <bank/workload.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>

namespace bank {

/// What the simulator makes of a schedule of a bank.
struct Simulation {
  sim::Replayed replayed;  ///< an execution that went on past failures, until no task could
  std::vector<AccountStart> balances;  ///< at its end
};

/// Runs `schedule`, which is one of `workload`, in this process and on the calling thread: strictly
/// or, where it says so, by following it. Behind its last step the task that ran last goes on, or
/// else the lowest.
Simulation simulate(const Workload& workload, const sim::Schedule& schedule);

/// The balances that `recording`, an execution of `workload`, has left.
std::vector<AccountStart> balances_after(const Workload& workload, const sim::Recording& recording);

}  // namespace bank
