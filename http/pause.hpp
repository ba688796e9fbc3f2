#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace http {

/// Sleep that a shutdown can cut short. Thread-safe.
class Pause {
 public:
  void sleep(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, time, [this] { return stopped_; });
  }
  /// Ends all sleep, now and from now on.
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
