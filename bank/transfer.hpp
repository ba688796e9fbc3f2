#pragma once

// The steps that all algorithms for transfers (bank/transfers) are made of, and their names.

#include <cstddef>
#include <cstdint>
#include <string>

#include <bank/ledger.hpp>
#include <bank/money.hpp>
#include <sim/runtime/runtime.hpp>

namespace bank {

/// The names of the steps of a transfer in schedules, timelines and spans.
namespace words {
inline constexpr const char* kRead = "read";
inline constexpr const char* kDeduct = "deduct";
inline constexpr const char* kCredit = "credit";
inline constexpr const char* kLoad = "load";
inline constexpr const char* kStore = "store";
inline constexpr const char* kCommit = "commit";
inline constexpr const char* kLock = "lock";
inline constexpr const char* kUnlock = "unlock";
}  // namespace words

/// A transfer. `from` and `to` are different positions in the ledger.
struct Transfer {
  std::size_t from = 0;
  std::size_t to = 0;
  Money amount;
};

/// How a transfer ended.
enum class TransferStatus : std::uint8_t { success, insufficient_funds };

/// The balances around a transfer. `from_before` is what it read for its check; the others are what
/// its own operations returned. If it was refused, before and after are equal.
struct TransferResult {
  TransferStatus status = TransferStatus::success;
  Balance from_before;
  Balance from_after;
  Balance to_before;
  Balance to_after;
};

/// The check of check-then-act: a local decision, not a step.
template <sim::Runtime R>
bool sufficient(typename R::Context& context, Money balance, Money amount) {
  const bool enough = balance >= amount;
  context.check(
      enough, [&] { return fmt::format("{} >= {}? {}", balance, amount, enough ? "yes" : "no"); });
  return enough;
}

/// The result of a transfer that was refused after reading the balance `read`.
template <sim::Runtime R>
TransferResult refused(const Ledger<R>& ledger, const Transfer& transfer, const Balance& read) {
  const Balance to = ledger.at(transfer.to).balance.peek();
  return {TransferStatus::insufficient_funds, read, read, to, to};
}

/// Deducts the amount from the source in one operation. Returns the balance after it.
template <sim::Runtime R>
Balance deduct(Ledger<R>& ledger, const Transfer& transfer, typename R::Context& context) {
  const Balance after =
      ledger.at(transfer.from).balance.update(context, words::kDeduct, [&](const Balance& now) {
        return changed_to(now.amount - transfer.amount, now);
      });
  ledger.in_flight.add(transfer.amount.cents);
  return after;
}

/// Adds the amount to the destination in one operation. Returns the result of the transfer.
template <sim::Runtime R>
TransferResult credit(Ledger<R>& ledger, const Transfer& transfer, typename R::Context& context,
                      const Balance& from_before, const Balance& from_after) {
  const Balance to_after =
      ledger.at(transfer.to).balance.update(context, words::kCredit, [&](const Balance& now) {
        return changed_to(now.amount + transfer.amount, now);
      });
  ledger.in_flight.add(-transfer.amount.cents);
  const Balance to_before{to_after.amount - transfer.amount, to_after.version - 1};
  return {TransferStatus::success, from_before, from_after, to_before, to_after};
}

/// Holds the lock of an account for a scope.
template <sim::Runtime R>
class AccountLock {
 public:
  AccountLock(Account<R>& account, typename R::Context& context)
      : account_(account), context_(context) {
    account_.mutex.lock(context_, words::kLock);
  }
  AccountLock(const AccountLock&) = delete;
  AccountLock& operator=(const AccountLock&) = delete;
  ~AccountLock() { account_.mutex.unlock(context_, words::kUnlock); }

 private:
  Account<R>& account_;
  typename R::Context& context_;
};

}  // namespace bank
