#pragma once

// A workload: a bank with concurrent transfers, as data. Bank scenarios, recorded live runs and the
// simulator page all describe workloads. make_program() makes a program for the simulator from a
// workload, and workload_header.hpp writes it into schedule files.

#include <cstddef>
#include <optional>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/excerpt.hpp>
#include <bank/ledger.hpp>
#include <sim/engine/program.hpp>

namespace bank {

/// The properties of one transfer in which it may differ from the others of its workload.
struct TransferDetail {
  std::optional<Algorithm> algorithm{};  ///< used instead of the workload's
  Excerpt excerpt{};
};

/// A bank and the transfers that run concurrently in it; transfer i runs as task i + 1. If the
/// workload is an excerpt of a longer run, transfers can be in progress at its beginning and end.
struct Workload {
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<AccountStart> accounts;
  std::vector<Transfer> transfers;
  std::vector<TransferDetail> details{};  ///< one for each transfer, or empty

  /// The algorithm of the transfer with this index.
  [[nodiscard]] Algorithm algorithm_of(std::size_t transfer) const {
    if (details.empty()) return algorithm;
    return details[transfer].algorithm.value_or(algorithm);
  }
};

/// The workload as a program of the simulator: one task for each transfer, with the bank's
/// invariants, and with the header lines of workload_header.hpp.
sim::Program make_program(Workload workload);

}  // namespace bank
