// Tests that PosStrategy finds bugs exactly as often as an enumeration of all orders of its
// priorities predicts.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/search/pos.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/draws.hpp>

namespace {

using sim::test::failure_frequency;
using sim::test::failure_probability;
using sim::test::make_program;
using sim::test::tolerance;

/// The algorithm as its description states it, for programs whose main task only joins: a list of
/// all priorities that were drawn, from the highest to the lowest, each with the task whose pending
/// operation has it, enabled or not. A new priority takes any place in the list.
class DrawnPos final : public sim::test::DrawnStrategy {
 public:
  std::uint32_t choose(const sim::ChoicePoint& point) override {
    if (last_) forget(point);
    for (std::uint32_t i = 1; i < point.names->task_count(); ++i) {
      const sim::TaskId task = sim::task_at(i);
      const bool kept = std::find(order_.begin(), order_.end(), task) != order_.end();
      if (kept || point.ended.contains(task)) continue;
      const std::uint32_t place = draws.below(static_cast<std::uint32_t>(order_.size()) + 1);
      order_.insert(order_.begin() + place, task);
    }
    last_ = **std::find_if(order_.begin(), order_.end(), [&](std::optional<sim::TaskId> task) {
      return task && point.enabled.contains(*task);
    });
    operation_ = point.pending[sim::index_of(*last_)];
    return point.enabled.rank(*last_);
  }

 private:
  void begin() override {
    order_.clear();
    last_.reset();
  }
  /// Priorities that no operation has any more keep their places, because they say something about
  /// the priorities that are lower. If no operation has a priority, the list is cleared.
  void forget(const sim::ChoicePoint& point) {
    bool any = false;
    for (std::optional<sim::TaskId>& task : order_) {
      if (!task) continue;
      if (task == last_ || races(point.pending[sim::index_of(*task)])) task.reset();
      any |= task.has_value();
    }
    if (!any) order_.clear();
  }
  [[nodiscard]] bool races(const sim::Operation& pending) const {
    const bool reads =
        operation_.kind == sim::OperationKind::load && pending.kind == sim::OperationKind::load;
    return pending.object == operation_.object && !reads;
  }

  std::vector<std::optional<sim::TaskId>> order_;  ///< from high to low; empty if no operation has
                                                   ///< the priority
  std::optional<sim::TaskId> last_;
  sim::Operation operation_{};
};

struct Row {
  const char* program;
  double probability;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program;
}

class Pos : public testing::TestWithParam<Row> {};

TEST_P(Pos, FailsWithTheExactProbability) {
  const sim::Program program = make_program(GetParam().program);
  DrawnPos drawn;
  const double p = GetParam().probability;
  EXPECT_NEAR(failure_probability(program, drawn), p, 1e-9);
  sim::PosStrategy strategy{20'240'917};
  EXPECT_NEAR(failure_frequency(program, strategy), p, tolerance(p));
}

INSTANTIATE_TEST_SUITE_P(Exact, Pos,
                         testing::Values(Row{"count/bankrace:n=2", 37.0 / 80},
                                         Row{"count/philosophers:n=2", 1.0 / 3},
                                         Row{"example/late-check:n=6", 1.0 / 7}));

class PosOrders : public testing::TestWithParam<const char*> {};

TEST_P(PosOrders, ComeWithTheExactProbability) {
  const sim::Program program = make_program(GetParam());
  DrawnPos drawn;
  const auto exact = sim::test::distribution(program, drawn, sim::test::order_of);
  sim::PosStrategy strategy{20'240'917};
  const auto found = sim::test::frequencies(program, strategy, sim::test::order_of);
  EXPECT_EQ(found.size(), exact.size());
  for (const auto& [order, p] : exact) EXPECT_NEAR(found.at(order), p, tolerance(p)) << order;
}

INSTANTIATE_TEST_SUITE_P(Exact, PosOrders,
                         testing::Values("count/readers:n=2", "count/readers:n=3", "count/ainc:n=3",
                                         "count/sb:n=2", "count/ninc:n=2", "count/linc:n=2"));

/// Task A makes two steps on its own object, task B one step on another object.
sim::Program apart() {
  return {{}, {}, [] {
            sim::atomic<int> a{0, "a"};
            sim::atomic<int> b{0, "b"};
            sim::thread first{[&] {
              a.store(1);
              a.store(2);
            }};
            sim::thread second{[&] { b.store(1); }};
            first.join();
            second.join();
          }};
}

TEST(PosStrategy, DrawsAnOperationOnceThatRacesWithNothing) {
  // B is last if its priority is the lowest of three: 1/3, where a random walk has 1/4. It is first
  // if its priority is above A's first: 1/2. Otherwise it is between: 1/6.
  sim::PosStrategy strategy{5};
  const auto found = sim::test::frequencies(apart(), strategy, sim::test::order_of);
  EXPECT_EQ(found.size(), 3U);
  EXPECT_NEAR(found.at("112"), 1.0 / 3, tolerance(1.0 / 3));
  EXPECT_NEAR(found.at("211"), 1.0 / 2, tolerance(1.0 / 2));
  EXPECT_NEAR(found.at("121"), 1.0 / 6, tolerance(1.0 / 6));
}

/// Task A makes two steps and task B one step on the same object. A's steps are loads if `load` is
/// set.
sim::Program together(bool load) {
  return {{}, {}, [load] {
            sim::atomic<int> x{0, "x"};
            const auto step = [&] {
              if (load) {
                static_cast<void>(x.load());
              } else {
                x.store(1);
              }
            };
            sim::thread first{[&] {
              step();
              step();
            }};
            sim::thread second{step};
            first.join();
            second.join();
          }};
}

TEST(PosStrategy, DrawsAnewBehindARace) {
  // All steps race, so both priorities are new at each step, as in a random walk.
  sim::PosStrategy stores{5};
  EXPECT_NEAR(sim::test::frequencies(together(false), stores, sim::test::order_of).at("112"), 0.25,
              tolerance(0.25));
  // Loads of one object do not race.
  sim::PosStrategy loads{5};
  EXPECT_NEAR(sim::test::frequencies(together(true), loads, sim::test::order_of).at("112"), 1.0 / 3,
              tolerance(1.0 / 3));
}

TEST(PosStrategy, AnswersTheTestsOwnChoicesEvenly) {
  const sim::Program program{{}, {}, [] { SIM_EXPECT(sim::choose(4) != 2); }};
  sim::PosStrategy strategy{1};
  EXPECT_NEAR(failure_frequency(program, strategy), 0.25, tolerance(0.25));
}

TEST(PosStrategy, LetsTheTaskRunThatOthersWaitForByYielding) {
  const sim::Program program{{}, {}, sim::test::wait_by_yielding};
  sim::PosStrategy strategy{1};
  EXPECT_EQ(failure_frequency(program, strategy), 0);
}

TEST(PosStrategy, AnExecutionOfASeedIsTheSameWhateverRanBefore) {
  const auto make = [] { return std::make_unique<sim::PosStrategy>(7); };
  const sim::Program program = make_program("count/bankrace:n=3");
  sim::test::expect_independent_executions(make, program, make_program("count/philosophers:n=5"));
  sim::test::expect_splittable(make, program);
}

}  // namespace
