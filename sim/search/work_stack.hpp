#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sim {

/// Byte strings, last in, first out, in one piece of memory: the parts of a search that are still
/// to be explored. Parts can be taken from the other end too, where they are largest.
class WorkStack {
 public:
  [[nodiscard]] bool empty() const { return first_ == begins_.size(); }
  [[nodiscard]] std::size_t size() const { return begins_.size() - first_; }
  /// Bytes in use, and the most that ever were.
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

  /// Starts a new part on top, to which the caller appends its bytes.
  std::vector<std::uint8_t>& begin_part() {
    begins_.push_back(bytes_.size());
    return bytes_;
  }
  void end_part() { bytes_max_ = bytes_.size() > bytes_max_ ? bytes_.size() : bytes_max_; }

  /// The part on top, until the stack changes. The stack must not be empty.
  [[nodiscard]] std::span<const std::uint8_t> top() const {
    return {bytes_.data() + begins_.back(), bytes_.size() - begins_.back()};
  }
  void pop() {
    bytes_.resize(begins_.back());
    begins_.pop_back();
    if (empty()) clear();
  }
  /// Part `i`, from 0 at the bottom, until the stack changes.
  [[nodiscard]] std::span<const std::uint8_t> part(std::size_t i) const {
    const std::size_t at = first_ + i;
    const std::size_t end = at + 1 == begins_.size() ? bytes_.size() : begins_[at + 1];
    return {bytes_.data() + begins_[at], end - begins_[at]};
  }
  /// Drops the part at the bottom.
  void pop_bottom() {
    ++first_;
    if (empty()) {
      clear();
    } else if (begins_[first_] > bytes_.size() / 2) {
      reclaim();
    }
  }
  void clear() {
    begins_.clear();
    bytes_.clear();
    first_ = 0;
  }

 private:
  /// Gives back the memory of the parts that were dropped.
  void reclaim() {
    const std::size_t unused = begins_[first_];
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(unused));
    begins_.erase(begins_.begin(), begins_.begin() + static_cast<std::ptrdiff_t>(first_));
    for (std::size_t& begin : begins_) begin -= unused;
    first_ = 0;
  }

  std::vector<std::uint8_t> bytes_;
  std::vector<std::size_t> begins_;
  std::size_t first_ = 0;  ///< parts below this one were dropped
  std::size_t bytes_max_ = 0;
};

/// Writes numbers, small ones in one byte.
inline void put_number(std::vector<std::uint8_t>& bytes, std::uint64_t number) {
  while (number >= 0x80) [[unlikely]] {
      bytes.push_back(static_cast<std::uint8_t>(number | 0x80U));
      number >>= 7U;
    }
  bytes.push_back(static_cast<std::uint8_t>(number));
}

/// Appends the `count` parts at the bottom of `stack`, each behind its size.
inline void put_parts(std::vector<std::uint8_t>& bytes, const WorkStack& stack, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const std::uint8_t> part = stack.part(i);
    put_number(bytes, part.size());
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
}

/// Reads what put_number() wrote. What does not fit is told by ok(), and reads as 0.
class NumberReader {
 public:
  explicit NumberReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  explicit NumberReader(std::string_view bytes)
      : bytes_(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) {}

  std::uint64_t next() {
    if (at_ < bytes_.size() && bytes_[at_] < 0x80) [[likely]]
      return bytes_[at_++];
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
      const std::uint8_t byte = bytes_[at_++];
      number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return number;
    }
    ok_ = false;
    return 0;
  }
  /// The next `size` bytes; none, where there are not so many.
  std::span<const std::uint8_t> next_bytes(std::uint64_t size) {
    if (size > bytes_.size() - at_) {
      ok_ = false;
      return {};
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace sim
