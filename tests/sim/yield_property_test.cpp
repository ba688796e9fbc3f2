// The search by traces and the exhaustive search find the same traces of programs that yield.

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync.hpp>

#include <tests/sim/random_program.hpp>
#include <tests/sim/run.hpp>

namespace {

enum class Action : std::uint8_t { load, store, add, exchange, yield, yield_and_load };

struct Line {
  Action action;
  std::size_t variable;
};
using Program = std::vector<std::vector<Line>>;

Program random_program(sim::Random& random) {
  Program program(2 + random.below(2));
  for (auto& task : program) {
    task.resize(1 + random.below(program.size() == 2 ? 5 : 3));
    for (Line& line : task) {
      line = {static_cast<Action>(random.below(6)), random.below(2)};
    }
  }
  return program;
}

void run_lines(const std::vector<Line>& lines, std::array<sim::atomic<int>, 2>& variables) {
  for (const Line& line : lines) {
    auto& variable = variables.at(line.variable);
    switch (line.action) {
      case Action::load:
        variable.load();
        break;
      case Action::store:
        variable.store(1);
        break;
      case Action::add:
        ++variable;
        break;
      case Action::exchange: {
        int zero = 0;
        variable.compare_exchange_strong(zero, 2);
        break;
      }
      case Action::yield:
        sim::yield();
        break;
      case Action::yield_and_load:
        if (variable.load() == 0) sim::yield();
        break;
    }
  }
}

struct Found {
  std::set<std::string> all;
  std::set<std::string> by_traces;
  std::uint64_t executions = 0;  ///< those that the search by traces ran
  std::uint64_t interleavings = 0;
};

Found search(const sim::Body& body) {
  sim::EngineOptions options;
  options.record_order = true;
  options.after_failure = sim::AfterFailure::continue_;
  options.steps_max = 300;
  sim::Engine engine{options};
  Found found;
  sim::ExhaustiveStrategy exhaustive;
  sim::Executions interleavings{engine, body, exhaustive};
  while (interleavings.next()) {
    EXPECT_FALSE(engine.truncated());
    found.all.insert(sim::test::trace_text(engine));
    ++found.interleavings;
  }
  sim::DporStrategy dpor;
  sim::Executions traces{engine, body, dpor};
  while (traces.next()) {
    EXPECT_FALSE(engine.truncated());
    found.by_traces.insert(sim::test::trace_text(engine));
    if (++found.executions > 20 * found.all.size() + 100) break;
  }
  EXPECT_EQ(traces.status(), sim::SearchStatus::exhausted);
  return found;
}

TEST(YieldProperty, RandomProgramsHaveTheSameTracesInBothSearches) {
  std::uint64_t more = 0;
  std::uint64_t traces = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    sim::Random random{seed};
    const Program program = random_program(random);
    const Found found = search([&program] {
      std::array<sim::atomic<int>, 2> variables;
      std::vector<sim::thread> threads;
      for (const auto& task : program) {
        threads.emplace_back([&task, &variables] { run_lines(task, variables); });
      }
      for (sim::thread& thread : threads) thread.join();
    });
    for (const std::string& trace : found.all) {
      ASSERT_TRUE(found.by_traces.contains(trace)) << "seed " << seed << " lacks\n" << trace;
    }
    EXPECT_EQ(found.executions, found.by_traces.size()) << "a trace twice, seed " << seed;
    traces += found.all.size();
    more += found.by_traces.size() - found.all.size();
  }
  // A trace whose first steps are fair may become unfair by what follows (docs/dpor.md). It is a
  // possible execution all the same.
  EXPECT_LT(more * 200, traces) << more << " of " << traces;
}

/// Expects the same traces in both searches, none of them twice.
void expect_equal(const sim::Body& body, std::size_t traces, std::uint64_t interleavings) {
  const Found found = search(body);
  EXPECT_EQ(found.all, found.by_traces);
  EXPECT_EQ(found.executions, traces);
  EXPECT_EQ(found.all.size(), traces);
  EXPECT_EQ(found.interleavings, interleavings);
}

void spin_until(const sim::atomic<int>& x, int wanted) {
  while (x.load() < wanted) sim::yield();
}

TEST(YieldProperty, OneSpinsWhileAnotherCountsUp) {
  const auto body = [](int steps) {
    return [steps] {
      sim::atomic<int> x{0};
      sim::thread spinner{[&] { spin_until(x, steps); }};
      sim::thread writer{[&] {
        for (int i = 0; i < steps; ++i) ++x;
      }};
      spinner.join();
      writer.join();
    };
  };
  // Before each of the writes there is one load or none.
  expect_equal(body(1), 2, 2);
  expect_equal(body(2), 4, 4);
  expect_equal(body(5), 32, 32);
}

TEST(YieldProperty, OneSpinsWhileAnotherDoesSomethingElseFirst) {
  // As many loads fail as the other task has steps, at most; those steps commute with the loads.
  const auto body = [] {
    sim::atomic<int> x{0};
    sim::atomic<int> other{0};
    sim::thread spinner{[&] { spin_until(x, 1); }};
    sim::thread writer{[&] {
      for (int i = 0; i < 3; ++i) ++other;
      ++x;
    }};
    spinner.join();
    writer.join();
  };
  expect_equal(body, 5, 16);
}

TEST(YieldProperty, TwoSpinUntilAThirdHasStored) {
  const auto body = [] {
    sim::atomic<int> x{0};
    sim::thread a{[&] { spin_until(x, 1); }};
    sim::thread b{[&] { spin_until(x, 1); }};
    sim::thread c{[&] { ++x; }};
    a.join();
    b.join();
    c.join();
  };
  expect_equal(body, 4, 6);
}

TEST(YieldProperty, ATestAndSetLockThatYieldsIsALock) {
  const auto body = [](int tasks) {
    return [tasks] {
      sim::atomic<bool> taken{false};
      std::vector<sim::thread> threads;
      for (int i = 0; i < tasks; ++i) {
        threads.emplace_back([&] {
          while (taken.exchange(true)) sim::yield();
          taken.store(false);
        });
      }
      for (sim::thread& thread : threads) thread.join();
    };
  };
  expect_equal(body(2), 4, 4);
  const Found three = search(body(3));
  EXPECT_EQ(three.all, three.by_traces);
  EXPECT_EQ(three.executions, three.all.size());
}

TEST(YieldProperty, LoopsThatSpinWithoutAYieldEnd) {
  const auto spin = [] {
    sim::atomic<int> x{0};
    sim::thread a{[&] {
      while (x.load() == 0) {
      }
    }};
    sim::thread b{[&] {
      for (int expected = 1; !x.compare_exchange_weak(expected, 2); expected = 1) {
      }
    }};
    sim::thread c{[&] { ++x; }};
    a.join();
    b.join();
    c.join();
  };
  // Unoptimized code leaves remains of calls on the stack, which depend on the interleaving and
  // delay the recognition of a loop. So one search may let a loop run a few rounds longer.
  const Found found = search(spin);
  EXPECT_EQ(found.executions, found.by_traces.size());
  EXPECT_GE(found.executions, 30U);
}

}  // namespace
