#include <bank/money.hpp>

#include <cstdint>
#include <limits>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bank {
namespace {

TEST(Money, ReadsAsUnitsAndTwoDecimals) {
  EXPECT_EQ(to_string(Money{0}), "0.00");
  EXPECT_EQ(to_string(Money{5}), "0.05");
  EXPECT_EQ(to_string(Money{-5}), "-0.05");
  EXPECT_EQ(to_string(whole(1000)), "1000.00");
  EXPECT_EQ(to_string(whole(-600)), "-600.00");
  EXPECT_EQ(to_string(Money{std::numeric_limits<std::int64_t>::min()}), "-92233720368547758.08");
}

TEST(Money, IsParsedWithUpToTwoDecimals) {
  EXPECT_EQ(parse_money("1000"), whole(1000));
  EXPECT_EQ(parse_money("0.5"), Money{50});
  EXPECT_EQ(parse_money("0.05"), Money{5});
  EXPECT_EQ(parse_money("90071992547409.91"), kMoneyMax);
}

TEST(Money, RefusesWhatIsNoAmount) {
  for (const char* text : {"", ".", ".5", "1.", "1.234", "-1", "+1", "1e3", "1,000", " 1", "1 ",
                           "0x10", "nan", "90071992547409.92", "9999999999999999999"}) {
    EXPECT_EQ(parse_money(text), std::nullopt) << text;
  }
}

TEST(Money, IsParsedAsABalanceWhereItIsMoreThanCanBeSent) {
  EXPECT_EQ(parse_balance("-600.00"), whole(-600));
  EXPECT_EQ(parse_balance("180143985094819.82"), Money{2 * kMoneyMax.cents});
  EXPECT_EQ(parse_balance("-9007199254740991.00"), Money{-kBalanceMax.cents});
  EXPECT_EQ(parse_balance("9007199254740991.01"), std::nullopt);
  EXPECT_EQ(parse_balance("--1"), std::nullopt);
}

RC_GTEST_PROP(Money, IsParsedBackFromItsText, ()) {
  const Money money{*rc::gen::inRange<std::int64_t>(0, kMoneyMax.cents + 1)};
  RC_ASSERT(parse_money(to_string(money)) == money);
}

}  // namespace
}  // namespace bank
