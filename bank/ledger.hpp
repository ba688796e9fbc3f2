#pragma once

// The accounts of a bank, as a template over the runtime: the simulator and the live lab run the
// same transfers on the same ledger, on fibers or on threads (sim/runtime/runtime.hpp).

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

/// The balance of an account and the number of changes to it. Both change in one operation, so the
/// version gives each read and write its position in the order of the account.
struct Balance {
  Money amount;
  std::uint64_t version = 0;

  friend constexpr bool operator==(const Balance&, const Balance&) = default;
};

/// The balance after a change to `amount`.
constexpr Balance changed_to(Money amount, const Balance& before) {
  return {amount, before.version + 1};
}

/// An account at the start.
struct AccountStart {
  std::string id;
  Money balance;
};

/// The names of the objects that steps on an account's balance and lock act on.
inline std::string balance_name(std::string_view id) {
  return fmt::format("{}.balance", id);
}
inline std::string lock_name(std::string_view id) {
  return fmt::format("{}.lock", id);
}

/// One account. Only operations on `balance` and `mutex` are steps.
template <sim::Runtime R>
struct Account {
  Account(const AccountStart& start, std::size_t number)
      : id(start.id),
        position(number),
        balance(Balance{start.balance, 0}, balance_name(start.id)),
        mutex(lock_name(start.id)) {}

  std::string id;
  std::size_t position;  ///< position in the ledger, which is also the order for taking locks
  typename R::template Cell<Balance> balance;
  typename R::Mutex mutex;
};

/// The accounts of a bank. The set of accounts never changes. As thread-safe as the primitives of
/// R.
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
  /// The account at a position, which must be below size().
  [[nodiscard]] const Account<R>& at(std::size_t position) const { return accounts_[position]; }
  /// The account with this id; null if there is no such account.
  [[nodiscard]] const Account<R>* find(std::string_view id) const {
    for (const Account<R>& account : accounts_) {
      if (account.id == id) return &account;
    }
    return nullptr;
  }
  /// The sum of all balances. Reads each balance separately, without a step.
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

/// Formats a balance as its amount, without the version.
template <>
struct fmt::formatter<bank::Balance> : fmt::formatter<bank::Money> {
  template <class FormatContext>
  auto format(const bank::Balance& balance, FormatContext& context) const {
    return fmt::formatter<bank::Money>::format(balance.amount, context);
  }
};
