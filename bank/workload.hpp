#pragma once

// A bank with concurrent transfers, as data: what a bank scenario, a recorded live run and the
// simulator page describe. make_program() makes a program of the simulator out of it, and
// workload_header.hpp writes it into schedule files.

#include <cstddef>
#include <optional>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/excerpt.hpp>
#include <bank/ledger.hpp>
#include <sim/engine/program.hpp>

namespace bank {

/// Where one transfer differs from the others of its workload.
struct TransferDetail {
  std::optional<Algorithm> algorithm{};  ///< used instead of the workload's
  Excerpt excerpt{};
};

/// A bank and the transfers that run concurrently in it, transfer i as task i + 1. If it is an
/// excerpt of a longer run, transfers can be in progress when it begins and when it ends.
struct Workload {
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<AccountStart> accounts;
  std::vector<Transfer> transfers;
  std::vector<TransferDetail> details{};  ///< one for each transfer, or empty

  [[nodiscard]] Algorithm algorithm_of(std::size_t transfer) const {
    if (details.empty()) return algorithm;
    return details[transfer].algorithm.value_or(algorithm);
  }
};

/// The workload as a program of the simulator: one task for each transfer, with the bank's
/// invariants, and with the header lines of workload_header.hpp.
sim::Program make_program(Workload workload);

}  // namespace bank
