#pragma once

// Transfer under locks taken in the order of the request, which deadlocks.

#include <bank/transfer.hpp>
#include <bank/transfers/check_then_act.hpp>

namespace bank {

/// A fix with a new bug: the locks are taken in the order in which the request names the accounts,
/// so two opposite transfers can each hold the lock that the other waits for.
template <sim::Runtime R>
TransferResult request_order_locks(Ledger<R>& ledger, const Transfer& transfer,
                                   typename R::Context& context) {
  const AccountLock<R> source{ledger.at(transfer.from), context};
  const AccountLock<R> destination{ledger.at(transfer.to), context};
  return check_then_act(ledger, transfer, context);
}

}  // namespace bank
