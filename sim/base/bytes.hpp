#pragma once

// The one binary encoding, used by saved searches, work units, messages between processes and event
// logs. ByteWriter appends values to a string; ByteReader reads them back in the same order and
// accepts any input: it never throws and never reads out of bounds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace sim {

/// Appends encoded values to a string. A number is a LEB128: seven bits in each byte, the lowest
/// first, the high bit set in all bytes but the last, and no more bytes than needed. A text is its
/// length, as a number, and its bytes. Each value has exactly one encoding, which is the same on
/// every machine.
class ByteWriter {
 public:
  /// Appends to `bytes`, which must outlive the writer.
  explicit ByteWriter(std::string& bytes) : bytes_(bytes) {}

  /// Appends a number: one byte below 128, at most ten.
  void number(std::uint64_t value) {
    if (value < 0x80) [[likely]] {
      bytes_.push_back(static_cast<char>(value));
    } else {
      large_number(value);
    }
  }
  void flag(bool value) { number(value ? 1 : 0); }
  /// Appends the number of an enumerator.
  template <class Enum>
  void enumerator(Enum value) {
    static_assert(std::is_enum_v<Enum>);
    number(static_cast<std::uint64_t>(value));
  }
  /// Appends a text with its length.
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }

 private:
  void large_number(std::uint64_t value);

  std::string& bytes_;
};

/// Reads what a ByteWriter has appended. A value that is missing, malformed or out of its range
/// makes the reader fail: from then on ok() is false, and each read returns 0 or an empty text.
/// A decoder can therefore read all its values first and call ok() once at the end. Texts are views
/// into the input, and the reader allocates nothing.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  /// Whether every read so far has succeeded.
  [[nodiscard]] bool ok() const { return ok_; }
  /// Whether the reader is ok and has input left: the condition of a loop over elements.
  [[nodiscard]] bool has_more() const { return ok_ && at_ != end_; }
  /// Whether the reader is ok and has read all of its input.
  [[nodiscard]] bool done() const { return ok_ && at_ == end_; }
  /// Makes the reader fail. Called by a decoder that has read a value it cannot accept.
  void fail() {
    ok_ = false;
    at_ = end_;
  }

  std::uint64_t number() {
    // Converted first, because a signed char with its high bit set is negative.
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) [[likely]] {
      return static_cast<unsigned char>(*at_++);
    }
    return large_number();
  }
  /// Reads a number of at most `max`.
  std::uint64_t number_up_to(std::uint64_t max) {
    const std::uint64_t value = number();
    if (value <= max) [[likely]] {
      return value;
    }
    fail();
    return 0;
  }
  /// Reads a number that fits into 32 bits.
  std::uint32_t number32() { return static_cast<std::uint32_t>(number_up_to(UINT32_MAX)); }
  bool flag() { return number_up_to(1) != 0; }
  /// Reads an enumerator whose number is at most that of `last`.
  template <class Enum>
  Enum enumerator(Enum last) {
    static_assert(std::is_enum_v<Enum>);
    return static_cast<Enum>(number_up_to(static_cast<std::uint64_t>(last)));
  }
  /// Reads the number of elements that follow. Each element takes at least one byte, so the reader
  /// fails if the count exceeds the number of bytes left. A caller can therefore allocate memory
  /// for that many elements.
  std::size_t count() {
    const std::uint64_t value = number();  // before `at_` is read: this moves it
    if (value <= static_cast<std::uint64_t>(end_ - at_)) return static_cast<std::size_t>(value);
    fail();
    return 0;
  }
  /// Reads a text with its length.
  std::string_view text() {
    const std::size_t size = count();
    at_ += size;
    return {at_ - size, size};
  }

 private:
  std::uint64_t large_number();

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace sim
