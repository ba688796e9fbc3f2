// Tests of executions that stop before their tasks have ended: tasks are not unwound, but continue
// to their ends, unrecorded.

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/drained.hpp>
#include <tests/sim/run.hpp>

namespace {

class Drain : public sim::test::DrainTest {};

using sim::test::alive;
using sim::test::CountedObject;
using sim::test::expect_stopped;
using sim::test::kGoOn;
using sim::test::LeakOnPurpose;
using sim::test::run;
using sim::test::run_all;
using sim::test::stop_behind;
using sim::test::Tally;

TEST_F(Drain, ATaskInTheDestructorOfALockGuardEnds) {
  const auto task = [](sim::atomic<int>& x, sim::mutex& m) {
    const std::lock_guard guard{m};
    x.store(1);
  };
  for (std::size_t steps = 0; steps <= 3; ++steps) {
    expect_stopped(stop_behind(task, steps), steps, 0);
  }
}

TEST_F(Drain, ATaskInANoexceptFunctionEnds) {
  const auto task = [](sim::atomic<int>& x, sim::mutex& m) noexcept {
    const CountedObject counted;
    const std::lock_guard guard{m};
    x.store(1);
    x.store(2);
  };
  for (std::size_t steps = 0; steps <= 4; ++steps) {
    expect_stopped(stop_behind(task, steps), steps, 0);
  }
}

TEST_F(Drain, ATaskInsideACatchAllEnds) {
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    try {
      x.store(1);
      throw std::runtime_error("caught");
    } catch (...) {
      x.store(2);
      try {
        x.store(3);
      } catch (...) {
        ADD_FAILURE() << "nothing is thrown into a task that ends by itself";
      }
    }
  };
  for (std::size_t steps = 0; steps <= 3; ++steps) {
    expect_stopped(stop_behind(task, steps), steps, 0);
  }
}

TEST_F(Drain, ATaskUnwindingFromAnExceptionEnds) {
  struct Guard {
    sim::atomic<int>& x;
    const CountedObject counted{};
    ~Guard() {
      x.store(1);
      x.store(2);
    }
  };
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    try {
      const Guard guard{x};
      throw std::runtime_error("in flight");
    } catch (const std::runtime_error&) {
      x.store(3);
    }
  };
  for (std::size_t steps = 0; steps <= 3; ++steps) {
    expect_stopped(stop_behind(task, steps), steps, 0);
  }
}

TEST_F(Drain, ALoopThatNeverEndsIsMadeToStop) {
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    const CountedObject counted;
    for (;;) x.load_as("look");
  };
  expect_stopped(stop_behind(task, 0), 0, 0);
  expect_stopped(stop_behind(task, 5), 5, 0);
  const auto locks = [](sim::atomic<int>&, sim::mutex& m) {
    for (;;) const std::lock_guard guard{m};
  };
  // The last step that is allowed is a lock or an unlock, which a destructor calls.
  expect_stopped(stop_behind(locks, 3), 3, 0);
  expect_stopped(stop_behind(locks, 4), 4, 0);
}

TEST_F(Drain, ALoopOfChoicesIsMadeToStop) {
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    x.load();
    while (sim::choose(2) == 0) {
    }
  };
  expect_stopped(stop_behind(task, 0), 0, 0);
}

TEST_F(Drain, ALoopInANoexceptFunctionIsAbandoned) {
  const LeakOnPurpose leak;
  const auto task = [](sim::atomic<int>& x, sim::mutex&) noexcept {
    for (;;) x.load();
  };
  expect_stopped(stop_behind(task, 2), 2, 1);
}

TEST_F(Drain, ALoopThatSwallowsEverythingIsAbandonedAndCounted) {
  const LeakOnPurpose leak;
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    for (;;) {
      try {
        x.load();
      } catch (...) {
      }
    }
  };
  expect_stopped(stop_behind(task, 2), 2, 1);
}

TEST_F(Drain, TheExecutionBehindAnAbandonedOneWorks) {
  const LeakOnPurpose leak;
  sim::Engine engine;
  const sim::Body stubborn = [] {
    sim::atomic<int> x{0};
    sim::thread t{[&] {
      for (;;) {
        try {
          x.load();
        } catch (...) {
        }
      }
    }};
    SIM_ASSERT(false);
  };
  const sim::Body throws = [] {
    sim::atomic<int> x{0};
    sim::thread t{[&] {
      x.load();
      throw std::runtime_error("lost");
    }};
    t.join();
  };
  const sim::Body fine = [] {
    sim::atomic<int> x{0};
    sim::thread t{[&] {
      try {
        x.fetch_add(1);
        throw std::runtime_error("caught");
      } catch (const std::runtime_error&) {
        x.fetch_add(1);
      }
    }};
    t.join();
    SIM_EXPECT(x.peek() == 2);
  };
  for (int i = 0; i < 100; ++i) {
    sim::test::InOrder strategy{{}};
    EXPECT_TRUE(engine.run(stubborn, strategy).failed());
    EXPECT_EQ(engine.abandoned(), 1U);
    EXPECT_FALSE(engine.run(fine, strategy).failed());
    EXPECT_EQ(engine.abandoned(), 0U);
    EXPECT_EQ(engine.run(throws, strategy).kind, sim::OutcomeKind::uncaught_exception);
    EXPECT_EQ(engine.abandoned(), 1U);
    EXPECT_FALSE(engine.run(fine, strategy).failed());
    EXPECT_EQ(engine.trace().steps(), 2U);
  }
}

TEST_F(Drain, DeadlockedPhilosophersReleaseEverything) {
  const Tally tally = run_all(
      [] {
        std::array<sim::mutex, 3> forks;
        const auto dine = [&](std::size_t i) {
          const CountedObject hungry;
          const std::lock_guard left{forks[i]};
          const CountedObject eating;
          const std::lock_guard right{forks[(i + 1) % 3]};
          const CountedObject fed;
        };
        std::array<sim::thread, 3> threads;
        for (std::size_t i = 0; i < 3; ++i) threads[i] = sim::thread(dine, i);
        for (sim::thread& t : threads) t.join();
      },
      {}, [](const sim::Engine&) { EXPECT_EQ(alive, 0); });
  EXPECT_EQ(tally.executions, 168U);
  EXPECT_EQ(tally.failures, 6U);
  EXPECT_EQ(tally.abandoned, 0U);
}

TEST_F(Drain, ThousandsOfCutExecutionsLoseNothing) {
  std::uint64_t made = 0;
  const sim::Body body = [&] {
    const auto shared = std::make_shared<CountedObject>();
    sim::atomic<int> x{0};
    sim::mutex m;
    const auto task = [&x, &m, &made, shared] {
      const CountedObject counted;
      ++made;
      const std::lock_guard guard{m};
      const auto more = std::make_unique<CountedObject>();
      SIM_ASSERT(x.load() < 2);
      x.fetch_add(1);
    };
    sim::thread a{task};
    sim::thread b{task};
    sim::thread c{task};
    x.store(1);
    a.join();
    b.join();
    c.join();
  };
  // 3! orders of getting the mutex, and in each a place for the store. Three places, between the
  // second add and the third load, make all pass. In the three up to the first add the second task
  // fails, in the four up to the second add the third one; it also fails with the store later than
  // its load, which then is never made, or is all that is left: one execution in either mode.
  for (const sim::EngineOptions& options : {sim::EngineOptions{}, kGoOn}) {
    for (int round = 0; round < 20; ++round) {
      made = 0;
      const Tally tally = run_all(body, options, [](const sim::Engine&) { EXPECT_EQ(alive, 0); });
      EXPECT_EQ(tally.executions, 6U * (3 + 3 + 4 + 1));
      EXPECT_EQ(tally.failures, 6U * (3 + 4 + 1));
      EXPECT_EQ(tally.abandoned, 0U);
      EXPECT_EQ(made, 3 * tally.executions);
    }
  }
}

TEST_F(Drain, AJoinerThatIsNewerThanWhomItJoinsIsResumedOnce) {
  const auto execution = run(
      [] {
        sim::atomic<int> x{0};
        sim::thread first{[&] {
          const CountedObject counted;
          x.load();
          x.load();
        }};
        sim::thread joiner{[&] {
          const CountedObject counted;
          first.join();
        }};
        sim::thread joins_the_joiner{[&] { joiner.join(); }};
        x.load();
        SIM_ASSERT(false);
        joins_the_joiner.join();
      },
      {1, 0});
  expect_stopped(execution, 1, 0);
}

TEST_F(Drain, WhomAJoinAwaitsEndsBeforeTheJoinReturns) {
  // The object that the older task uses belongs to the newer task that joins it.
  bool used = false;
  const auto execution = run(
      [&] {
        sim::atomic<int> x{0};
        CountedObject* shared = nullptr;
        sim::thread user{[&] {
          x.load();
          x.load();
          if (shared != nullptr && *shared->owned == 1) used = true;
        }};
        sim::thread owner{[&] {
          const auto counted = std::make_unique<CountedObject>();
          shared = counted.get();
          user.join();
          shared = nullptr;
        }};
        x.load();
        SIM_ASSERT(false);
        owner.join();
      },
      {1, 0});
  expect_stopped(execution, 1, 0);
  EXPECT_TRUE(used);
}

TEST_F(Drain, AFailedTaskIsWaitedForByItsJoiner) {
  // Task 1 holds the mutex when it fails. Main first waits for task 2, which waits for the mutex.
  // While draining, main must not destroy the mutex before task 1 has unlocked it.
  bool unlocked = false;
  const auto execution = run(
      [&] {
        struct Watched {
          explicit Watched(const bool& flag) : unlocked(flag) {}
          ~Watched() { EXPECT_TRUE(unlocked); }
          sim::mutex m{"m"};
          const bool& unlocked;
        };
        const auto watched = std::make_unique<Watched>(unlocked);
        sim::thread fails{[&] {
          const CountedObject counted;
          {
            struct Says {
              bool& unlocked;
              ~Says() { unlocked = true; }
            };
            const Says says{unlocked};
            const std::lock_guard guard{watched->m};
            SIM_ASSERT(false);
          }
        }};
        sim::thread waits{[&] { const std::lock_guard guard{watched->m}; }};
        waits.join();
        fails.join();
      },
      {1}, kGoOn);
  expect_stopped(execution, 0, 0);
  EXPECT_TRUE(unlocked);
}

TEST_F(Drain, TasksThatJoinInACircleEnd) {
  const auto execution = run([] {
    std::optional<sim::thread> a;
    std::optional<sim::thread> b;
    sim::atomic<int> x{0, "x"};
    a.emplace([&] {
      const CountedObject counted;
      x.load();
      b->join();
    });
    b.emplace([&] {
      const CountedObject counted;
      x.load();
      a->join();
    });
    x.load();
    x.load();
    const CountedObject counted;
    sim::thread c{[&] { b->join(); }};
    c.join();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::misuse);  // two tasks join b
  EXPECT_EQ(execution.abandoned, 0U);
  EXPECT_EQ(alive, 0);
}

TEST_F(Drain, TasksMadeWhileDrainingRunToTheirEnds) {
  int made = 0;
  const auto task = [&](sim::atomic<int>& x, sim::mutex&) {
    x.load();
    sim::thread child{[&] {
      const CountedObject counted;
      sim::thread grandchild{[&] {
        ++made;
        x.load();
      }};
      ++made;
      grandchild.join();
    }};
    child.join();
  };
  expect_stopped(stop_behind(task, 0), 0, 0);
  EXPECT_EQ(made, 2);
}

TEST_F(Drain, MakingTasksForEverIsMadeToStop) {
  const auto task = [](sim::atomic<int>& x, sim::mutex&) {
    x.load();
    for (;;) {
      sim::thread child{[&] { x.load(); }};
      child.join();
    }
  };
  expect_stopped(stop_behind(task, 0), 0, 0);
}

TEST_F(Drain, WhatHappensWhileDrainingChangesNoOutcome) {
  const auto task = [](sim::atomic<int>& x, sim::mutex& m) {
    x.store(1);
    SIM_EXPECT(x.peek() == 2);
    m.unlock();
    sim::choose(0);
  };
  expect_stopped(stop_behind(task, 0), 0, 0);
  const LeakOnPurpose leak;
  const auto throws = [](sim::atomic<int>& x, sim::mutex&) {
    x.store(1);
    throw std::runtime_error("later");
  };
  expect_stopped(stop_behind(throws, 0), 0, 1);
}

}  // namespace
