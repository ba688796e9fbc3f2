#pragma once
// Threads for the requests of a server: they are started when they are needed and kept afterwards.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace http {

/// Runs jobs on threads. The pool starts a thread when a job finds none idle, up to a limit; beyond
/// it jobs wait in a queue. Threads are kept until the pool is destroyed. Thread-safe.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads_max) : threads_max_(threads_max) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Waits until all jobs have run.
  ~WorkerPool();

  /// Queues a job, which must not throw. Throws std::system_error if no thread can be started and
  /// none exists.
  void run(std::function<void()> job);

 private:
  void work();

  const std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace http
