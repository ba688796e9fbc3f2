// A program that is written for the standard library, and runs under the control of the engine by
// one include.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

#include <sim/std.hpp>

namespace {

/// A queue in which a waiting consumer misses a message that arrives before it sleeps, unless it
/// looks for messages again.
class Mailbox {
 public:
  explicit Mailbox(bool looks) : looks_(looks) {}
  void send(std::string message) {
    const std::lock_guard<std::mutex> lock{mutex_};
    messages_.push_back(std::move(message));
    arrived_.notify_one();
  }
  std::string receive() {
    std::unique_lock lock{mutex_};
    if (looks_) {
      arrived_.wait(lock, [this] { return !messages_.empty(); });
    } else {
      arrived_.wait(lock);
    }
    std::string message = messages_.front();
    messages_.pop_front();
    return message;
  }

 private:
  bool looks_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::string> messages_;
};

void run_mailbox(bool looks) {
  Mailbox mailbox{looks};
  std::thread sends{[&] { mailbox.send("hello"); }};
  std::jthread receives{[&](const std::stop_token&) { SIM_EXPECT(mailbox.receive() == "hello"); }};
  sends.join();
}

TEST(SwappedStd, FindsTheLostNotification) {
  const auto bug = sim::test::count_all([] { run_mailbox(false); });
  ASSERT_EQ(bug.failures.size(), 1U);
  EXPECT_TRUE(bug.failures.begin()->first.starts_with("deadlock"));
  EXPECT_TRUE(sim::test::count_all([] { run_mailbox(true); }).failures.empty());
}

}  // namespace
