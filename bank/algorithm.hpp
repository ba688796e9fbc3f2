#pragma once

// The algorithms for transfers: their names, which of them are safe, and a function that runs one.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <bank/transfer.hpp>
#include <bank/transfers/check_then_act.hpp>
#include <bank/transfers/lost_update.hpp>
#include <bank/transfers/optimistic.hpp>
#include <bank/transfers/ordered_locks.hpp>
#include <bank/transfers/request_order_locks.hpp>

namespace bank {

/// The algorithms for a transfer; see bank/transfers.
enum class Algorithm : std::uint8_t {
  check_then_act,
  lost_update,
  ordered_locks,
  request_order_locks,
  optimistic,
};

/// What is known about an algorithm.
struct AlgorithmInfo {
  Algorithm algorithm;
  std::string_view name;  ///< as schedules, settings and messages spell it
  bool safe;              ///< whether no interleaving deadlocks or breaks an invariant
};

inline constexpr std::array<AlgorithmInfo, 5> kAlgorithms{{
    {Algorithm::check_then_act, "check-then-act", false},
    {Algorithm::lost_update, "lost-update", false},
    {Algorithm::ordered_locks, "ordered-locks", true},
    {Algorithm::request_order_locks, "request-order-locks", false},
    {Algorithm::optimistic, "optimistic", true},
}};

/// The name of an algorithm.
constexpr std::string_view to_string(Algorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)].name;
}

/// The algorithm with this name; empty if there is no such algorithm.
constexpr std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const AlgorithmInfo& info : kAlgorithms) {
    if (info.name == name) return info.algorithm;
  }
  return std::nullopt;
}

/// Runs one transfer with the given algorithm. As thread-safe as the ledger.
template <sim::Runtime R>
TransferResult execute(Algorithm algorithm, Ledger<R>& ledger, const Transfer& transfer,
                       typename R::Context& context) {
  switch (algorithm) {
    case Algorithm::lost_update:
      return lost_update(ledger, transfer, context);
    case Algorithm::ordered_locks:
      return ordered_locks(ledger, transfer, context);
    case Algorithm::request_order_locks:
      return request_order_locks(ledger, transfer, context);
    case Algorithm::optimistic:
      return optimistic(ledger, transfer, context);
    case Algorithm::check_then_act:
      break;
  }
  return check_then_act(ledger, transfer, context);
}

}  // namespace bank
