#pragma once

// sim::atomic_flag models std::atomic_flag as an atomic<bool>: test() is a load, clear() a store
// and test_and_set() a read-modify-write, one step each.

#include <sim/sync/atomic.hpp>

namespace sim {

/// std::atomic_flag under the control of the engine. The requirements of sim::atomic apply.
class atomic_flag {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr atomic_flag(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : flag_(false, name, where) {}
  /// Makes a clear flag, for `sim::atomic_flag flag = ATOMIC_FLAG_INIT`.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr atomic_flag(int clear, SourceLocation where = SourceLocation::current())
      : flag_(clear != 0, {}, where) {}
  atomic_flag(const atomic_flag&) = delete;
  atomic_flag& operator=(const atomic_flag&) = delete;

  bool test_and_set(std::memory_order order = std::memory_order_seq_cst) noexcept {
    return flag_.update(
        "test_and_set", [](bool) { return true; }, order, StopBy::suspension);
  }
  void clear(std::memory_order order = std::memory_order_seq_cst) noexcept {
    flag_.store_as("clear", false, order, StopBy::suspension);
  }
  [[nodiscard]] bool test(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return flag_.load_as("test", order, StopBy::suspension);
  }
  void wait(bool old, std::memory_order order = std::memory_order_seq_cst) const noexcept {
    flag_.wait(old, order);
  }
  void notify_one() noexcept { flag_.notify_one(); }
  void notify_all() noexcept { flag_.notify_all(); }

  // These members are not in std::atomic_flag.

  [[nodiscard]] bool peek() const { return flag_.peek(); }
  [[nodiscard]] ObjectId id() const { return flag_.id(); }
  /// The flag as an atomic, to pass to sim::await().
  [[nodiscard]] const atomic<bool>& value() const { return flag_; }

 private:
  atomic<bool> flag_;
};

}  // namespace sim
