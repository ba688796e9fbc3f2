#pragma once

// Transfer by optimistic concurrency control.

#include <bank/transfer.hpp>

namespace bank {

/// A fix without locks: the deduction is committed only if the balance and its version are still
/// what was read for the check; otherwise the transfer starts again. It starts again only because
/// another transfer has made progress, so it is lock-free. The successful transfers have the effect
/// of some sequential order. The refused ones need not fit that order: money in flight is in
/// neither account, so of four transfers two can be refused although every sequential order refuses
/// at most one.
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
