#pragma once
// The lab's barrier: holds transfers inside the race window until `count` of them are there, so
// that a race happens every time. A change of its settings makes a new barrier and releases the
// old.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace http {

/// A reusable barrier: tasks that arrive form groups of `count`, and each group is released
/// together when it is full. Thread-safe.
class Barrier {
 public:
  /// How a group was released.
  enum class End : std::uint8_t {
    filled,
    timed_out,  ///< its first task had waited for the timeout
    released,   ///< release() was called
  };

 private:
  struct Group;

 public:
  /// A place in a group.
  struct Arrival {
    int position = 0;  ///< 1 for the first of the group; 0 if the barrier was released before
    std::shared_ptr<Group> group;
  };

  /// `count` must be at least 1.
  Barrier(int count, std::chrono::milliseconds timeout) : count_(count), timeout_(timeout) {}

  [[nodiscard]] int count() const { return count_; }
  /// Takes a place; the last place of a group releases it. Call wait() with each arrival.
  Arrival arrive();
  /// Waits until the group of `arrival` is released, and returns how.
  End wait(const Arrival& arrival);
  /// Releases all waiting tasks, and from now on holds none.
  void release();

 private:
  void end(Group& group, End how);

  const int count_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::shared_ptr<Group> filling_;  ///< the group that is not full yet; may be null
  bool released_ = false;
};

}  // namespace http
