#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/ledger.hpp>
#include <bank/workload.hpp>

namespace bank_test {

/// A bank in which one transfer runs after the other: what any algorithm must come to there.
struct Model {
  std::vector<bank::Balance> balances;

  explicit Model(std::span<const bank::AccountStart> accounts) {
    for (const bank::AccountStart& account : accounts) balances.push_back({account.balance, 0});
  }
  [[nodiscard]] bool suffices(const bank::Transfer& transfer) const {
    return balances[transfer.from].amount >= transfer.amount;
  }
  bank::TransferResult transfer(const bank::Transfer& transfer) {
    bank::Balance& from = balances[transfer.from];
    bank::Balance& to = balances[transfer.to];
    if (!suffices(transfer)) {
      return {bank::TransferStatus::insufficient_funds, from, from, to, to};
    }
    const bank::Balance from_after{from.amount - transfer.amount, from.version + 1};
    const bank::Balance to_after{to.amount + transfer.amount, to.version + 1};
    const bank::TransferResult result{bank::TransferStatus::success, from, from_after, to,
                                      to_after};
    from = result.from_after;
    to = result.to_after;
    return result;
  }
};

/// What concurrent transfers left behind: what each returned, and the balances at the end.
struct Ending {
  std::vector<bank::TransferResult> results;
  std::vector<bank::Balance> balances;

  [[nodiscard]] bool succeeded(std::size_t transfer) const {
    return results[transfer].status == bank::TransferStatus::success;
  }
};

/// Whether some order of `transfers`, one after the other, succeeds and fails as `ending` says, and
/// leaves its balances.
inline bool is_some_order_of(std::vector<std::size_t> transfers, const bank::Workload& workload,
                             const Ending& ending) {
  std::sort(transfers.begin(), transfers.end());
  do {
    Model model{workload.accounts};
    const bool same = std::all_of(transfers.begin(), transfers.end(), [&](std::size_t i) {
      return model.transfer(workload.transfers[i]).status == ending.results[i].status;
    });
    if (same && model.balances == ending.balances) return true;
  } while (std::next_permutation(transfers.begin(), transfers.end()));
  return false;
}

/// All transfers, as if one had run after the other.
inline bool is_serializable(const bank::Workload& workload, const Ending& ending) {
  std::vector<std::size_t> all(workload.transfers.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return is_some_order_of(std::move(all), workload, ending);
}

/// The same of those that succeeded.
inline bool successes_are_serializable(const bank::Workload& workload, const Ending& ending) {
  std::vector<std::size_t> successes;
  for (std::size_t i = 0; i < ending.results.size(); ++i) {
    if (ending.succeeded(i)) successes.push_back(i);
  }
  return is_some_order_of(std::move(successes), workload, ending);
}

/// What an account has been, by version, as the results tell it. Empty where they contradict each
/// other, or what the account started and ended with.
inline std::vector<bank::Balance> history_of(std::size_t account, const bank::Workload& workload,
                                             const Ending& ending) {
  struct Change {
    bank::Balance before;
    bank::Balance after;
  };
  std::vector<Change> changes;
  for (std::size_t i = 0; i < ending.results.size(); ++i) {
    if (!ending.succeeded(i)) continue;
    const bank::TransferResult& result = ending.results[i];
    const bank::Transfer& transfer = workload.transfers[i];
    if (transfer.from == account) {
      if (result.from_after.amount != result.from_before.amount - transfer.amount) return {};
      changes.push_back({result.from_before, result.from_after});
    }
    if (transfer.to == account) {
      if (result.to_after.amount != result.to_before.amount + transfer.amount) return {};
      changes.push_back({result.to_before, result.to_after});
    }
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.after.version < b.after.version; });
  std::vector<bank::Balance> history{{workload.accounts[account].balance, 0}};
  for (const Change& change : changes) {
    const bool follows = change.before == history.back() && change.after.version == history.size();
    if (!follows) return {};
    history.push_back(change.after);
  }
  if (history.back() != ending.balances[account]) return {};
  return history;
}

/// Whether the results tell of each account one history, in which each transfer that succeeded
/// changed what it had read; and those that were refused have read a balance that was there, and
/// that was too small.
inline bool tells_one_history(const bank::Workload& workload, const Ending& ending) {
  std::vector<std::vector<bank::Balance>> histories;
  for (std::size_t i = 0; i < workload.accounts.size(); ++i) {
    histories.push_back(history_of(i, workload, ending));
    if (histories.back().empty()) return false;
  }
  const auto was = [&](std::size_t account, const bank::Balance& balance) {
    const auto& history = histories[account];
    return balance.version < history.size() && history[balance.version] == balance;
  };
  for (std::size_t i = 0; i < ending.results.size(); ++i) {
    const bank::TransferResult& result = ending.results[i];
    const bank::Transfer& transfer = workload.transfers[i];
    if ((result.from_before.amount >= transfer.amount) != ending.succeeded(i)) return false;
    if (ending.succeeded(i)) continue;
    const bool unchanged =
        result.from_before == result.from_after && result.to_before == result.to_after;
    if (!unchanged || !was(transfer.from, result.from_before)) return false;
    if (!was(transfer.to, result.to_before)) return false;
  }
  return true;
}

}  // namespace bank_test
