// Tests of sim::await(): it is one step, which is enabled while an atomic has a wanted value.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using testing::ElementsAre;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

TEST(Await, IsOneStepOnceTheValueIsThere) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        in_tasks([&] { SIM_EXPECT(sim::await(x, [](int v) { return v > 1; }) == 2); },
                 [&] {
                   x.store(1);
                   x.store(2);
                 });
      },
      {2, 2, 1});
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(execution.steps(), ElementsAre("2 store x = 1", "2 store x = 2", "1 await x = 2"));
}

TEST(Await, IsNotEnabledBefore) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0, "x"};
        in_tasks([&] { sim::await(x, [](int v) { return v > 0; }); }, [&] { x.store(1); });
      },
      {1});
  EXPECT_EQ(execution.outcome.kind,
            sim::OutcomeKind::divergence);  // this order is not possible
}

TEST(Await, AValueThatGoesAwayAgainIsMissedInSomeInterleavings) {
  // The await may be executed before the second store, but not after it.
  EXPECT_EQ(count_all([] {
              sim::atomic<int> x{0, "x"};
              in_tasks([&] { sim::await(x, [](int v) { return v == 1; }); },
                       [&] {
                         x.store(1);
                         x.store(2);
                       });
            }),
            (Counted{2, 2, {{"deadlock task 1 waits for x to change", 1}}}));
}

TEST(Await, IsTriedAtEachValueThatIsWaitedFor) {
  // x becomes 1, 2 and 3. The await sees 1 or 3, each in a trace of its own.
  EXPECT_EQ(count_all([] {
              sim::atomic<int> x{0, "x"};
              in_tasks([&] { sim::await(x, [](int v) { return v % 2 == 1; }); },
                       [&] {
                         x.store(1);
                         x.store(2);
                         x.store(3);
                       });
            }),
            (Counted{2, 2, {}}));
}

TEST(Await, TwoOfThemCommute) {
  EXPECT_EQ(count_all([] {
              sim::atomic<bool> go{false};
              const auto wait = [&] { sim::await(go, [](bool is) { return is; }); };
              in_tasks(wait, wait, [&] { go.store(true); });
            }),
            (Counted{2, 1, {}}));
}

TEST(Await, KnowsWritesOfEveryKind) {
  EXPECT_EQ(count_all([] {
              sim::atomic<int> x{0, "x"};
              in_tasks([&] { sim::await(x, [](int v) { return v == 3; }); },
                       [&] {
                         x.fetch_add(1);
                         int one = 1;
                         x.compare_exchange_strong(one, 2);
                         x.exchange(3);
                       });
            }),
            (Counted{1, 1, {}}));
}

TEST(Await, TellsPointersApart) {
  EXPECT_EQ(count_all([] {
              int a = 0;
              int b = 0;
              sim::atomic<int*> x{nullptr, "x"};
              in_tasks([&] { sim::await(x, [&](const int* v) { return v == &b; }); },
                       [&] {
                         x.store(&a);
                         x.store(&b);
                         x.store(&a);
                       });
            }),
            (Counted{2, 2, {{"deadlock task 1 waits for x to change", 1}}}));
}

TEST(Await, OfAnAtomicThatIsDestroyedIsAUseAfterDestruction) {
  const auto execution = run([] {
    auto x = std::make_unique<sim::atomic<int>>(0, "x");
    sim::thread waiter{[&x = *x] { sim::await(x, [](int v) { return v == 1; }); }};
    x.reset();
    waiter.join();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::use_after_destruction);
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(Await, OfAnAtomicThatIsDestroyedIsAUseAfterDestructionAlsoWhereExecutionsGoOn) {
  sim::Engine engine{sim::test::kGoOn};
  sim::test::InOrder order{{}};
  run_once(
      engine,
      [] {
        auto x = std::make_unique<sim::atomic<int>>(0, "x");
        sim::thread waiter{[&x = *x] { sim::await(x, [](int v) { return v == 1; }); }};
        x.reset();
        waiter.join();
      },
      order);
  EXPECT_EQ(engine.outcome().kind, sim::OutcomeKind::use_after_destruction);
}

TEST(Await, UpToATimeMayEndWithoutTheValue) {
  EXPECT_EQ(count_all([] {
              sim::atomic<int> x{0, "x"};
              in_tasks(
                  [&] {
                    const bool came = sim::await_until(
                        x, [](int v) { return v == 1; },
                        sim::steady_clock::time_point{std::chrono::seconds{1}});
                    SIM_EXPECT(came);
                  },
                  [&] { x.store(1); });
            }),
            (Counted{2, 2, {{"assertion \"came\"", 1}}}));
}

}  // namespace
