// Tests the options of a search: their text, and what they change in a program.

#include <sim/search/options.hpp>

#include <gtest/gtest.h>

#include <sim/engine/program.hpp>
#include <sim/engine/usage_error.hpp>

namespace {

using sim::describe_search;
using sim::SearchOptions;

TEST(SearchOptions, AreNotDescribedWhereTheyChangeNothing) {
  EXPECT_EQ(describe_search({.strategy = "dpor", .seed = 7, .preemptions = 2, .pct_depth = 4}), "");
  EXPECT_EQ(describe_search({.strategy = "bounded", .seed = 7}), "");
}

TEST(SearchOptions, AreDescribedAsTheOptionsOfTheirStrategy) {
  EXPECT_EQ(describe_search({}), "seed 1");
  EXPECT_EQ(describe_search({.strategy = "random", .seed = 7}), "seed 7");
  EXPECT_EQ(describe_search({.strategy = "sticky", .stay_percent = 90}), "seed 1, stays 90 %");
  EXPECT_EQ(describe_search({.strategy = "random", .seed = 7, .from = 1}),
            "seed 7 from execution 1");
  EXPECT_EQ(describe_search({.strategy = "pct", .seed = 7, .pct_depth = 4}), "seed 7, depth 4");
  EXPECT_EQ(describe_search({.strategy = "bounded", .preemptions = 2}), "at most 2 preemptions");
}

TEST(SearchOptions, DescribeTheBoundsOfATask) {
  EXPECT_EQ(describe_search({.strategy = "dpor", .spurious = 0}),
            "at most 0 spurious failures of a task");
  EXPECT_EQ(describe_search({.strategy = "pos", .timeouts = 1, .spurious = 2}),
            "seed 1, at most 1 time-outs of a task, at most 2 spurious failures of a task");
}

TEST(SearchOptions, ReplaceTheBoundsThatTheyState) {
  sim::Program program;
  program.bounds.timeouts = 3;
  program.bounds.spurious = 4;
  EXPECT_EQ(bounded(program, {}).bounds, program.bounds);
  const sim::Bounds one = bounded(program, {.timeouts = 0}).bounds;
  EXPECT_EQ(one.timeouts, 0U);
  EXPECT_EQ(one.spurious, 4U);
  const sim::Bounds other = bounded(program, {.spurious = 0}).bounds;
  EXPECT_EQ(other.timeouts, 3U);
  EXPECT_EQ(other.spurious, 0U);
}

TEST(SearchOptions, NameAStrategyThatThereIs) {
  EXPECT_STREQ(sim::strategy_info("pct").name, "pct");
  EXPECT_EQ(sim::find_strategy("pc"), nullptr);
  EXPECT_THROW((void)sim::strategy_info("pc"), sim::UsageError);
  const sim::Program program;
  EXPECT_THROW((void)sim::strategy_maker(program, {.strategy = "pc"}), sim::UsageError);
}

TEST(SearchOptions, CanMakeEachStrategyUnderItsName) {
  const sim::Program program{"nothing", {}, [] {}};
  for (const sim::StrategyInfo& info : sim::strategies()) {
    const auto strategy = sim::strategy_maker(program, {.strategy = info.name})({});
    EXPECT_EQ(strategy->capabilities().samples, info.capabilities.samples) << info.name;
    EXPECT_EQ(strategy->capabilities().counts_traces, info.capabilities.counts_traces);
  }
}

TEST(SearchOptions, AreRefusedWhereTheStrategyWouldIgnoreThem) {
  EXPECT_EQ(sim::refused_options("dpor", {}), "");
  EXPECT_EQ(sim::refused_options("dpor", {.seed = true}),
            "the strategy dpor does not take the option seed; it is for portfolio, random, sticky, "
            "pct, pos, surw");
  EXPECT_EQ(sim::refused_options("portfolio", {.seed = true, .preemptions = true}),
            "the strategy portfolio does not take the option preemptions; it is for bounded");
  EXPECT_EQ(sim::refused_options("random", {.pct_depth = true, .stay = true}),
            "the strategy random does not take the option pct-depth; it is for pct; the strategy "
            "random does not take the option stay; it is for sticky");
  EXPECT_EQ(sim::refused_options("pct", {.seed = true, .from = true, .pct_depth = true}), "");
  EXPECT_TRUE(sim::changed_parameters({.preemptions = 0}).preemptions);
  EXPECT_FALSE(sim::changed_parameters({}).seed);
}

}  // namespace
