#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bank {

/// An amount of money in whole cents; may be negative. Arithmetic on amounts that came from
/// parse_money() does not overflow for fewer than a thousand of them; beyond that it wraps.
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

/// The largest amount that can be written or sent: every whole number of cents up to it is exact in
/// a double, as JSON has them.
inline constexpr Money kMoneyMax{9'007'199'254'740'991};

/// The largest amount that an account can hold which is read back: more than all transfers of a
/// schedule together can bring to it. No number of JSON tells its cents apart.
inline constexpr Money kBalanceMax{kMoneyMax.cents * 100};

constexpr Money whole(std::int64_t units) {
  return {units * 100};
}

/// "1000.00", "-600.00".
std::string to_string(Money money);

/// The same with a sign, as to_string() writes it, and at most kBalanceMax: what an account can
/// hold.
std::optional<Money> parse_balance(std::string_view text);

/// Reads "1000", "1000.5" or "1000.50"; no sign, at most two decimals, at most kMoneyMax. Empty for
/// anything else.
std::optional<Money> parse_money(std::string_view text);

}  // namespace bank

template <>
struct fmt::formatter<bank::Money> : fmt::formatter<std::string_view> {
  template <class FormatContext>
  auto format(bank::Money money, FormatContext& context) const {
    return fmt::formatter<std::string_view>::format(bank::to_string(money), context);
  }
};
