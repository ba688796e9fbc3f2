#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace http {

/// A lock was waited for longer than the waiting thread's patience: most likely a deadlock.
class LockTimeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How long the calling thread waits for an AccountMutex, for a scope. Without one: for ever.
class LockPatience {
 public:
  explicit LockPatience(std::chrono::milliseconds time) { current() = time; }
  LockPatience(const LockPatience&) = delete;
  LockPatience& operator=(const LockPatience&) = delete;
  ~LockPatience() { current().reset(); }

  static std::optional<std::chrono::milliseconds>& current() {
    static thread_local std::optional<std::chrono::milliseconds> time;
    return time;
  }
};

/// The lock of an account. One mutex serves all algorithms, since the algorithm can change while
/// transfers run; those that can deadlock wait with a LockPatience.
class AccountMutex {
 public:
  /// Throws LockTimeout.
  void lock() {
    std::unique_lock guard{mutex_};
    const auto free = [this] { return !held_; };
    if (const auto patience = LockPatience::current(); !patience) {
      released_.wait(guard, free);
    } else if (!released_.wait_for(guard, *patience, free)) {
      throw LockTimeout{"the lock was not released"};
    }
    held_ = true;
  }
  void unlock() {
    {
      const std::lock_guard guard{mutex_};
      held_ = false;
    }
    released_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
};

}  // namespace http
