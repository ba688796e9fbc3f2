// Tests that SurwStrategy makes each order of the steps of interest equally likely, and finds bugs
// exactly as often as an enumeration of its draws predicts.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/surw.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/draws.hpp>

namespace {

using sim::test::failure_frequency;
using sim::test::failure_probability;
using sim::test::make_program;
using sim::test::tolerance;

sim::SurwStrategy strategy_for(const sim::Program& program, bool selective, std::uint64_t seed) {
  return sim::SurwStrategy{seed, {sim::measure(program, {}, 1), selective}};
}

/// Expects that all of `count` orders occur equally often.
template <class What>
void expect_uniform(const sim::Program& program, bool selective, std::size_t count,
                    const What& what) {
  const sim::Measurement profile = sim::measure(program, {}, 1);
  sim::SurwStrategy strategy{11, {profile, selective}};
  const auto found = sim::test::frequencies(program, strategy, what);
  EXPECT_EQ(found.size(), count);
  const double p = 1 / static_cast<double>(count);
  // The statistic has count - 1 degrees of freedom, so its mean is count - 1 and its variance twice
  // that.
  double chi_square = 0;
  for (const auto& [order, share] : found) {
    EXPECT_NEAR(share, p, tolerance(p) * 5 / 4) << order;
    chi_square += sim::test::kSamples * (share - p) * (share - p) / p;
  }
  const auto freedom = static_cast<double>(count - 1);
  EXPECT_LE(chi_square, freedom + 4 * std::sqrt(2 * freedom));
}

/// A program of two tasks with 1 and 3 steps on one object.
sim::Program one_and_three() {
  return {{}, {}, [] {
            sim::atomic<int> x{0, "x"};
            sim::thread one{[&] { x.fetch_add(1); }};
            sim::thread three{[&] {
              for (int i = 0; i < 3; ++i) x.fetch_add(1);
            }};
            one.join();
            three.join();
          }};
}

TEST(SurwStrategy, EachInterleavingOfOneStepWithThreeIsEquallyLikely) {
  // A random walk produces 1222 in one half of its executions, and 2221 in one eighth.
  for (const bool selective : {true, false}) {
    expect_uniform(one_and_three(), selective, 4, sim::test::order_of);
  }
}

TEST(SurwStrategy, EachInterleavingOfSixStepsWithSixIsEquallyLikely) {
  expect_uniform(make_program("count/fib:n=2"), false, 924, sim::test::order_of);
}

/// Task 1 makes a step, then makes task 1.1, which makes two steps, and then makes another step.
/// Task 2 makes two steps.
sim::Program nested() {
  return {{}, {}, [] {
            sim::atomic<int> x{0, "x"};
            sim::thread first{[&] {
              x.fetch_add(1);
              sim::thread inner{[&] {
                x.fetch_add(1);
                x.fetch_add(1);
              }};
              x.fetch_add(1);
              inner.join();
            }};
            sim::thread second{[&] {
              x.fetch_add(1);
              x.fetch_add(1);
            }};
            first.join();
            second.join();
          }};
}

TEST(SurwStrategy, EachInterleavingOfATreeOfTasksIsEquallyLikely) {
  // For each of the 6 steps, the number of steps that cannot come before it, itself included, is 4,
  // 2, 1, 1 and 2, 1. So there are 6!/(4·2·2) = 45 interleavings.
  for (const bool selective : {true, false}) {
    expect_uniform(nested(), selective, 45, sim::test::order_of);
  }
}

/// A program of two tasks with 1 and 3 steps on x. The second task makes six more steps on its own
/// object.
sim::Program with_noise() {
  return {{}, {}, [] {
            sim::atomic<int> x{0, "x"};
            sim::atomic<int> own{0, "own"};
            sim::thread one{[&] { x.fetch_add(1); }};
            sim::thread three{[&] {
              for (int i = 0; i < 3; ++i) {
                own.store(i);
                x.fetch_add(1);
                own.store(i);
              }
            }};
            one.join();
            three.join();
          }};
}

TEST(SurwStrategy, EachOrderOfTheStepsOnOneObjectIsEquallyLikelyWhateverElseTasksDo) {
  expect_uniform(with_noise(), true, 4, [](const sim::Engine& engine) {
    std::string order;
    for (const sim::TraceEntry& entry : engine.trace().entries()) {
      if (sim::ordinal_of(entry.object) == 1) order += std::to_string(sim::index_of(entry.task));
    }
    return order;
  });
}

/// The algorithm as its description states it, for programs whose main task makes all tasks before
/// the first step and then only joins them. The number of steps of each task on each object is
/// given.
class DrawnSurw final : public sim::test::DrawnStrategy {
 public:
  /// Element [i][t] is the number of steps of task t on main's i-th object. Task 0 is main, which
  /// makes no steps.
  explicit DrawnSurw(std::vector<std::vector<std::uint32_t>> steps) : steps_(std::move(steps)) {}

  std::uint32_t choose(const sim::ChoicePoint& point) override {
    if (!intended_) {
      std::vector<std::uint32_t> left;
      for (const std::uint32_t steps : left_) left.push_back(std::max(steps, 1U));
      intended_ = draws.weighted(left);
    }
    std::vector<std::uint32_t> may(point.alternatives);
    bool any = false;
    for (std::uint32_t i = 0; i < point.alternatives; ++i) {
      may[i] = !waits(point, i) || task(point, i) == intended_ ? 1 : 0;
      any |= may[i] != 0;
    }
    if (!any) {
      std::vector<std::uint32_t> left(point.alternatives);
      for (std::uint32_t i = 0; i < point.alternatives; ++i) {
        left[i] = std::max(left_[task(point, i)], 1U);
      }
      const std::uint32_t chosen = draws.weighted(left);
      intended_ = task(point, chosen);
      may[chosen] = 1;
    }
    const std::uint32_t next = draws.weighted(may);
    if (waits(point, next)) {
      left_[task(point, next)] -= std::min(left_[task(point, next)], 1U);
      intended_.reset();
    }
    return next;
  }

 private:
  void begin() override {
    object_ = draws.below(static_cast<std::uint32_t>(steps_.size()));
    left_ = steps_[object_];
    intended_.reset();
  }
  static std::uint32_t task(const sim::ChoicePoint& point, std::uint32_t i) {
    return static_cast<std::uint32_t>(sim::index_of(point.enabled.nth(i)));
  }
  [[nodiscard]] bool waits(const sim::ChoicePoint& point, std::uint32_t i) const {
    return sim::ordinal_of(point.pending[task(point, i)].object) == object_ + 1;
  }

  std::vector<std::vector<std::uint32_t>> steps_;
  std::vector<std::uint32_t> left_;
  std::uint32_t object_ = 0;
  std::optional<std::uint32_t> intended_;
};

struct Row {
  const char* program;
  std::vector<std::vector<std::uint32_t>> steps;
  double probability;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program;
}

class Surw : public testing::TestWithParam<Row> {};

TEST_P(Surw, FailsWithTheExactProbability) {
  const sim::Program program = make_program(GetParam().program);
  DrawnSurw drawn{GetParam().steps};
  const double p = GetParam().probability;
  EXPECT_NEAR(failure_probability(program, drawn), p, 1e-9);
  sim::SurwStrategy strategy = strategy_for(program, true, 20'240'917);
  EXPECT_NEAR(failure_frequency(program, strategy), p, tolerance(p));
}

// Each philosopher locks and unlocks both forks; each withdrawal has two loads and a store of
// `from`, a load and a store of `to`.
INSTANTIATE_TEST_SUITE_P(
    Exact, Surw,
    testing::Values(
        Row{"count/bankrace:n=2", {{0, 3, 3}, {0, 2, 2}}, 53.0 / 80},
        Row{"count/philosophers:n=2", {{0, 2, 2}, {0, 2, 2}}, 2.0 / 5},
        Row{"count/philosophers:n=3", {{0, 2, 0, 2}, {0, 2, 2, 0}, {0, 0, 2, 2}}, 65.0 / 216}));

TEST(SurwStrategy, GoesOnWhereTheProfileIsOfAnotherProgram) {
  // All counts are wrong, and so is the number of tasks, but every interleaving is still possible.
  const sim::Measurement profile = sim::measure(one_and_three(), {}, 1);
  for (const bool selective : {true, false}) {
    sim::SurwStrategy strategy{1, {profile, selective}};
    const auto found = sim::test::frequencies(nested(), strategy, sim::test::order_of);
    EXPECT_EQ(found.size(), 45U);
  }
  sim::SurwStrategy without{1, {}};
  EXPECT_EQ(sim::test::frequencies(nested(), without, sim::test::order_of).size(), 45U);
}

TEST(SurwStrategy, AnswersTheTestsOwnChoicesEvenly) {
  const sim::Program program{{}, {}, [] { SIM_EXPECT(sim::choose(4) != 2); }};
  sim::SurwStrategy strategy = strategy_for(program, true, 1);
  EXPECT_NEAR(failure_frequency(program, strategy), 0.25, tolerance(0.25));
}

TEST(SurwStrategy, LetsTheTaskRunThatOthersWaitForByYielding) {
  const sim::Program program{{}, {}, sim::test::wait_by_yielding};
  for (const bool selective : {true, false}) {
    sim::SurwStrategy strategy = strategy_for(program, selective, 1);
    EXPECT_EQ(failure_frequency(program, strategy), 0);
  }
}

TEST(SurwStrategy, AnExecutionOfASeedIsTheSameWhateverRanBefore) {
  const sim::Program program = make_program("count/bankrace:n=3");
  for (const bool selective : {true, false}) {
    const auto make = [&] {
      return std::make_unique<sim::SurwStrategy>(
          7, sim::SurwOptions{sim::measure(program, {}, 1), selective});
    };
    sim::test::expect_independent_executions(make, program, make_program("count/philosophers:n=5"));
    sim::test::expect_splittable(make, program);
  }
}

}  // namespace
