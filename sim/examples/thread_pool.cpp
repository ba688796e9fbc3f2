#include <sim/examples/thread_pool.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// Workers that run submitted jobs until the pool is shut down and no job is left.
///
/// The bug: `stopping` is atomic, so it is set without the mutex. A worker that has found it false
/// and is about to wait holds the mutex, but stop() can set it and notify at that moment, when the
/// worker does not sleep yet. The worker then sleeps forever, and the task that joins it waits
/// forever.
///
/// The fix: stop() sets it under the mutex. A worker then either finds it set or sleeps already.
class ThreadPool {
 public:
  ThreadPool(std::size_t workers, bool stops_under_mutex) : stops_under_mutex_(stops_under_mutex) {
    for (std::size_t i = 0; i < workers; ++i) {
      workers_.emplace_back([this] { work(); });
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() {
    stop();
    for (thread& worker : workers_) worker.join();
  }

  void submit(std::function<void()> job) {
    {
      const std::lock_guard lock{mutex_};
      jobs_.push_back(std::move(job));
    }
    wake_up_.notify_one();
  }

 private:
  void stop() {
    {
      std::unique_lock lock{mutex_, std::defer_lock};
      if (stops_under_mutex_) lock.lock();
      stopping_.store(true);
    }
    wake_up_.notify_all();
  }

  void work() {
    describe_task([] { return std::string{"worker"}; });
    std::unique_lock lock{mutex_};
    for (;;) {
      wake_up_.wait(lock, [this] { return !jobs_.empty() || stopping_.load(); });
      if (jobs_.empty()) return;
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  bool stops_under_mutex_;
  mutex mutex_{"pool.mutex"};
  condition_variable wake_up_{"pool.wake_up"};
  atomic<bool> stopping_{false, "pool.stopping"};
  std::deque<std::function<void()>> jobs_;
  std::vector<thread> workers_;
};

void run_jobs(std::size_t workers, std::size_t jobs, bool stops_under_mutex) {
  describe_task([] { return std::string{"submits jobs, shuts down"}; });
  std::size_t done = 0;
  {
    ThreadPool pool{workers, stops_under_mutex};
    for (std::size_t job = 0; job < jobs; ++job) {
      pool.submit([&] {
        mark("runs", [] { return std::string{"a job"}; });
        ++done;
      });
    }
  }
  SIM_EXPECT(done == jobs);
}

Scenario scenario(const char* name, const char* summary, bool stops_under_mutex) {
  return {name,
          summary,
          !stops_under_mutex,
          {{"workers", 2, 1, 16, "threads of the pool"}, {"jobs", 1, 0, 16, "jobs to run"}},
          [stops_under_mutex](const Arguments& arguments) {
            const auto workers = static_cast<std::size_t>(arguments.at("workers"));
            const auto jobs = static_cast<std::size_t>(arguments.at("jobs"));
            return Program{{}, {}, [=] { run_jobs(workers, jobs, stops_under_mutex); }};
          }};
}

}  // namespace

void add_thread_pool(Registry& registry) {
  registry.add(scenario("example/thread-pool",
                        "a thread pool whose shutdown a worker about to sleep does not notice",
                        false));
  registry.add(scenario("example/thread-pool-fixed",
                        "a thread pool that sets its flag under the workers' mutex", true));
}

}  // namespace sim
