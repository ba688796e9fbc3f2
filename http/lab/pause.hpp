#pragma once
// Sleep for the debug delay that does not hold up a shutdown.

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace http {

/// Sleep that stop() interrupts. Thread-safe.
class Pause {
 public:
  /// Sleeps for `time`, or until stop() is called.
  void sleep(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, time, [this] { return stopped_; });
  }
  /// Ends every sleep, now and in the future.
  void stop() {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace http
