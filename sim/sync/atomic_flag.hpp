#pragma once

#include <sim/sync/atomic.hpp>

namespace sim {

/// std::atomic_flag under the control of the engine: an atomic<bool> under other names.
class atomic_flag {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  atomic_flag(Name name = {}, SourceLocation where = SourceLocation::current())
      : flag_(false, name, where) {}
  /// As ATOMIC_FLAG_INIT has it: clear.
  // NOLINTNEXTLINE(google-explicit-constructor)
  atomic_flag(int clear, SourceLocation where = SourceLocation::current())
      : flag_(clear != 0, {}, where) {}
  atomic_flag(const atomic_flag&) = delete;
  atomic_flag& operator=(const atomic_flag&) = delete;

  bool test_and_set(std::memory_order order = std::memory_order_seq_cst) {
    return flag_.update(
        "test_and_set", [](bool) { return true; }, order);
  }
  void clear(std::memory_order order = std::memory_order_seq_cst) {
    flag_.store_as("clear", false, order);
  }
  [[nodiscard]] bool test(std::memory_order order = std::memory_order_seq_cst) const {
    return flag_.load_as("test", order);
  }
  void wait(bool old, std::memory_order order = std::memory_order_seq_cst) const {
    flag_.wait(old, order);
  }
  void notify_one() { flag_.notify_one(); }
  void notify_all() { flag_.notify_all(); }

  // Beyond std::atomic_flag.

  [[nodiscard]] bool peek() const { return flag_.peek(); }
  [[nodiscard]] ObjectId id() const { return flag_.id(); }
  /// As sim::await() has it.
  [[nodiscard]] const atomic<bool>& value() const { return flag_; }

 private:
  atomic<bool> flag_;
};

}  // namespace sim
