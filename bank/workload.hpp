#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/excerpt.hpp>
#include <bank/ledger.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/text_format.hpp>

namespace bank {

/// What is special about one transfer of a workload.
struct TransferDetail {
  std::optional<Algorithm> algorithm{};  ///< its own
  Excerpt excerpt{};
};

/// A bank and the transfers that run concurrently in it, transfer i as task i + 1. It may be an
/// excerpt of a longer run: then transfers can be on their way when it begins, and at its end.
struct Workload {
  Algorithm algorithm = Algorithm::check_then_act;
  std::vector<AccountStart> accounts;
  std::vector<Transfer> transfers;
  std::vector<TransferDetail> details{};  ///< of each transfer, or empty

  [[nodiscard]] Algorithm algorithm_of(std::size_t transfer) const {
    if (details.empty()) return algorithm;
    return details[transfer].algorithm.value_or(algorithm);
  }
};

/// The workload as a program of the simulator: each transfer one task, with the bank's invariants.
/// Its header lines make a schedule self-contained.
sim::Program make_program(Workload workload);

/// The header lines that describe a workload:
///
///     algorithm <name>
///     start     <account> <balance> …
///     task      <number> transfer <from> <to> <amount> [<algorithm of its own>]
///     past      <task> <operation> <object> [failed] [= <balance> [<n> changes ago]]
///     until     <task> <n> steps
///     gives-up  <task> <n> steps
///
/// The last three, of an excerpt: a step that the task has made before, after how many steps it is
/// followed no further, and after how many it is given up and releases its locks. An account that
/// is negative at the start may be so.
std::vector<sim::HeaderLine> header_of(const Workload& workload);

/// Reads them back, from a file that may have been written by hand. The error has the place.
std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule);

}  // namespace bank
