// Tests that pass and tests that fail, run as a child process by gtest_test.cpp.

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace {

/// Two tasks add 1 each, in two steps. Returns the sum.
int add_in_two_steps() {
  sim::atomic<int> counter{0, "counter"};
  const auto increment = [&] { counter.store(counter.load() + 1); };
  sim::thread one{increment};
  sim::thread two{increment};
  one.join();
  two.join();
  return counter.peek();
}

RACELAB_TEST(Counter, AddsAtOnce) {
  sim::atomic<int> counter{0, "counter"};
  sim::thread one{[&] { counter.fetch_add(1); }};
  sim::thread two{[&] { counter.fetch_add(1); }};
  one.join();
  two.join();
  SIM_EXPECT(counter.peek() == 2);
}

RACELAB_TEST(Counter, LosesAnUpdate) {
  SIM_EXPECT(add_in_two_steps() == 2);
}

RACELAB_TEST(Assertions, ExpectInTheBody) {
  EXPECT_EQ(add_in_two_steps(), 2) << "lost";
}

RACELAB_TEST(Assertions, ExpectInATaskFailsOnce) {
  sim::atomic<int> x{0, "x"};
  sim::thread one{[&] { x.store(1); }};
  sim::thread two{[&] {
    EXPECT_EQ(x.load(), 0);
    EXPECT_EQ(x.load(), 0);
  }};
  one.join();
  two.join();
}

RACELAB_TEST(Assertions, AssertInATask) {
  sim::atomic<int> x{0, "x"};
  sim::thread one{[&] { x.store(1); }};
  sim::thread two{[&] {
    ASSERT_EQ(x.load(), 0);
    x.store(2);
  }};
  one.join();
  two.join();
}

RACELAB_TEST(Assertions, AssertInTheBodyBeforeTheJoins) {
  sim::atomic<int> x{0, "x"};
  std::vector<sim::thread> tasks;
  tasks.emplace_back([&] { x.store(1); });
  tasks.emplace_back([&] { x.store(2); });
  ASSERT_EQ(x.load(), 0);
  for (sim::thread& task : tasks) task.join();
}

RACELAB_TEST(Assertions, SkipInTheBody) {
  add_in_two_steps();
  GTEST_SKIP() << "too late";
}

RACELAB_TEST(Assertions, ThatHold) {
  EXPECT_LE(add_in_two_steps(), 2);
  ASSERT_GE(add_in_two_steps(), 1);
  SUCCEED();
}

TEST(Assertions, OutsideStillCount) {
  sim::explore_test([] { EXPECT_LE(add_in_two_steps(), 2); });
  EXPECT_EQ(1, 2) << "outside";
}

RACELAB_TEST(Alone, CannotInterleave) {
  sim::atomic<int> x{0};
  sim::thread one{[&] { x.store(1); }};
  one.join();
}

TEST(Alone, MayNotInterleaveWhereAllowed) {
  sim::explore_test(
      [] {
        sim::atomic<int> x{0};
        x.store(1);
      },
      {.must_interleave = false});
}

void crash_where_it_races() {
  sim::atomic<int> x{0, "x"};
  sim::thread one{[&] { x.store(1); }};
  sim::thread two{[&] {
    if (x.load() == 1) std::raise(SIGSEGV);
  }};
  one.join();
  two.join();
}

TEST(Crash, Isolated) {
  sim::explore_test(crash_where_it_races, {.isolate = true});
}

TEST(Crash, ThatIsExpected) {
  sim::expect_failure(crash_where_it_races, {sim::OutcomeKind::crash, "SIGSEGV in task 2"},
                      {.isolate = true});
}

/// Sleeps for longer than the hang time of the test that runs it.
TEST(Hang, NotIsolated) {
  sim::explore_test([] {
    sim::atomic<int> x{0, "x"};
    sim::thread one{[&] { x.store(1); }};
    sim::thread two{[&] {
      static bool slept = false;
      if (!std::exchange(slept, true)) std::this_thread::sleep_for(std::chrono::seconds{2});
      x.store(2);
    }};
    one.join();
    two.join();
  });
}

int recurse(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? frame[0] : recurse(depth - 1) + frame[0];
}

TEST(StackOverflow, NotIsolated) {
  sim::explore_test([] {
    sim::atomic<int> x{0, "x"};
    sim::thread one{[&] { x.store(1); }};
    sim::thread two{[&] { x.store(recurse(1'000'000)); }};
    one.join();
    two.join();
  });
}

TEST(Hang, Isolated) {
  sim::explore_test(
      [] {
        sim::atomic<int> x{0, "x"};
        sim::thread one{[&] { x.store(1); }};
        sim::thread two{[&] {
          for (volatile bool go = x.load() == 1; go;) continue;
        }};
        one.join();
        two.join();
      },
      {.isolate = true});
}

RACELAB_TEST(Exception, InATask) {
  sim::atomic<int> x{0, "x"};
  sim::thread one{[&] { x.store(1); }};
  sim::thread two{[&] {
    if (x.load() == 1) throw std::runtime_error("nobody catches this");
  }};
  one.join();
  two.join();
}

TEST(Hunt, Finds) {
  sim::expect_failure([] { SIM_EXPECT(add_in_two_steps() == 2); },
                      {sim::OutcomeKind::assertion, "add_in_two_steps() == 2"});
}

TEST(Hunt, FindsByAnAssertionOfGoogleTest) {
  sim::expect_failure([] { EXPECT_EQ(add_in_two_steps(), 2); }, "Which is: 1");
}

TEST(Hunt, Misses) {
  sim::expect_failure([] { EXPECT_GE(add_in_two_steps(), 1); }, sim::OutcomeKind::deadlock);
}

TEST(Hunt, FindsAnother) {
  sim::expect_failure([] { SIM_EXPECT(add_in_two_steps() == 2); }, sim::OutcomeKind::deadlock);
}

TEST(Hunt, SaysNotWhat) {
  sim::expect_failure([] { add_in_two_steps(); }, "");
}

TEST(Options, FromCode) {
  sim::explore_test([] { add_in_two_steps(); },
                    {.search = {.strategy = "pct", .seed = 7, .executions = 20}});
}

TEST(Options, ThatMeanNothing) {
  sim::explore_test([] { add_in_two_steps(); }, {.search = {.strategy = "luck"}});
}

TEST(Options, WithACallbackThatFails) {
  sim::explore_test([] { SIM_EXPECT(add_in_two_steps() == 2); },
                    {.replay_command = [](const std::string& file) {
                      ADD_FAILURE() << "outside of tasks";
                      return "cat " + file;
                    }});
}

class TooEarly : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    sim::explore_test([] { add_in_two_steps(); });
  }
};

TEST_F(TooEarly, Explores) {}

class Fixture : public testing::Test {
 protected:
  int increments = 2;
};

TEST_F(Fixture, IsSeenByTheBody) {
  sim::explore_test([&] { EXPECT_LE(add_in_two_steps(), increments); });
}

class Parametrised : public testing::TestWithParam<int> {};

TEST_P(Parametrised, Loses) {
  sim::explore_test([] { EXPECT_EQ(add_in_two_steps(), GetParam()); });
}

INSTANTIATE_TEST_SUITE_P(Sample, Parametrised, testing::Values(1, 2));

TEST(Twice, TheSecondFails) {
  sim::explore_test([] { EXPECT_LE(add_in_two_steps(), 2); });
  sim::explore_test([] { EXPECT_EQ(add_in_two_steps(), 2); });
}

TEST(Plain, HasNothingToExplore) {
  EXPECT_EQ(1 + 1, 2);
}

TEST(Disabled, DISABLED_Loses) {
  sim::explore_test([] { SIM_EXPECT(add_in_two_steps() == 2); });
}

}  // namespace
