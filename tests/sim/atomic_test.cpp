// sim::atomic does what std::atomic does, with one step for each operation.

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Atomic, EachOperationReturnsAndLeavesWhatStdAtomicDoes) {
  const auto execution = run([] {
    // Makes the same calls on both. All results and all values must be equal.
    const auto both = [](auto& ours, auto& theirs, const auto& call) {
      SIM_EXPECT(call(ours) == call(theirs));
      SIM_EXPECT(ours.peek() == theirs.load());
    };
    sim::atomic<int> x{12};
    std::atomic<int> y{12};
    both(x, y, [](auto& a) { return a.load(); });
    both(x, y, [](auto& a) { return a.exchange(7); });
    both(x, y, [](auto& a) { return a.fetch_add(5); });
    both(x, y, [](auto& a) { return a.fetch_sub(3); });
    both(x, y, [](auto& a) { return a.fetch_and(0b1101); });
    both(x, y, [](auto& a) { return a.fetch_or(0b0110); });
    both(x, y, [](auto& a) { return a.fetch_xor(0b0101); });
    both(x, y, [](auto& a) { return ++a; });
    both(x, y, [](auto& a) { return a++; });
    both(x, y, [](auto& a) { return --a; });
    both(x, y, [](auto& a) { return a--; });
    both(x, y, [](auto& a) { return a += 40; });
    both(x, y, [](auto& a) { return a -= 4; });
    both(x, y, [](auto& a) { return a &= 0b111011; });
    both(x, y, [](auto& a) { return a |= 0b1000; });
    both(x, y, [](auto& a) { return a ^= 0b11; });
    both(x, y, [](auto& a) { return a = 9; });
    both(x, y, [](auto& a) { return static_cast<int>(a); });
    both(x, y, [](auto& a) {
      int expected = 9;
      return a.compare_exchange_strong(expected, 10) && expected == 9;
    });
    both(x, y, [](auto& a) {
      int expected = 9;
      return !a.compare_exchange_weak(expected, 11) && expected == 10;
    });
    both(x, y, [](auto& a) {
      a.store(3, std::memory_order_release);
      return a.load(std::memory_order_acquire);
    });
  });
  EXPECT_FALSE(execution.outcome.failed())
      << execution.outcome.message() << execution.outcome.place();
}

TEST(Atomic, IntegersWrapAround) {
  constexpr int kMax = std::numeric_limits<int>::max();
  constexpr int kMin = std::numeric_limits<int>::min();
  const auto execution = run([] {
    sim::atomic<int> x{kMax};
    SIM_EXPECT(x.fetch_add(1) == kMax);
    SIM_EXPECT(x.peek() == kMin);
    SIM_EXPECT(x.fetch_sub(1) == kMin);
    SIM_EXPECT(x.peek() == kMax);
    SIM_EXPECT(++x == kMin);
    SIM_EXPECT(--x == kMax);
    SIM_EXPECT((x += 2) == kMin + 1);
    SIM_EXPECT((x -= 2) == kMax);
    sim::atomic<std::uint8_t> small{255};
    SIM_EXPECT(++small == 0);
    SIM_EXPECT(small.fetch_sub(1) == 0);
    SIM_EXPECT(small.peek() == 255);
    sim::atomic<std::int64_t> wide{std::numeric_limits<std::int64_t>::min()};
    SIM_EXPECT(--wide == std::numeric_limits<std::int64_t>::max());
    sim::atomic<std::uint64_t> unsigned_wide{0};
    SIM_EXPECT(unsigned_wide.fetch_sub(1) == 0);
    SIM_EXPECT(unsigned_wide.peek() == std::numeric_limits<std::uint64_t>::max());
  });
  EXPECT_FALSE(execution.outcome.failed())
      << execution.outcome.message() << execution.outcome.place();
}

TEST(Atomic, OtherTypesWork) {
  enum class Colour : std::uint8_t { red, green };
  struct Pair {
    int a;
    int b;
    bool operator==(const Pair&) const = default;
  };
  const auto execution = run([] {
    sim::atomic<double> d{0.5};
    SIM_EXPECT(d.fetch_add(0.25) == 0.5);
    SIM_EXPECT((d -= 0.75) == 0);
    sim::atomic<bool> flag{false};
    SIM_EXPECT(!flag.exchange(true));
    sim::atomic<Colour> colour{Colour::red};
    colour = Colour::green;
    SIM_EXPECT(colour.load() == Colour::green);
    sim::atomic<Pair> pair{Pair{1, 2}};
    Pair expected{1, 2};
    SIM_EXPECT(pair.compare_exchange_strong(expected, {3, 4}));
    SIM_EXPECT((pair.load() == Pair{3, 4}));
    int target = 0;
    sim::atomic<int*> pointer{nullptr};
    pointer.store(&target);
    SIM_EXPECT(pointer.load() == &target);
  });
  EXPECT_FALSE(execution.outcome.failed())
      << execution.outcome.message() << execution.outcome.place();
  EXPECT_THAT(execution.steps(), testing::Contains("0 store 0.atomic5 = non-null"));
  EXPECT_THAT(execution.steps(), testing::Contains("0 store 0.atomic3 = 1"));
}

TEST(Atomic, TheTraceSaysWhatEachOperationDid) {
  const auto execution = run([] {
    sim::atomic<int> x{1, "x"};
    x.load();
    x.store(2);
    x.exchange(3);
    x.fetch_add(4);
    int expected = 7;
    x.compare_exchange_strong(expected, 8);
    x.compare_exchange_strong(expected, 9);
  });
  // A read-modify-write is shown with the value that it wrote.
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 load x = 1", "0 store x = 2", "0 exchange x = 3", "0 fetch_add x = 7",
                          "0 compare_exchange x = 8", "0 compare_exchange x = 8 (failed)"));
  ASSERT_EQ(execution.trace.size(), 6U);
  const auto writes = [&](std::size_t i) { return execution.trace[i].is_write(); };
  EXPECT_FALSE(writes(0));
  EXPECT_TRUE(writes(1) && writes(2) && writes(3) && writes(4));
  EXPECT_FALSE(execution.trace[4].failed);
  EXPECT_TRUE(execution.trace[5].failed);
  EXPECT_FALSE(writes(5));  // a failed compare_exchange is a read
  EXPECT_EQ(execution.trace[5].result_bits(), 8U);
}

TEST(Atomic, TwoTasksOfTwoStepsHaveSixInterleavings) {
  // 1122 1212 1221 2112 2121 2211; the increment is lost in all but the first and the last.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    const auto increment = [&] { x.store(x.load() + 1); };
    sim::thread a{increment};
    sim::thread b{increment};
    a.join();
    b.join();
    SIM_EXPECT(x.peek() == 2);
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.count("assertion \"x.peek() == 2\""), 4U);
}

TEST(Atomic, CompareExchangeLoopsLoseNothing) {
  // Each task loads, then compare-exchanges until it succeeds; a failed attempt brings the value it
  // needs. L, S, F: load, success, failure. The one that loads last and after the other's success
  // never fails. Of the 6 orders of two loads and first attempts, 1122 and 2211 have no failure;
  // in the other 4 both loads come first, one attempt wins and the other fails and succeeds alone:
  // the loser's failure and success follow the winner's end, so nothing branches any more.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    const auto increment = [&] {
      int seen = x.load();
      while (!x.compare_exchange_weak(seen, seen + 1)) {
      }
    };
    sim::thread a{increment};
    sim::thread b{increment};
    a.join();
    b.join();
    SIM_EXPECT(x.peek() == 2);
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Atomic, ReadModifyWritesAreOneEvent) {
  // 3 tasks with 2 events each: 6!/(2!)^3.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    const auto twice = [&] {
      x++;
      x += 1;
    };
    sim::thread a{twice};
    sim::thread b{twice};
    sim::thread c{twice};
    a.join();
    b.join();
    c.join();
    SIM_EXPECT(x.peek() == 6);
  });
  EXPECT_EQ(tally.executions, 90U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Atomic, PeekIsNoEvent) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] { static_cast<void>(x.peek()); }};
    sim::thread b{[&] { static_cast<void>(x.peek()); }};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 1U);
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const sim::UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Atomic, UsedOutsideAnExecutionIsRefusedWithAPlace) {
  std::unique_ptr<sim::atomic<int>> kept;
  run([&] { kept = std::make_unique<sim::atomic<int>>(5); });
  const auto place = testing::ContainsRegex(":[0-9]+: a sim:: object or operation outside");
  EXPECT_THAT(message_of([&] { kept->load_as("look"); }), place);
  EXPECT_THAT(message_of([&] { kept->update("add", [](int value) { return value + 1; }); }), place);
  EXPECT_EQ(kept->peek(), 5);
  // The operations of std::atomic are noexcept, so the exception calls std::terminate().
  EXPECT_DEATH(kept->load(), "a sim:: object or operation outside");
  EXPECT_DEATH(kept->store(1), "a sim:: object or operation outside");
}

TEST(Atomic, TwoObjectsOfOneNameAreToldApart) {
  const auto execution = run([] {
    sim::atomic<int> first{0, "x"};
    sim::atomic<int> second{0, "x"};
    sim::atomic<int> third{0, sim::Name{"x", 3}};
    first.store(1);
    second.store(2);
    third.store(3);
  });
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 store x = 1", "0 store x#2 = 2", "0 store x[3] = 3"));
}

}  // namespace
