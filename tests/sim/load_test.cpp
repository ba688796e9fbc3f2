// Tests of fibers under load: long executions, the maximum number of tasks, deep stacks, exceptions
// everywhere. The reports of LeakSanitizer and AddressSanitizer are part of the tests.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/random.hpp>
#include <sim/sync.hpp>

#include <tests/sim/run.hpp>

namespace {

/// Runs `count` executions of a random walk, none of which may fail or abandon a task.
void expect_to_hold(const sim::Body& body, std::uint32_t count,
                    const sim::EngineOptions& options = {}) {
  sim::Engine engine{options};
  sim::RandomStrategy walk{1};
  for (std::uint32_t i = 0; i < count; ++i) {
    const sim::Outcome& outcome = run_once(engine, body, walk);
    ASSERT_FALSE(outcome.failed()) << "execution " << i << ": " << to_string(outcome.kind);
    ASSERT_EQ(engine.abandoned(), 0U);
  }
}

template <class Work>
void in_tasks(std::size_t count, const Work& work) {
  std::list<sim::thread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (sim::thread& thread : threads) thread.join();
}

TEST(Load, TensOfThousandsOfSteps) {
  sim::EngineOptions options;
  options.steps_max = 100'000;
  expect_to_hold(
      [] {
        sim::atomic<int> counter{0};
        in_tasks(4, [&](std::size_t) {
          for (int i = 0; i < 10'000; ++i) counter.fetch_add(1);
        });
        SIM_EXPECT(counter.peek() == 40'000);
      },
      3, options);
}

TEST(Load, AsManyTasksAsThereMayBeAgainAndAgain) {
  expect_to_hold(
      [] {
        sim::atomic<int> counter{0};
        in_tasks(sim::kTasksMax - 1, [&](std::size_t) {
          const std::string owned(100, 'x');
          counter.fetch_add(static_cast<int>(owned.size()));
        });
        SIM_EXPECT(counter.peek() == 100 * static_cast<int>(sim::kTasksMax - 1));
      },
      1'000);
}

TEST(Load, ShortLivedTasksOneBehindTheOther) {
  expect_to_hold(
      [] {
        sim::atomic<int> counter{0};
        for (std::size_t i = 1; i < sim::kTasksMax; ++i) {
          sim::jthread{[&] { counter.fetch_add(1); }};
        }
        SIM_EXPECT(counter.peek() == static_cast<int>(sim::kTasksMax - 1));
      },
      1'000);
}

/// Uses about 1 KiB of stack for each level, and makes a step at the deepest level.
int descend(sim::atomic<int>& shared, int levels) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(levels);
  if (levels == 0) return shared.fetch_add(1);
  return descend(shared, levels - 1) + (frame[0] == static_cast<char>(levels) ? 1 : 0);
}

TEST(Load, StacksAsDeepAsAsked) {
  constexpr int kLevels = 5'000;
  sim::EngineOptions options;
  options.stack_bytes = std::size_t{32} * 1024 * 1024;
  expect_to_hold(
      [] {
        sim::atomic<int> shared{0};
        sim::atomic<int> sum{0};
        in_tasks(3, [&](std::size_t) { sum.fetch_add(descend(shared, kLevels)); });
        SIM_EXPECT(sum.peek() == 3 * kLevels + 0 + 1 + 2);
      },
      20, options);
}

void throw_through(sim::atomic<int>& steps, int frames) {
  const std::string owned(50, 'y');
  steps.fetch_add(1);
  if (frames == 0) throw std::runtime_error{owned};
  try {
    throw_through(steps, frames - 1);
  } catch (const std::runtime_error& error) {
    // Another task may throw and catch before this one continues.
    steps.fetch_add(1);
    SIM_EXPECT(error.what() == owned);
    throw;
  }
}

TEST(Load, ExceptionsInFlightInEveryTask) {
  expect_to_hold(
      [] {
        sim::atomic<int> steps{0};
        sim::atomic<int> caught{0};
        in_tasks(16, [&](std::size_t) {
          try {
            throw_through(steps, 20);
          } catch (const std::exception&) {
            caught.fetch_add(1);
          }
        });
        SIM_EXPECT(caught.peek() == 16);
        SIM_EXPECT(steps.peek() == 16 * 41);
      },
      50);
}

/// A bounded queue of many items between many tasks.
void move_items() {
  constexpr int kItems = 30;
  sim::mutex m;
  sim::condition_variable filled;
  sim::condition_variable emptied;
  std::deque<std::string> items;
  std::size_t moved = 0;
  const auto put = [&](std::size_t self) {
    for (int i = 0; i < kItems; ++i) {
      std::unique_lock lock{m};
      emptied.wait(lock, [&] { return items.size() < 2; });
      items.push_back(std::string(30, static_cast<char>('a' + self)));
      filled.notify_one();
    }
  };
  const auto take = [&] {
    for (int i = 0; i < kItems; ++i) {
      std::unique_lock lock{m};
      filled.wait(lock, [&] { return !items.empty(); });
      moved += items.front().size();
      items.pop_front();
      emptied.notify_one();
    }
  };
  in_tasks(12, [&](std::size_t self) { self % 2 == 0 ? put(self) : take(); });
  SIM_EXPECT(moved == std::size_t{6} * kItems * 30);
}

TEST(Load, ManySleepAndAreWoken) {
  expect_to_hold(move_items, 100);
}

TEST(Load, WhatIsCutAnywhereIsDrained) {
  // Nothing is lost, whatever the bound on steps.
  sim::PctStrategy strategy{1, {3, 200}};
  for (std::uint32_t steps = 1; steps < 400; steps += 7) {
    sim::EngineOptions options;
    options.steps_max = steps;
    sim::Engine engine{options};
    EXPECT_EQ(run_once(engine, move_items, strategy).kind, sim::OutcomeKind::step_bound);
    EXPECT_EQ(engine.abandoned(), 0U) << steps;
  }
}

}  // namespace
