#pragma once

// Transfer by load and store, which loses updates.

#include <bank/transfer.hpp>

namespace bank {

/// Another bug: the deduction is a load and a store, so one of two concurrent deductions can be
/// lost, which creates money.
template <sim::Runtime R>
TransferResult lost_update(Ledger<R>& ledger, const Transfer& transfer,
                           typename R::Context& context) {
  auto& balance = ledger.at(transfer.from).balance;
  const Balance read = balance.read(context, words::kRead);
  if (!sufficient<R>(context, read.amount, transfer.amount)) {
    return refused(ledger, transfer, read);
  }
  const Balance now = balance.read(context, words::kLoad);
  const Balance after = changed_to(now.amount - transfer.amount, now);
  balance.write(context, words::kStore, after);
  ledger.in_flight.add(transfer.amount.cents);
  return credit(ledger, transfer, context, read, after);
}

}  // namespace bank
