// Tests of tasks: when they run, how they are named, and how they end.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;
using testing::ElementsAre;

TEST(Tasks, ANewTaskRunsToItsFirstOperationBeforeItsCreatorGoesOn) {
  std::vector<std::string> log;
  const auto execution = run([&] {
    sim::atomic<int> x{0, "x"};
    log.emplace_back("make");
    sim::thread t{[&] {
      log.emplace_back("child starts");
      x.store(1);
      log.emplace_back("child stored");
    }};
    log.emplace_back("creator goes on");
    t.join();
    log.emplace_back("joined");
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(log,
              ElementsAre("make", "child starts", "creator goes on", "child stored", "joined"));
}

TEST(Tasks, NestedTasksRunInnermostFirst) {
  std::vector<std::string> log;
  run([&] {
    sim::atomic<int> x{0};
    sim::thread outer{[&] {
      sim::thread inner{[&] {
        log.emplace_back("inner");
        x.load();
      }};
      log.emplace_back("outer");
      x.load();
      inner.join();
    }};
    log.emplace_back("main");
    outer.join();
  });
  EXPECT_THAT(log, ElementsAre("inner", "outer", "main"));
}

TEST(Tasks, SpawnStartJoinAndEndAreNoChoicePoints) {
  // One task with k steps has a single interleaving, however the task is made and joined.
  const Tally one = run_all([] {
    sim::atomic<int> x{0};
    sim::thread t{[&] {
      x.store(1);
      x.store(2);
    }};
    t.join();
  });
  EXPECT_EQ(one.executions, 1U);
  // Tasks without steps add nothing to the two orders of two single steps.
  const Tally idle = run_all([] {
    sim::atomic<int> x{0};
    std::array<sim::thread, 6> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i] = sim::thread([&x, i] {
        if (i % 3 == 1) x.fetch_add(1);
      });
    }
    for (sim::thread& t : threads) t.join();
    SIM_EXPECT(x.peek() == 2);
  });
  EXPECT_EQ(idle.executions, 2U);
  EXPECT_EQ(idle.failures, 0U);
}

TEST(Tasks, TheTestBodyIsATaskLikeAnyOther) {
  // Two steps of main against one of its child: C(3,1) orders.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread t{[&] { x.store(1); }};
    x.load();
    x.load();
    t.join();
  });
  EXPECT_EQ(tally.executions, 3U);
}

TEST(Tasks, StepsBeforeASpawnComeBeforeAllOfTheChild) {
  // The child of two steps is made after main's first step of three: C(4,2) orders of the rest.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    x.store(1);
    sim::thread t{[&] {
      SIM_EXPECT(x.load() == 1);
      x.load();
    }};
    x.load();
    x.load();
    t.join();
  });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Tasks, JoinWaitsForTheLastStep) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] { x.fetch_add(1); }};
    sim::thread b{[&] {
      a.join();
      SIM_EXPECT(x.load() == 1);
      x.fetch_add(1);
    }};
    b.join();
    SIM_EXPECT(x.peek() == 2);
    SIM_EXPECT(!a.joinable() && !b.joinable());
  });
  EXPECT_EQ(tally.executions, 1U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Tasks, ATaskWhoseLastAwaitedHasEndedGoesOnAtOnce) {
  // When a ends, b, which joins it, must continue to its load before c and main can step. There are
  // 3 orders of a's store, b's load after it, and c's store.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] { x.store(1); }};
    sim::thread b{[&] {
      a.join();
      x.load();
    }};
    sim::thread c{[&] { x.store(2); }};
    b.join();
    c.join();
  });
  EXPECT_EQ(tally.executions, 3U);
}

TEST(Tasks, NamesTellWhoMadeWhom) {
  const auto execution = run([] {
    sim::thread one{[] { sim::atomic<int>{0}.load(); }};
    sim::thread two{[] {
      sim::thread first{[] { sim::atomic<int>{0}.load(); }};
      sim::thread second{[] {
        sim::thread deep{[] { sim::atomic<int>{0}.load(); }};
        deep.join();
      }};
      first.join();
      second.join();
    }};
    one.join();
    two.join();
    sim::atomic<int>{0}.load();
  });
  // The name of an object without a given name contains the name of the task that made it.
  EXPECT_THAT(execution.steps(),
              ElementsAre("1 load 1.atomic1 = 0", "1 destroy 1.atomic1", "2.1 load 2.1.atomic1 = 0",
                          "2.1 destroy 2.1.atomic1", "2.2.1 load 2.2.1.atomic1 = 0",
                          "2.2.1 destroy 2.2.1.atomic1", "0 load 0.atomic1 = 0"));
}

TEST(Tasks, NamesDoNotDependOnTheInterleaving) {
  // Both children of main make one task each, in either order. Task 1.1 is always the child of task
  // 1.
  const Tally tally = run_all(
      [] {
        sim::atomic<int> x{0};
        const auto parent = [&] {
          x.load();
          sim::thread child{[&] { x.load(); }};
          child.join();
        };
        sim::thread a{parent};
        sim::thread b{parent};
        a.join();
        b.join();
      },
      {},
      [](const sim::Engine& engine) {
        const bool one_first = engine.trace().entries().front().task == sim::task_at(1);
        EXPECT_EQ(engine.task_name(sim::task_at(3)), one_first ? "1.1" : "2.1");
        EXPECT_EQ(engine.task_name(sim::task_at(4)), one_first ? "2.1" : "1.1");
      });
  EXPECT_EQ(tally.executions, 6U);  // C(4,2)
}

TEST(Tasks, TheExecutionEndsWhenDetachedTasksHaveEnded) {
  int finished = 0;
  const Tally tally = run_all([&] {
    const auto x = std::make_shared<sim::atomic<int>>(0);
    sim::thread t{[x, &finished] {
      x->store(1);
      x->store(2);
      ++finished;
    }};
    t.detach();
    SIM_EXPECT(!t.joinable());
    x->load();
  });
  EXPECT_EQ(tally.executions, 3U);
  EXPECT_EQ(tally.failures, 0U);
  EXPECT_EQ(finished, 3);
}

TEST(Tasks, MoreTasksThanTheBuildAllowsAreRefused) {
  int started = 0;
  const auto make = [&](std::size_t count) {
    started = 0;
    return run([&, count] {
      std::vector<sim::thread> threads;
      for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&] { ++started; });
      for (sim::thread& t : threads) t.join();
    });
  };
  EXPECT_FALSE(make(sim::kTasksMax - 1).outcome.failed());
  EXPECT_EQ(started, static_cast<int>(sim::kTasksMax) - 1);

  const auto execution = make(sim::kTasksMax);
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::misuse);
  EXPECT_EQ(
      execution.outcome.message(),
      "more than " + std::to_string(sim::kTasksMax) +
          " tasks in one execution: use fewer, join them before others are made, or build with "
          "RACELAB_TASKS_MAX=" +
          std::to_string(sim::kTasksMax + 64));
  EXPECT_EQ(started, static_cast<int>(sim::kTasksMax) - 1);
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(Tasks, AnEngineReusesTheSlotsOfShortLivedTasks) {
  sim::Engine engine;
  for (int i = 0; i < 1000; ++i) {
    sim::test::InOrder strategy{{}};
    int ended = 0;
    const auto body = [&] {
      for (int k = 0; k < 50; ++k) {
        sim::thread t{[&] { ++ended; }};
        t.join();
      }
    };
    EXPECT_FALSE(engine.run(body, strategy).failed());
    EXPECT_EQ(ended, 50);
  }
}

TEST(Tasks, AThreadDestroyedWhileJoinableTerminates) {
  for (const bool replaced : {false, true}) {
    const sim::test::LeakOnPurpose leak;
    const auto execution = run([replaced] {
      sim::atomic<int> x{0};
      sim::thread t{[&] { x.store(1); }};
      if (replaced) t = sim::thread{};
    });
    EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::uncaught_exception);
    EXPECT_EQ(execution.outcome.message(),
              "std::terminate was called, because a thread that was neither joined nor detached is "
              "destroyed, which was made at the place below");
    EXPECT_TRUE(execution.outcome.place().starts_with("tasks_test.cpp:"));
    EXPECT_EQ(execution.outcome.task, sim::kMainTask);
    EXPECT_EQ(execution.abandoned, 1U);  // main, in the destructor; its child is drained
  }
}

TEST(Tasks, JoiningTwiceIsMisuse) {
  const auto execution = run([] {
    sim::thread t{[] {}};
    t.join();
    t.join();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::misuse);
  EXPECT_EQ(execution.outcome.message(), "\"join of a thread that is not joinable\"");
}

TEST(Tasks, ATaskThatJoinsItselfIsDeadlocked) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0};
        std::optional<sim::thread> t;
        t.emplace([&] {
          x.load();
          t->join();
        });
        x.load();
      },
      {1, 0});
  EXPECT_EQ(execution.outcome.summary(), "deadlock task 1 waits to join task 1");
  EXPECT_EQ(execution.abandoned, 0U);
}

TEST(Tasks, ArgumentsAreMovedToTheTask) {
  const auto execution = run([] {
    auto owned = std::make_unique<int>(42);
    int seen = 0;
    sim::thread t{[](std::unique_ptr<int> mine, int& out) { out = *mine; }, std::move(owned),
                  std::ref(seen)};
    SIM_EXPECT(owned == nullptr);  // NOLINT(bugprone-use-after-move)
    t.join();
    SIM_EXPECT(seen == 42);
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.message();
}

TEST(Tasks, SpawnsAndJoinsAreInTheTraceWhereAsked) {
  sim::EngineOptions options;
  options.record_order = true;
  const auto execution = run(
      [] {
        sim::atomic<int> x{0};
        sim::thread t{[&] { x.store(1); }};
        t.join();
      },
      {}, options);
  ASSERT_EQ(execution.trace.size(), 3U);
  EXPECT_EQ(execution.trace[0].kind, sim::OperationKind::spawn);
  EXPECT_EQ(execution.trace[0].other_task(), sim::task_at(1));
  EXPECT_EQ(execution.trace[1].kind, sim::OperationKind::store);
  EXPECT_EQ(execution.trace[2].kind, sim::OperationKind::join);
  EXPECT_EQ(execution.trace[2].task, sim::kMainTask);
}

}  // namespace
