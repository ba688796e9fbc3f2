#include <sim/examples/time_and_stops.hpp>

#include <chrono>
#include <deque>
#include <mutex>
#include <string>

#include <sim/engine/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/condition_variable_any.hpp>
#include <sim/sync/jthread.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

using std::chrono_literals::operator""ms;

/// A till, and a bank that answers when it has taken the money.
///
/// The bug: the till waits for an answer for a limited time, and takes a time-out for a payment
/// that was not made. So it pays again, although the bank may have taken the money and be about to
/// answer.
///
/// The fix: both payments have the number of the purchase, and the bank makes only one of them.
class Bank {
 public:
  explicit Bank(bool knows_purchases) : knows_purchases_(knows_purchases) {}

  void pay() {
    const std::lock_guard lock{mutex_};
    if (knows_purchases_ && payments_ > 0) return;
    ++payments_;
    answered_.notify_one();
  }
  /// Whether the till has learnt within `time` that the payment was made.
  bool is_paid_within(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    return answered_.wait_for(lock, time, [this] { return payments_ > 0; });
  }
  [[nodiscard]] int payments() const { return payments_; }

 private:
  bool knows_purchases_;
  mutex mutex_{"bank.mutex"};
  condition_variable answered_{"bank.answered"};
  int payments_ = 0;
};

void buy(bool fixed) {
  Bank bank{fixed};
  thread network{[&] {
    describe_task([] { return std::string{"the payment on its way"}; });
    bank.pay();
  }};
  if (!bank.is_paid_within(500ms)) {
    mark("pays", [] { return std::string{"once more"}; });
    bank.pay();
  }
  network.join();
  SIM_EXPECT(bank.payments() == 1);
}

/// A worker that does the jobs in its list until it is asked to stop.
///
/// The bug: the worker asks the stop_token, and then sleeps until there is a job. A request to stop
/// that comes in between wakes nobody.
///
/// The fix: a wait of condition_variable_any that is given the token and ends with the request.
class Worker {
 public:
  explicit Worker(bool waits_for_stop) : waits_for_stop_(waits_for_stop) {}

  void add(int job) {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(job);
    has_work_.notify_one();
  }

 private:
  void work(const stop_token& stop) {
    describe_task([] { return std::string{"worker"}; });
    std::unique_lock lock{mutex_};
    const auto has_work = [this] { return !jobs_.empty(); };
    while (!stop.stop_requested()) {
      if (waits_for_stop_) {
        has_work_.wait(lock, stop, has_work);
      } else if (!has_work()) {
        has_work_.wait(lock);
      }
      if (has_work()) jobs_.pop_front();
    }
  }

  bool waits_for_stop_;
  mutex mutex_{"worker.mutex"};
  condition_variable_any has_work_{"worker.has_work"};
  std::deque<int> jobs_;
  jthread thread_{[this](const stop_token& stop) { work(stop); }};
};

void stop_worker(bool fixed) {
  Worker worker{fixed};
  worker.add(1);
}

}  // namespace

void add_time_and_stops(Registry& registry) {
  add_with_fix(registry, "example/late-answer",
               "a time-out that is taken for a refusal: the customer pays twice",
               "a time-out that is taken for a refusal, with payments that name their purchase",
               buy);
  add_with_fix(registry, "example/stop-token",
               "a worker about to sleep that does not notice the request to stop",
               "a worker whose wait ends with a request to stop", stop_worker);
}

}  // namespace sim
