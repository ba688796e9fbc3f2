#pragma once

#include <string>
#include <variant>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/ledger.hpp>
#include <sim/program.hpp>
#include <sim/schedule.hpp>
#include <sim/schedule_text.hpp>

namespace bank {

/// A bank and the transfers that run concurrently in it, transfer i as task i + 1.
struct Workload {
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<AccountStart> accounts;
  std::vector<Transfer> transfers;
};

/// The workload as a program of the simulator: each transfer one task, with the bank's invariants.
/// Its header lines make a schedule self-contained.
sim::Program make_program(Workload workload);

/// The header lines that describe a workload: `algorithm`, `start` and one `task` a transfer.
std::vector<sim::HeaderLine> header_of(const Workload& workload);

/// Reads them back, from a file that may have been written by hand. The error has the place.
std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule);

}  // namespace bank
