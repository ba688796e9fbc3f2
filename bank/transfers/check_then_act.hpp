#pragma once

// Transfer by check-then-act, the double-spend of this repository.

#include <bank/transfer.hpp>

namespace bank {

/// The bug: no lock is held between the check and the deduction, so two transfers can both find the
/// balance sufficient and both deduct from it.
template <sim::Runtime R>
TransferResult check_then_act(Ledger<R>& ledger, const Transfer& transfer,
                              typename R::Context& context) {
  const Balance read = ledger.at(transfer.from).balance.read(context, words::kRead);
  if (!sufficient<R>(context, read.amount, transfer.amount)) {
    return refused(ledger, transfer, read);
  }
  const Balance after = deduct(ledger, transfer, context);
  return credit(ledger, transfer, context, read, after);
}

}  // namespace bank
