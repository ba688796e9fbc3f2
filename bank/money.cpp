#include <bank/money.hpp>

#include <algorithm>
#include <charconv>

namespace bank {
namespace {

std::optional<Money> parse(std::string_view text, Money max) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto point = std::min(text.find('.'), text.size());
  const std::string_view units = text.substr(0, point);
  std::string_view decimals = text.substr(std::min(point + 1, text.size()));
  if (units.empty() || units.size() > 16 || decimals.size() > 2) return std::nullopt;
  if (point < text.size() && decimals.empty()) return std::nullopt;
  if (!std::all_of(units.begin(), units.end(), is_digit)) return std::nullopt;
  if (!std::all_of(decimals.begin(), decimals.end(), is_digit)) return std::nullopt;
  std::int64_t cents = 0;
  std::from_chars(units.data(), units.data() + units.size(), cents);
  for (std::size_t i = 0; i < 2; ++i) {
    cents = cents * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  }
  if (cents > max.cents) return std::nullopt;
  return Money{cents};
}

}  // namespace

std::string to_string(Money money) {
  // The magnitude is computed unsigned, because the smallest negative number has no positive
  // counterpart.
  const auto cents = static_cast<std::uint64_t>(money.cents);
  const std::uint64_t magnitude = money.cents < 0 ? 0 - cents : cents;
  return fmt::format("{}{}.{:02}", money.cents < 0 ? "-" : "", magnitude / 100, magnitude % 100);
}

std::optional<Money> parse_balance(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::optional<Money> magnitude = parse(text.substr(negative ? 1 : 0), kBalanceMax);
  if (!magnitude || !negative) return magnitude;
  return Money{-magnitude->cents};
}

std::optional<Money> parse_money(std::string_view text) {
  return parse(text, kMoneyMax);
}

}  // namespace bank
