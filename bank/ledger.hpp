#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <bank/money.hpp>
#include <sim/runtime/runtime.hpp>

namespace bank {

/// What an account holds, and how often that has changed. Both change in one operation, so that
/// every read and write can tell its place in the account's order.
struct Balance {
  Money amount;
  std::uint64_t version = 0;

  friend constexpr bool operator==(const Balance&, const Balance&) = default;
};

constexpr Balance changed_to(Money amount, const Balance& before) {
  return {amount, before.version + 1};
}

/// An account as it is opened.
struct AccountStart {
  std::string id;
  Money balance;
};

/// What the steps on an account's balance, and on its lock, are shown to be on.
inline std::string balance_name(std::string_view id) {
  return fmt::format("{}.balance", id);
}
inline std::string lock_name(std::string_view id) {
  return fmt::format("{}.lock", id);
}

/// One account. Its shared state is the two members that have steps.
template <sim::Runtime R>
struct Account {
  Account(const AccountStart& start, std::size_t number)
      : id(start.id),
        position(number),
        balance(Balance{start.balance, 0}, balance_name(start.id)),
        mutex(lock_name(start.id)) {}

  std::string id;
  std::size_t position;  ///< in the ledger; the order in which locks are taken
  typename R::template Cell<Balance> balance;
  typename R::Mutex mutex;
};

/// The accounts of a bank. Which accounts there are never changes; thread-safe as R's primitives
/// are.
template <sim::Runtime R>
class Ledger {
 public:
  explicit Ledger(std::span<const AccountStart> accounts) {
    for (const AccountStart& start : accounts) accounts_.emplace_back(start, accounts_.size());
  }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  [[nodiscard]] std::size_t size() const { return accounts_.size(); }
  Account<R>& at(std::size_t position) { return accounts_[position]; }
  [[nodiscard]] const Account<R>& at(std::size_t position) const { return accounts_[position]; }
  /// Null where there is no such account.
  [[nodiscard]] const Account<R>* find(std::string_view id) const {
    for (const Account<R>& account : accounts_) {
      if (account.id == id) return &account;
    }
    return nullptr;
  }
  /// The sum of all balances, each read by itself and without a step.
  [[nodiscard]] Money total() const {
    Money sum;
    for (const Account<R>& account : accounts_) sum = sum + account.balance.peek().amount;
    return sum;
  }

  /// Money that has been deducted from one account and not yet credited to another.
  typename R::Ghost in_flight;

 private:
  std::deque<Account<R>> accounts_;
};

}  // namespace bank

/// A balance reads as its amount; the version is for machines.
template <>
struct fmt::formatter<bank::Balance> : fmt::formatter<bank::Money> {
  template <class FormatContext>
  auto format(const bank::Balance& balance, FormatContext& context) const {
    return fmt::formatter<bank::Money>::format(balance.amount, context);
  }
};
