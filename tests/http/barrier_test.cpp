#include <http/lab/barrier.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tests/http/client.hpp>

namespace http {
namespace {

using End = Barrier::End;
using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};

/// Runs threads that each pass a barrier once.
class Crowd {
 public:
  Crowd(Barrier& barrier, int size) : ends_(static_cast<std::size_t>(size)) {
    for (std::atomic<int>& end : ends_) {
      threads_.emplace_back([&] {
        const Barrier::Arrival arrival = barrier.arrive();
        ++arrived_;
        end = static_cast<int>(barrier.wait(arrival));
        ++gone_;
      });
    }
  }
  ~Crowd() { join(); }

  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  [[nodiscard]] int arrived() const { return arrived_; }
  [[nodiscard]] int gone() const { return gone_; }
  /// Returns how many were released in this way.
  [[nodiscard]] int count(End end) const {
    int count = 0;
    for (const std::atomic<int>& other : ends_) count += other == static_cast<int>(end) ? 1 : 0;
    return count;
  }

 private:
  std::vector<std::atomic<int>> ends_;
  std::atomic<int> arrived_{0};
  std::atomic<int> gone_{0};
  std::vector<std::thread> threads_;
};

TEST(Barrier, LetsAllGoWhenTheLastHasCome) {
  Barrier barrier{3, kLong};
  Crowd two{barrier, 2};
  ASSERT_TRUE(http_test::eventually([&] { return two.arrived() == 2; }));
  EXPECT_EQ(two.gone(), 0);
  const Barrier::Arrival last = barrier.arrive();
  EXPECT_EQ(last.position, 3);
  EXPECT_EQ(barrier.wait(last), End::filled);
  two.join();
  EXPECT_EQ(two.count(End::filled), 2);
}

TEST(Barrier, BeginsAgainForTheNextGroup) {
  Barrier barrier{2, kLong};
  Crowd crowd{barrier, 8};
  crowd.join();
  EXPECT_EQ(crowd.count(End::filled), 8);
  Crowd one{barrier, 1};
  ASSERT_TRUE(http_test::eventually([&] { return one.arrived() == 1; }));
  EXPECT_EQ(one.gone(), 0);
  barrier.release();
}

TEST(Barrier, OfOneHoldsNobody) {
  Barrier barrier{1, kLong};
  EXPECT_EQ(barrier.wait(barrier.arrive()), End::filled);
}

TEST(Barrier, ReleasesWhoWaitsAndWhoComesLater) {
  Barrier barrier{3, kLong};
  Crowd two{barrier, 2};
  ASSERT_TRUE(http_test::eventually([&] { return two.arrived() == 2; }));
  barrier.release();
  two.join();
  EXPECT_EQ(two.count(End::released), 2);
  const Barrier::Arrival late = barrier.arrive();
  EXPECT_EQ(late.position, 0);
  EXPECT_EQ(barrier.wait(late), End::released);
}

TEST(Barrier, LetsItsWholeGroupGoWhenItDoesNotFillInTime) {
  Barrier barrier{3, milliseconds{20}};
  const Barrier::Arrival first = barrier.arrive();
  const Barrier::Arrival second = barrier.arrive();
  EXPECT_EQ(first.position, 1);
  EXPECT_EQ(barrier.wait(first), End::timed_out);
  EXPECT_EQ(barrier.wait(second), End::timed_out);
  EXPECT_EQ(barrier.arrive().position, 1);
}

TEST(Barrier, LetsSixtyFourGoAtOnce) {
  Barrier barrier{64, kLong};
  Crowd crowd{barrier, 64};
  crowd.join();
  EXPECT_EQ(crowd.count(End::filled), 64);
}

}  // namespace
}  // namespace http
