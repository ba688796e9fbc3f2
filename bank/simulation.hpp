#pragma once

// Runs a schedule of a bank in the simulator and returns the balances at its end. The lab compares
// them with the balances on its real threads.

#include <vector>

#include <bank/ledger.hpp>
#include <bank/workload.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>

namespace bank {

/// The result of simulate().
struct Simulation {
  sim::Replayed replayed;  ///< the execution, which continues after a failure until no task can run
  std::vector<AccountStart> balances;  ///< at the end of the execution
};

/// Runs `schedule`, which must belong to `workload`, on the calling thread, in the schedule's own
/// replay mode. After the end of the schedule the task that ran last continues if it can; otherwise
/// the enabled task with the lowest number runs.
Simulation simulate(const Workload& workload, const sim::Schedule& schedule);

/// The balances at the end of `recording`, an execution of `workload`.
std::vector<AccountStart> balances_after(const Workload& workload, const sim::Recording& recording);

}  // namespace bank
