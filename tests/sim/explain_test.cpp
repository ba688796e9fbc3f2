// Tests of explanations: the orders of steps without which an execution does not fail.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/diagnose/conflict_pairs.hpp>
#include <sim/diagnose/coverage.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/reversal.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/engine/executions.hpp>
#include <sim/report/cause.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/var.hpp>

#include <tests/sim/run.hpp>
#include <tests/sim/why.hpp>

namespace {

using sim::Body;
using sim::test::run_both;
using sim::test::why;
using sim::test::Why;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Explain, NamesALostUpdate) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    const auto increment = [&] {
      const int seen = x.load();
      x.store(seen + 1);
    };
    run_both(increment, increment);
    SIM_EXPECT(x.peek() == 2);
  });
  EXPECT_EQ(found.pattern, "lost update");
  EXPECT_THAT(found.orders,
              ElementsAre("task 1 loads x (step 1) before task 2 stores it (step 3)",
                          "task 2 loads x (step 2) before task 1 stores it (step 4)"));
  ASSERT_TRUE(found.explanation.passing);
  EXPECT_FALSE(found.explanation.passing->outcome.failed());
}

TEST(Explain, NamesUnorderedPublication) {
  const Why found = why([] {
    sim::atomic<int> data{0, "data"};
    sim::atomic<bool> ready{false, "ready"};
    run_both(
        [&] {
          ready.store(true);
          data.store(42);
        },
        [&] {
          if (ready.load()) SIM_ASSERT(data.load() == 42);
        });
  });
  EXPECT_EQ(found.pattern, "unordered publication");
  EXPECT_THAT(found.orders,
              ElementsAre("task 1 stores ready (step 1) before task 2 loads it (step 2)",
                          "task 2 loads data (step 3) before task 1 stores it"));
}

TEST(Explain, NamesALockOrderCycle) {
  const Why found = why([] {
    sim::mutex one{"one"};
    sim::mutex other{"other"};
    run_both(
        [&] {
          const std::lock_guard first{one};
          const std::lock_guard second{other};
        },
        [&] {
          const std::lock_guard first{other};
          const std::lock_guard second{one};
        });
  });
  EXPECT_EQ(found.pattern, "lock-order cycle");
  EXPECT_THAT(found.orders, ElementsAre("task 1 locks one (step 1) before task 2 can",
                                        "task 2 locks other (step 2) before task 1 can"));
}

TEST(Explain, NamesALostWakeUp) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::condition_variable wake{"wake"};
    sim::atomic<bool> ready{false, "ready"};
    run_both(
        [&] {
          std::unique_lock lock{mutex};
          while (!ready.load()) wake.wait(lock);
        },
        [&] {
          ready.store(true);
          wake.notify_one();
        });
  });
  EXPECT_EQ(found.pattern, "lost wake-up");
  EXPECT_THAT(
      found.orders,
      ElementsAre("task 1 loads ready (step 2) before task 2 stores it (step 3)",
                  "task 2 notifies wake (step 4) before task 1 begins to wait for it (step 5)"));
}

TEST(Explain, NamesAnOrderViolation) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    run_both([&] { x.store(1); }, [&] { SIM_ASSERT(x.load() == 1); });
  });
  EXPECT_EQ(found.pattern, "order violation");
  EXPECT_THAT(found.orders, ElementsAre("task 2 loads x (step 1) before task 1 stores it"));
}

TEST(Explain, CallsARaceDoubleCheckedOnlyIfTheTaskThatChecksTwiceAlsoSetsTheFlag) {
  const Why found = why([] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> flag{0, "flag"};
    sim::var<int> data{0, "data"};
    sim::thread checks{[&] {
      if (flag.load() != 0) return;
      const std::lock_guard lock{mutex};
      if (flag.load() == 0) data = 1;
    }};
    sim::thread sets{[&] { flag.store(1); }};
    sim::thread reads{[&] {
      if (flag.load() != 0) SIM_EXPECT(data.read() >= 0);
    }};
    checks.join();
    sets.join();
    reads.join();
  });
  EXPECT_EQ(found.pattern, "data race");
}

TEST(Explain, LeavesOutOrdersThatDoNotMatter) {
  // The tasks also conflict on `noise`, in an order that has nothing to do with the failure.
  const Why found = why([] {
    sim::atomic<int> noise{0, "noise"};
    sim::atomic<int> x{0, "x"};
    run_both(
        [&] {
          noise.fetch_add(1);
          x.store(1);
          noise.fetch_add(1);
        },
        [&] {
          noise.fetch_add(1);
          SIM_ASSERT(x.load() == 0);
        });
  });
  EXPECT_THAT(found.orders,
              ElementsAre("task 1 stores x (step 2) before task 2 loads it (step 5)"));
}

TEST(Explain, SaysNothingIsNecessaryWhereEveryOrderFails) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    run_both([&] { x.fetch_add(1); }, [&] { x.fetch_add(1); });
    SIM_EXPECT(x.peek() == 3);
  });
  EXPECT_THAT(found.orders, IsEmpty());
  EXPECT_EQ(found.pattern, "");
  EXPECT_FALSE(found.explanation.passing);
  EXPECT_TRUE(found.explanation.whole);
}

TEST(Explain, SaysNothingIsNecessaryWhereAnotherOrderMakesUpForIt) {
  // Each of the two writers alone causes the failure.
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    sim::thread a{[&] { x.fetch_add(1); }};
    sim::thread b{[&] { x.fetch_add(1); }};
    sim::thread c{[&] { SIM_ASSERT(x.load() == 0); }};
    a.join();
    b.join();
    c.join();
  });
  EXPECT_THAT(found.orders, IsEmpty());
  EXPECT_GT(found.explanation.reversible, 0U);
  EXPECT_FALSE(found.explanation.conflict_free());
}

TEST(Explain, SaysWhetherTheTasksConflictAtAll) {
  const Why found = why([] {
    sim::atomic<int> x{0, "x"};
    sim::atomic<int> y{0, "y"};
    run_both([&] { x.store(1); }, [&] { y.store(1); });
    SIM_EXPECT(x.peek() == y.peek() + 1);
  });
  EXPECT_TRUE(found.explanation.conflict_free());
}

TEST(ConflictingPairs, AreTheNearestOnlyInALongRecording) {
  const auto found = sim::test::run(
      [] {
        sim::atomic<int> x{0, "x"};
        const auto twice = [](const auto& step) {
          return [step] {
            step();
            step();
          };
        };
        run_both(twice([&] { x.store(1); }), twice([&] { static_cast<void>(x.load()); }));
      },
      {1, 1, 2, 2});
  using sim::Ordering;
  EXPECT_THAT(sim::conflicting_pairs(found.recording, 4),
              ElementsAre(Ordering{0, 2}, Ordering{0, 3}, Ordering{1, 2}, Ordering{1, 3}));
  // The second load is not the first conflict after the first store, nor that store the last one
  // before it.
  EXPECT_THAT(sim::conflicting_pairs(found.recording, 3),
              ElementsAre(Ordering{0, 2}, Ordering{1, 2}, Ordering{1, 3}));
}

TEST(Reversal, IsOfBothStepsOnlyIfTheFirstIsMadeAfterTheSecond) {
  const Body body = [] {
    sim::atomic<bool> ready{false, "ready"};
    sim::atomic<int> data{0, "data"};
    run_both(
        [&] {
          if (!ready.load()) static_cast<void>(data.load());
        },
        [&] {
          ready.store(true);
          data.store(1);
        });
  };
  const auto entries = sim::test::run(body, {1, 1, 2, 2}).recording.schedule_entries();
  sim::Reversal reversal;
  reversal.first = 1;   // data.load()
  reversal.second = 3;  // data.store()
  reversal.before.resize(entries.size());
  reversal.free.resize(entries.size());
  sim::Engine engine;
  sim::ReversalStrategy both{entries, reversal};
  run_once(engine, body, both);
  EXPECT_TRUE(both.is_reversed());
  EXPECT_TRUE(both.has_both());
  // If `ready` is stored before it is loaded, `data` is not loaded at all.
  reversal.before[0] = {2};
  sim::ReversalStrategy one{entries, reversal};
  run_once(engine, body, one);
  EXPECT_TRUE(one.is_reversed());
  EXPECT_FALSE(one.has_both());
}

// ---------------------------------------------------------------------------------------------
// The coverage of a search without failures

sim::Coverage coverage(const Body& body) {
  sim::EngineOptions options;
  options.record_order = true;
  sim::Engine engine{options};
  sim::DporStrategy strategy;
  sim::CoverageCollector collector;
  sim::Executions executions{engine, body, strategy};
  while (executions.next(&collector)) {
  }
  return collector.result();
}

TEST(Coverage, SeesBothOrdersOfWhatIsFree) {
  const sim::Coverage found = coverage([] {
    sim::atomic<int> x{0, "x"};
    run_both([&] { x.store(1); }, [&] { static_cast<void>(x.load()); });
  });
  EXPECT_EQ(found.executions, 2U);
  EXPECT_EQ(found.pairs, 1U);
  EXPECT_THAT(found.never, IsEmpty());
}

TEST(Coverage, NamesOrdersThatNeverHappen) {
  const sim::Coverage found = coverage([] {
    sim::atomic<bool> ready{false, "ready"};
    sim::atomic<int> data{0, "data"};
    run_both(
        [&] {
          data.store(1);
          ready.store(true);
        },
        [&] {
          if (ready.load()) static_cast<void>(data.load());
        });
  });
  EXPECT_EQ(found.pairs, 2U);
  ASSERT_EQ(found.never.size(), 1U);
  EXPECT_EQ(found.never[0], (sim::ActionOrder{{"2", "load", "data", sim::OperationKind::load},
                                              {"1", "store", "data", sim::OperationKind::store}}));
  EXPECT_EQ(order_text(found.never[0]), "task 2 loads data before task 1 stores data");
}

TEST(Coverage, LeavesOutWhatASpawnOrJoinOrders) {
  const sim::Coverage found = coverage([] {
    sim::atomic<int> x{0, "x"};
    x.store(1);
    sim::thread a{[&] { x.store(2); }};
    a.join();
    static_cast<void>(x.load());
  });
  EXPECT_EQ(found.pairs, 0U);
}

}  // namespace
