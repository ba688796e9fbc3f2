#pragma once

// Transfer under locks taken in a fixed order.

#include <algorithm>

#include <bank/transfer.hpp>
#include <bank/transfers/check_then_act.hpp>

namespace bank {

/// The fix: check and deduct under the locks of both accounts. Every transfer takes the locks in
/// the order of the ledger, so there is no deadlock.
template <sim::Runtime R>
TransferResult ordered_locks(Ledger<R>& ledger, const Transfer& transfer,
                             typename R::Context& context) {
  const AccountLock<R> first{ledger.at(std::min(transfer.from, transfer.to)), context};
  const AccountLock<R> second{ledger.at(std::max(transfer.from, transfer.to)), context};
  return check_then_act(ledger, transfer, context);
}

}  // namespace bank
