#pragma once

#include <bank/transfer.hpp>

namespace bank {

/// Another fix, without locks: the deduction is committed only where the balance and its version
/// are still what was read for the check; else the transfer starts again. A transfer starts again
/// only because another one has got on, so some transfer always does. What succeeds is as in some
/// order of the transfers. What is refused need not be: money that is deducted and not yet credited
/// is in neither account, and four transfers can be refused two of them where no order refuses
/// both.
template <sim::Runtime R>
TransferResult optimistic(Ledger<R>& ledger, const Transfer& transfer,
                          typename R::Context& context) {
  auto& balance = ledger.at(transfer.from).balance;
  for (;;) {
    const Balance read = balance.read(context, words::kRead);
    if (!sufficient<R>(context, read.amount, transfer.amount)) {
      return refused(ledger, transfer, read);
    }
    Balance expected = read;
    const Balance after = changed_to(read.amount - transfer.amount, read);
    if (!balance.compare_exchange(context, words::kCommit, expected, after)) continue;
    ledger.in_flight.add(transfer.amount.cents);
    return credit(ledger, transfer, context, read, after);
  }
}

}  // namespace bank
