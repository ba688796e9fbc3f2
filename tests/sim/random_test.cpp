// Tests that the random walk finds bugs exactly as often as theory predicts. Each seed is fixed, so
// each test always gives the same result. With the tolerance of 4 standard deviations, one seed in
// 15,787 would fail by chance.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/search/random.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::example;

constexpr std::uint64_t kExecutions = 100'000;

struct Row {
  const char* program;
  double probability;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program;
}

class RandomWalk : public testing::TestWithParam<Row> {};

TEST_P(RandomWalk, FailsWithTheExactProbability) {
  const sim::Program program = example(GetParam().program);
  sim::RandomStrategy strategy{20'240'917};
  sim::Engine engine;
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < kExecutions; ++i) {
    failures += run_once(engine, program.body, strategy).failed() ? 1 : 0;
  }
  const double p = GetParam().probability;
  const auto n = static_cast<double>(kExecutions);
  EXPECT_NEAR(static_cast<double>(failures) / n, p, 4 * std::sqrt(p * (1 - p) / n));
}

INSTANTIATE_TEST_SUITE_P(Exact, RandomWalk,
                         testing::Values(Row{"count/bankrace:n=2", 0.609375},
                                         Row{"count/bankrace:n=3", 0.798024},
                                         Row{"count/philosophers:n=2", 0.5},
                                         Row{"count/philosophers:n=3", 0.333333},
                                         Row{"count/philosophers:n=4", 0.229167},
                                         Row{"count/philosophers:n=5", 0.158333}));

/// The digests of the traces of `count` executions of `program`.
std::vector<std::uint64_t> digests(sim::RandomStrategy& strategy, const sim::Program& program,
                                   std::size_t count) {
  sim::Engine engine;
  std::vector<std::uint64_t> all;
  for (std::size_t i = 0; i < count; ++i) {
    run_once(engine, program.body, strategy);
    all.push_back(engine.trace().digest());
  }
  return all;
}

TEST(RandomStrategy, AnExecutionOfASeedIsTheSameWhateverRanBefore) {
  const sim::Program program = example("count/bankrace:n=3");
  sim::RandomStrategy alone{7};
  const auto expected = digests(alone, program, 100);
  // The first 50 executions are those of another program, with more choices, or are skipped.
  for (const bool nothing : {false, true}) {
    sim::RandomStrategy strategy{7};
    if (nothing) {
      for (int i = 0; i < 50; ++i) strategy.begin_execution();
    } else {
      digests(strategy, example("count/philosophers:n=5"), 50);
    }
    const auto rest = digests(strategy, program, 50);
    EXPECT_EQ(rest, std::vector<std::uint64_t>(expected.begin() + 50, expected.end()));
  }
}

TEST(RandomStrategy, OtherSeedsWalkElsewhere) {
  const sim::Program program = example("count/bankrace:n=3");
  sim::RandomStrategy one{1};
  sim::RandomStrategy two{2};
  EXPECT_NE(digests(one, program, 20), digests(two, program, 20));
}

TEST(RandomStrategy, IsNeverComplete) {
  sim::RandomStrategy strategy{1};
  sim::ExploreOptions options;
  options.executions_max = 1000;
  options.all = true;
  const sim::Exploration found = sim::explore(example("count/bankrace:n=2"), strategy, options);
  EXPECT_EQ(found.reason, sim::StopReason::executions);
  EXPECT_EQ(found.executions, 1000U);
  EXPECT_FALSE(found.complete);
}

TEST(Random, NumbersAreTheOnesOfThePaper) {
  // The first outputs of SplitMix64 from the state 1234567, as in its reference implementation.
  sim::Random random{1234567};
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, BelowStaysBelowAndIsEven) {
  // 60,000 draws with probability 1/6: the standard deviation is 91.3, and 4 of them are 365.
  sim::Random random{1};
  std::vector<int> seen(6);
  for (int i = 0; i < 60'000; ++i) ++seen.at(random.below(6));
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 365);
  EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
