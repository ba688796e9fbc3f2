// The estimate of the size of a search.

#include <cstdint>

#include <gtest/gtest.h>

#include <tools/racelab/estimate.hpp>

namespace {

sim::JobsProgress at(std::uint64_t executions, double share) {
  sim::JobsProgress progress;
  progress.executions = executions;
  progress.share = share;
  return progress;
}

TEST(Estimate, OfAnEvenTreeIsItsSize) {
  racelab::Estimate estimate;
  for (int i = 1; i <= 100; ++i) {
    estimate.add(at(static_cast<std::uint64_t>(i) * 1000, i / 500.0));
    EXPECT_EQ(estimate.executions().has_value(), i >= 20) << "nothing at first";
  }
  EXPECT_DOUBLE_EQ(estimate.executions()->low, 500'000);
  EXPECT_DOUBLE_EQ(estimate.executions()->high, 500'000);
}

TEST(Estimate, SaysHowFarItHasWandered) {
  racelab::Estimate estimate;
  for (int i = 1; i <= 100; ++i) estimate.add(at(1000, 1.0 / (100 + i)));
  EXPECT_NEAR(estimate.executions()->low, 151'000, 1);
  EXPECT_NEAR(estimate.executions()->high, 200'000, 1);
}

TEST(Estimate, IsNoneWhereTheTreeKeepsGrowing) {
  racelab::Estimate estimate;
  double share = 1;
  for (int i = 1; i <= 100; ++i) estimate.add(at(1000, share /= 1.1));
  EXPECT_FALSE(estimate.executions());
}

TEST(Estimate, IsNoneWhereTheShareIsNotKnown) {
  racelab::Estimate estimate;
  for (int i = 0; i < 100; ++i) estimate.add(sim::JobsProgress{});
  EXPECT_FALSE(estimate.executions());
}

TEST(Estimate, KeepsItsMemoryOverALongRun) {
  racelab::Estimate estimate;
  for (int i = 1; i <= 1'000'000; ++i) {
    estimate.add(at(static_cast<std::uint64_t>(i), i < 900'000 ? 0.6e-6 * i : 1e-6 * i));
  }
  EXPECT_NEAR(estimate.executions()->low, 1e6, 1);
  EXPECT_NEAR(estimate.executions()->high, 1e6 / 0.6, 1);
}

}  // namespace
