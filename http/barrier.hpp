#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace http {

/// Holds tasks until `count` of them have come, then lets them all go at once and begins again.
/// Thread-safe. Configuring a lab's barrier anew means a new one, and the release of the old.
class Barrier {
 public:
  enum class End : std::uint8_t {
    filled,
    timed_out,  ///< the first of the group had waited for the timeout: all of it go on
    released,   ///< release() was called
  };

 private:
  struct Group;

 public:
  /// A place in a group of tasks that will go on together.
  struct Arrival {
    int position = 0;  ///< 1 for the first of the group; 0 where the barrier holds nobody any more
    std::shared_ptr<Group> group;
  };

  /// `count` is at least 1.
  Barrier(int count, std::chrono::milliseconds timeout) : count_(count), timeout_(timeout) {}

  [[nodiscard]] int count() const { return count_; }
  /// Takes a place; the last one of a group ends its waiting. Each arrival is then waited for.
  Arrival arrive();
  End wait(const Arrival& arrival);
  /// Lets go whoever waits, and from now on whoever comes.
  void release();

 private:
  void end(Group& group, End how);

  const int count_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::shared_ptr<Group> filling_;
  bool released_ = false;
};

}  // namespace http
