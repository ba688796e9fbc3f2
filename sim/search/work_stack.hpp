#pragma once

// A stack of work units that are left to explore, for strategies with many independent units:
// DporStrategy and BoundedStrategy. Units are stored in encoded form (sim/base/bytes.hpp), because
// that takes little memory and can be sent to another process unchanged.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>

namespace sim {

/// A last-in, first-out stack of work units in one block of memory. Units can also be removed at
/// the bottom, where they are largest.
class WorkStack {
 public:
  [[nodiscard]] bool empty() const { return first_ == begins_.size(); }
  [[nodiscard]] std::size_t size() const { return begins_.size() - first_; }
  /// The number of bytes in use.
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  /// The largest number of bytes that have been in use.
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

  /// Pushes a work unit, encoded by `unit.write(ByteWriter&)`.
  template <class Unit>
  void push(const Unit& unit) {
    begins_.push_back(bytes_.size());
    ByteWriter out{bytes_};
    unit.write(out);
    if (bytes_.size() > bytes_max_) bytes_max_ = bytes_.size();
  }
  /// The encoded unit on top; valid until the stack changes. Requires the stack not to be empty.
  [[nodiscard]] std::string_view top() const {
    return std::string_view{bytes_}.substr(begins_.back());
  }
  void pop() {
    bytes_.resize(begins_.back());
    begins_.pop_back();
    if (empty()) clear();
  }
  void clear() {
    begins_.clear();
    bytes_.clear();
    first_ = 0;
  }

  /// Writes each unit as a text, from the bottom up.
  void write(ByteWriter& out) const { write_bottom(size(), out); }
  /// Writes the `count` units at the bottom as texts, and removes them.
  void move_bottom(std::size_t count, ByteWriter& out) {
    write_bottom(count, out);
    first_ += count;
    if (empty()) {
      clear();
    } else if (begins_[first_] > bytes_.size() / 2) {
      reclaim();
    }
  }

 private:
  void write_bottom(std::size_t count, ByteWriter& out) const {
    for (std::size_t at = first_; at < first_ + count; ++at) {
      const std::size_t end = at + 1 == begins_.size() ? bytes_.size() : begins_[at + 1];
      out.text(std::string_view{bytes_}.substr(begins_[at], end - begins_[at]));
    }
  }
  /// Releases the memory of the units that were removed from the bottom.
  void reclaim() {
    const std::size_t unused = begins_[first_];
    bytes_.erase(0, unused);
    begins_.erase(begins_.begin(), begins_.begin() + static_cast<std::ptrdiff_t>(first_));
    for (std::size_t& begin : begins_) begin -= unused;
    first_ = 0;
  }

  std::string bytes_;
  std::vector<std::size_t> begins_;  ///< offset of each unit in bytes_
  std::size_t first_ = 0;            ///< index in begins_ of the lowest unit; those below it were
                                     ///< removed
  std::size_t bytes_max_ = 0;
};

}  // namespace sim
