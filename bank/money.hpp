#pragma once

// Amounts of money: exact, in cents, with limits that keep sums from overflowing and amounts exact
// in JSON.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bank {

/// An amount of money in whole cents, which may be negative. A sum of fewer than 1,000 amounts from
/// parse_money() does not overflow; beyond that, arithmetic wraps around.
struct Money {
  std::int64_t cents = 0;

  friend constexpr Money operator+(Money a, Money b) {
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(a.cents) +
                                      static_cast<std::uint64_t>(b.cents))};
  }
  friend constexpr Money operator-(Money a, Money b) {
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(a.cents) -
                                      static_cast<std::uint64_t>(b.cents))};
  }
  friend constexpr auto operator<=>(Money, Money) = default;
};

/// The largest amount in schedules and requests. Every whole number of cents up to it is exact in a
/// double, and so in JSON.
inline constexpr Money kMoneyMax{9'007'199'254'740'991};

/// The largest balance that parse_balance() reads: more than all transfers of a schedule together
/// can add to an account. Its cents are not exact in a double.
inline constexpr Money kBalanceMax{kMoneyMax.cents * 100};

/// An amount without cents.
constexpr Money whole(std::int64_t units) {
  return {units * 100};
}

/// The amount with two decimals: "1000.00", "-600.00".
std::string to_string(Money money);

/// Reads a balance as to_string() writes it, with a sign, and at most kBalanceMax. Empty for
/// anything else.
std::optional<Money> parse_balance(std::string_view text);

/// Reads "1000", "1000.5" or "1000.50": without a sign, with at most two decimals, at most
/// kMoneyMax. Empty for anything else.
std::optional<Money> parse_money(std::string_view text);

}  // namespace bank

template <>
struct fmt::formatter<bank::Money> : fmt::formatter<std::string_view> {
  template <class FormatContext>
  auto format(bank::Money money, FormatContext& context) const {
    return fmt::formatter<std::string_view>::format(bank::to_string(money), context);
  }
};
