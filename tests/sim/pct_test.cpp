// Tests that PctStrategy finds bugs exactly as often as an enumeration of all priority orders and
// change points predicts.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/pct.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/draws.hpp>

namespace {

using sim::test::failure_frequency;
using sim::test::failure_probability;
using sim::test::make_program;
using sim::test::tolerance;

/// The algorithm as its description states it: a list of the tasks, from the highest priority to
/// the lowest. A new task takes any place in the list; tasks that change points have lowered come
/// after the others.
class DrawnPct final : public sim::test::DrawnStrategy {
 public:
  DrawnPct(std::uint32_t depth, std::uint32_t length)
      : change_points_(depth - 1), length_(length) {}

  std::uint32_t choose(const sim::ChoicePoint& point) override {
    point.enabled.for_each([&](sim::TaskId task) {
      if (std::find(met_.begin(), met_.end(), task) != met_.end()) return;
      met_.push_back(task);
      const std::uint32_t place = draws.below(static_cast<std::uint32_t>(order_.size()) + 1);
      order_.insert(order_.begin() + place, task);
    });
    ++step_;
    for (std::size_t i = 0; i < change_points_.size(); ++i) {
      if (change_points_[i] == step_) fallen_[highest(point.enabled)] = i;
    }
    return point.enabled.rank(highest(point.enabled));
  }

 private:
  void begin() override {
    order_.clear();
    met_.clear();
    fallen_.clear();
    step_ = 0;
    for (std::uint32_t& step : change_points_) step = 1 + draws.below(length_);
  }
  [[nodiscard]] sim::TaskId highest(const sim::TaskSet& enabled) const {
    for (const sim::TaskId task : order_) {
      if (enabled.contains(task) && !fallen_.contains(task)) return task;
    }
    const std::pair<const sim::TaskId, std::size_t>* best = nullptr;
    for (const auto& fallen : fallen_) {
      if (!enabled.contains(fallen.first)) continue;
      if (best == nullptr || fallen.second > best->second) best = &fallen;
    }
    return best->first;
  }

  std::vector<sim::TaskId> order_;
  std::vector<sim::TaskId> met_;
  std::map<sim::TaskId, std::size_t> fallen_;  ///< the change point that has lowered each task
  std::vector<std::uint32_t> change_points_;
  std::uint32_t length_;
  std::uint32_t step_ = 0;
};

struct Row {
  const char* program;
  std::uint32_t depth;
  double probability = 0;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program << " depth " << row.depth;
}

class Pct : public testing::TestWithParam<Row> {};

TEST_P(Pct, FailsWithTheExactProbability) {
  const sim::Program program = make_program(GetParam().program);
  const std::uint32_t depth = GetParam().depth;
  const std::uint32_t length = sim::measure(program, {}, 1).length;
  DrawnPct drawn{depth, length};
  const double p = GetParam().probability;
  EXPECT_NEAR(failure_probability(program, drawn), p, 1e-9);
  sim::PctStrategy strategy{20'240'917, {depth, length}};
  EXPECT_NEAR(failure_frequency(program, strategy), p, tolerance(p));
}

INSTANTIATE_TEST_SUITE_P(
    Exact, Pct,
    testing::Values(
        Row{"count/bankrace:n=2", 1, 0}, Row{"count/bankrace:n=2", 2, 1.0 / 5},
        Row{"count/bankrace:n=2", 3, 33.0 / 100}, Row{"count/bankrace:n=3", 2, 2.0 / 15},
        Row{"count/philosophers:n=2", 1, 0}, Row{"count/philosophers:n=2", 2, 1.0 / 8},
        Row{"count/philosophers:n=3", 1, 0}, Row{"count/philosophers:n=3", 2, 1.0 / 24},
        Row{"count/philosophers:n=3", 3, 23.0 / 288}, Row{"count/philosophers:n=4", 1, 0},
        Row{"count/philosophers:n=4", 2, 1.0 / 96}, Row{"count/philosophers:n=4", 4, 233.0 / 6144},
        Row{"example/late-check:n=12", 1, 1.0 / 2}, Row{"example/late-check:n=12", 2, 1.0 / 13}));

/// A bug and its depth, the number of steps that must come before certain others.
class PctBound : public testing::TestWithParam<Row> {};

TEST_P(PctBound, HoldsAtTheDepthOfTheBugAndAbove) {
  const sim::Program program = make_program(GetParam().program);
  const sim::Measurement measured = sim::measure(program, {}, 1);
  const auto tasks = static_cast<double>(measured.tasks.size());
  for (std::uint32_t depth = GetParam().depth; depth <= GetParam().depth + 1; ++depth) {
    const double bound = 1 / (tasks * std::pow(measured.length, depth - 1));
    DrawnPct drawn{depth, measured.length};
    EXPECT_GE(failure_probability(program, drawn), bound) << depth;
    sim::PctStrategy strategy{1, {depth, measured.length}};
    EXPECT_GE(failure_frequency(program, strategy), bound - tolerance(bound)) << depth;
  }
}

// The check comes after the last step of the shutdown; both balances are read before either is
// changed; each philosopher takes the left fork before the neighbour needs it.
INSTANTIATE_TEST_SUITE_P(Exact, PctBound,
                         testing::Values(Row{"example/late-check:n=12", 1},
                                         Row{"count/bankrace:n=2", 2},
                                         Row{"count/philosophers:n=2", 2},
                                         Row{"count/philosophers:n=3", 3}));

/// The steps of main, of the task that it makes first, of the task which that one makes, and of a
/// task that main makes late.
sim::Program tasks_made_by_tasks() {
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
            x.fetch_add(1);
            sim::thread late{[&] { x.fetch_add(1); }};
            x.fetch_add(1);
            first.join();
            late.join();
          }};
}

TEST(PctStrategy, TasksMadeLateTakeAnyRankAmongTheOthers) {
  const sim::Program program = tasks_made_by_tasks();
  DrawnPct drawn{2, 7};
  const auto exact = sim::test::distribution(program, drawn, sim::test::order_of);
  sim::PctStrategy strategy{3, {.depth = 2, .length = 7}};
  const auto found = sim::test::frequencies(program, strategy, sim::test::order_of);
  EXPECT_EQ(found.size(), exact.size());
  for (const auto& [order, p] : exact) EXPECT_NEAR(found.at(order), p, tolerance(p)) << order;
}

TEST(PctStrategy, AnswersTheTestsOwnChoicesEvenly) {
  const sim::Program program{{}, {}, [] { SIM_EXPECT(sim::choose(4) != 2); }};
  sim::PctStrategy strategy{1, {.depth = 3, .length = 1}};
  EXPECT_NEAR(failure_frequency(program, strategy), 0.25, tolerance(0.25));
}

TEST(PctStrategy, LetsTheTaskRunThatOthersWaitForByYielding) {
  const sim::Program program{{}, {}, sim::test::wait_by_yielding};
  sim::PctStrategy strategy{1, {.depth = 3, .length = 20}};
  EXPECT_EQ(failure_frequency(program, strategy), 0);
}

TEST(PctStrategy, AnExecutionOfASeedIsTheSameWhateverRanBefore) {
  const auto make = [] {
    return std::make_unique<sim::PctStrategy>(7, sim::PctOptions{.depth = 3, .length = 15});
  };
  const sim::Program program = make_program("count/bankrace:n=3");
  sim::test::expect_independent_executions(make, program, make_program("count/philosophers:n=5"));
  sim::test::expect_splittable(make, program);
}

TEST(PctStrategy, RefusesOptionsThatAreZero) {
  EXPECT_THROW(sim::PctStrategy(1, {.depth = 0, .length = 1}), sim::UsageError);
  EXPECT_THROW(sim::PctStrategy(1, {.depth = 1, .length = 0}), sim::UsageError);
}

}  // namespace
