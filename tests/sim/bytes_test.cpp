// Tests of the binary encoding: reading returns the written values, and any other input is rejected
// safely.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sim/base/bytes.hpp>

namespace {

using sim::ByteReader;
using sim::ByteWriter;

enum class Colour : std::uint8_t { red, green, blue };

/// One value of each type, for round trips.
struct Record {
  std::uint64_t number = 0;
  std::uint32_t number32 = 0;
  bool flag = false;
  Colour colour = Colour::red;
  std::string text;
  std::vector<std::uint64_t> list;
  friend bool operator==(const Record&, const Record&) = default;
};

std::string encode(const Record& record) {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(record.number);
  out.number(record.number32);
  out.flag(record.flag);
  out.enumerator(record.colour);
  out.text(record.text);
  out.number(record.list.size());
  for (const std::uint64_t element : record.list) out.number(element);
  return bytes;
}

Record decode(ByteReader& in) {
  Record record;
  record.number = in.number();
  record.number32 = in.number32();
  record.flag = in.flag();
  record.colour = in.enumerator(Colour::blue);
  record.text = in.text();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    record.list.push_back(in.number());
  }
  return record;
}

/// Generates numbers. All lengths of the encoding are about equally likely.
rc::Gen<std::uint64_t> any_number() {
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0, 64)),
                      [](const auto& drawn) { return drawn.first >> drawn.second; });
}

Record any_record() {
  Record record;
  record.number = *any_number();
  record.number32 = static_cast<std::uint32_t>(*any_number() >> 32U);
  record.flag = *rc::gen::arbitrary<bool>();
  record.colour = *rc::gen::element(Colour::red, Colour::green, Colour::blue);
  record.text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  record.list = *rc::gen::container<std::vector<std::uint64_t>>(any_number());
  return record;
}

std::string number_bytes(std::uint64_t value) {
  std::string bytes;
  ByteWriter{bytes}.number(value);
  return bytes;
}

/// Whether `bytes` are the encoding of one number.
bool is_number(std::string_view bytes) {
  ByteReader in{bytes};
  static_cast<void>(in.number());
  return in.done();
}

RC_GTEST_PROP(Bytes, AreReadAsTheyWereWritten, ()) {
  const Record record = any_record();
  const std::string bytes = encode(record);
  ByteReader in{bytes};
  RC_ASSERT(decode(in) == record);
  RC_ASSERT(in.done());
}

RC_GTEST_PROP(Bytes, AreRefusedWhereTheyAreTruncated, ()) {
  const std::string bytes = encode(any_record());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  // A separate copy, so that AddressSanitizer detects a read beyond its end.
  const std::vector<char> truncated{bytes.begin(),
                                    bytes.begin() + static_cast<std::ptrdiff_t>(size)};
  ByteReader in{{truncated.data(), truncated.size()}};
  static_cast<void>(decode(in));
  RC_ASSERT(!in.ok());
}

RC_GTEST_PROP(Bytes, OfAnyContentAreRefusedOrTheOnlyEncodingOfWhatIsRead, ()) {
  const auto bytes = *rc::gen::container<std::vector<char>>(rc::gen::arbitrary<char>());
  ByteReader in{{bytes.data(), bytes.size()}};
  const Record record = decode(in);
  if (in.done()) RC_ASSERT(encode(record) == std::string(bytes.begin(), bytes.end()));
}

TEST(Bytes, OfANumberAreOneForEachSevenBits) {
  EXPECT_EQ(number_bytes(0), std::string(1, '\0'));
  EXPECT_EQ(number_bytes(127), "\x7F");
  EXPECT_EQ(number_bytes(128), "\x80\x01");
  EXPECT_EQ(number_bytes(300), "\xAC\x02");
  EXPECT_EQ(number_bytes(UINT64_MAX), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
}

TEST(Bytes, OfANumberAreRefusedWhereTheyAreTooLargeOrTooLong) {
  EXPECT_TRUE(is_number("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"));
  EXPECT_FALSE(is_number("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02")) << "65 bits";
  EXPECT_FALSE(is_number("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81\x01")) << "eleven bytes";
  EXPECT_FALSE(is_number(std::string_view{"\x81\x00", 2})) << "1 in two bytes";
  EXPECT_FALSE(is_number("\x81")) << "its end is missing";
  EXPECT_FALSE(is_number(""));
}

TEST(ByteReader, StaysFailedAndThenReadsNothing) {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(3);
  out.text("text");
  ByteReader in{bytes};
  EXPECT_EQ(in.enumerator(Colour::blue), Colour::red) << "3 is not a colour";
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(in.has_more());
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.number(), 0U);
}

TEST(ByteReader, DoesNotCountATextsLengthAmongItsBytes) {
  const std::string bytes = number_bytes(4) + "abc";
  ByteReader in{bytes};
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, RefusesACountThatItsInputCannotHold) {
  std::string bytes = number_bytes(1U << 30U) + "abc";
  ByteReader in{bytes};
  EXPECT_EQ(in.count(), 0U);
  EXPECT_FALSE(in.ok());
  bytes = number_bytes(3) + "abc";
  ByteReader fits{bytes};
  EXPECT_EQ(fits.count(), 3U);
}

}  // namespace
