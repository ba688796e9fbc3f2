// Checks the probabilities that are stated in sim/examples/needle.cpp and
// docs/strategies-sampling.md. The probability of a random walk is computed from all executions,
// and compared with the frequency for an n for which the walk finds the bug often enough.

#include <cmath>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <sim/engine/engine.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/pos.hpp>
#include <sim/search/random.hpp>
#include <sim/search/surw.hpp>

#include <tests/sim/draws.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::failure_frequency;
using sim::test::failure_probability;
using sim::test::tolerance;

sim::Program late_check(int n) {
  return sim::test::make_program("example/late-check:n=" + std::to_string(n));
}

TEST(LateCheck, FailsInOneOfItsInterleavings) {
  const sim::test::Tally tally =
      sim::test::run_all(sim::test::make_program("example/late-check").body);
  EXPECT_EQ(tally.executions, 13U);
  EXPECT_EQ(tally.failures, 1U);
}

TEST(LateCheck, AWalkFindsItWithTwoToTheMinusN) {
  for (const int n : {1, 2, 4, 12}) {
    sim::test::DrawnWalk drawn;
    EXPECT_EQ(failure_probability(late_check(n), drawn), std::pow(2, -n));
  }
  for (const int n : {1, 4, 6}) {
    sim::RandomStrategy strategy{20'240'917};
    const double p = std::pow(2, -n);
    EXPECT_NEAR(failure_frequency(late_check(n), strategy), p, tolerance(p));
  }
}

TEST(LateCheck, PctOfDepthOneFindsItWithOneHalf) {
  sim::PctStrategy strategy{20'240'917, {.depth = 1, .length = 13}};
  EXPECT_NEAR(failure_frequency(late_check(12), strategy), 0.5, tolerance(0.5));
}

TEST(LateCheck, PosFindsItWithOneInThirteen) {
  sim::PosStrategy strategy{20'240'917};
  EXPECT_NEAR(failure_frequency(late_check(12), strategy), 1.0 / 13, tolerance(1.0 / 13));
}

TEST(LateCheck, SurwFindsItWithOneHalfOrWhereAllStepsAreOfInterestWithOneInThirteen) {
  const sim::Measurement profile = sim::measure(late_check(12), {}, 1);
  EXPECT_EQ(profile.length, 13U);
  sim::SurwStrategy selective{20'240'917, {profile, true}};
  EXPECT_NEAR(failure_frequency(late_check(12), selective), 0.5, tolerance(0.5));
  sim::SurwStrategy uniform{20'240'917, {profile, false}};
  EXPECT_NEAR(failure_frequency(late_check(12), uniform), 1.0 / 13, tolerance(1.0 / 13));
}

}  // namespace
