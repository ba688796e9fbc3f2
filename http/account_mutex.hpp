#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
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
  /// `stopped` ends all patience; it outlives the scope.
  LockPatience(std::chrono::milliseconds time, const std::atomic<bool>& stopped)
      : deadline_(std::chrono::steady_clock::now() + time), stopped_(stopped) {
    current() = this;
  }
  LockPatience(const LockPatience&) = delete;
  LockPatience& operator=(const LockPatience&) = delete;
  ~LockPatience() { current() = nullptr; }

  [[nodiscard]] bool is_over() const {
    return stopped_ || std::chrono::steady_clock::now() >= deadline_;
  }
  /// The calling thread's, or null.
  static const LockPatience*& current() {
    static thread_local const LockPatience* patience = nullptr;
    return patience;
  }

 private:
  const std::chrono::steady_clock::time_point deadline_;
  const std::atomic<bool>& stopped_;
};

/// The lock of an account. One mutex serves all algorithms, since the algorithm can change while
/// transfers run; those that can deadlock wait with a LockPatience.
class AccountMutex {
 public:
  /// Throws LockTimeout.
  void lock() {
    constexpr std::chrono::milliseconds kLook{50};
    std::unique_lock guard{mutex_};
    const LockPatience* const patience = LockPatience::current();
    while (held_) {
      if (patience == nullptr) {
        released_.wait(guard);
      } else if (patience->is_over()) {
        throw LockTimeout{"the lock was not released"};
      } else {
        released_.wait_for(guard, kLook);
      }
    }
    held_ = true;
  }
  void unlock() {
    const std::lock_guard guard{mutex_};
    held_ = false;
    released_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
};

}  // namespace http
