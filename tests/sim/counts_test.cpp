// Checks the published numbers of interleavings and of Mazurkiewicz traces exactly. A wrong count
// indicates an error in the engine or in a search.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <sim/engine/executions.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/explorer.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/scenario.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace sim {

void PrintTo(const PublishedCounts& counts, std::ostream* out) {
  *out << counts.program;
}

}  // namespace sim

namespace {

using sim::test::example;

class Published : public testing::TestWithParam<sim::PublishedCounts> {};

TEST_P(Published, DporRunsEachTraceOnceAndNothingElse) {
  const sim::Program program = example(GetParam().program);
  sim::EngineOptions options = sim::test::kGoOn;
  options.record_order = true;
  sim::Engine engine{options};
  sim::DporStrategy strategy;
  sim::HappensBefore order;
  std::unordered_set<std::uint64_t> distinct;
  std::uint64_t executions = 0;
  std::size_t steps_max = 0;
  sim::Executions all{engine, program.body, strategy};
  while (all.next()) {
    order.assign(engine.trace());
    distinct.insert(order.fingerprint());
    steps_max = std::max(steps_max, engine.steps());
    ++executions;
  }
  EXPECT_EQ(all.status(), sim::SearchStatus::exhausted);
  EXPECT_EQ(executions, GetParam().traces);
  EXPECT_EQ(distinct.size(), GetParam().traces);
  // The branches that are left to explore never take more bytes than the square of the length of an
  // execution.
  EXPECT_LE(strategy.branch_bytes_max(), 8 + 4 * steps_max * steps_max);
}

class PublishedInterleavings : public Published {};

TEST_P(PublishedInterleavings, BoundedSearchWithoutABoundRunsEachOnce) {
  sim::BoundedStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  const auto found = sim::explore(example(GetParam().program), strategy, options);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, *GetParam().interleavings);
}

/// The programs that do not take long.
std::vector<sim::PublishedCounts> small_counts() {
  std::vector<sim::PublishedCounts> small;
  for (const sim::PublishedCounts& counts : sim::published_counts()) {
    if (counts.traces <= 20'000) small.push_back(counts);
  }
  return small;
}

std::vector<sim::PublishedCounts> counted_interleavings() {
  std::vector<sim::PublishedCounts> counted;
  for (const sim::PublishedCounts& counts : sim::published_counts()) {
    if (counts.interleavings.value_or(UINT64_MAX) <= 100'000) counted.push_back(counts);
  }
  return counted;
}

INSTANTIATE_TEST_SUITE_P(All, Published, testing::ValuesIn(small_counts()));
INSTANTIATE_TEST_SUITE_P(All, PublishedInterleavings, testing::ValuesIn(counted_interleavings()));

// The formulas for the numbers.
TEST(PublishedCounts, FollowTheirFormulas) {
  std::uint64_t rows = 0;
  for (const sim::PublishedCounts& counts : sim::published_counts()) {
    const std::string program = counts.program;
    const std::size_t at = program.find(":n=");
    const auto n = std::stoull(program.substr(at + 3));
    const std::string name = program.substr(0, at);
    std::uint64_t factorial = 1;
    for (std::uint64_t i = 2; i <= n; ++i) factorial *= i;
    std::uint64_t expected = 0;
    if (name == "count/readers") expected = 1ULL << n;
    if (name == "count/lastzero") expected = (n + 3) * (1ULL << n) / 4;
    if (name == "count/ainc" || name == "count/linc" || name == "count/ticketlock") {
      expected = factorial;
    }
    if (name == "count/ninc") expected = factorial * factorial;
    if (name == "count/philosophers") expected = (1ULL << n) - 1;
    if (name == "count/philosophers-ordered") expected = (1ULL << n) - 2;
    if (expected == 0) continue;
    EXPECT_EQ(counts.traces, expected) << program;
    ++rows;
  }
  EXPECT_GE(rows, 30U);
}

struct Row {
  const char* program;
  std::uint64_t interleavings;
  std::uint64_t failures;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program;
}

class Counts : public testing::TestWithParam<Row> {};

TEST_P(Counts, ExhaustiveSearchVisitsEachInterleavingOnce) {
  sim::Registry registry;
  sim::add_count_programs(registry);
  const auto made = registry.make(GetParam().program);
  ASSERT_TRUE(std::holds_alternative<sim::Program>(made)) << std::get<std::string>(made);
  sim::ExhaustiveStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  const sim::Exploration found = sim::explore(std::get<sim::Program>(made), strategy, options);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, GetParam().interleavings);
  EXPECT_EQ(found.failures, GetParam().failures);
  EXPECT_EQ(found.abandoned, 0U);
}

// The numbers of failures. In ninc(n), an increment is lost in all executions but n!. The
// philosophers reach the deadlock in n! orders of taking the left forks.
INSTANTIATE_TEST_SUITE_P(
    Published, Counts,
    testing::Values(Row{"count/readers:n=2", 6, 0}, Row{"count/readers:n=3", 24, 0},
                    Row{"count/readers:n=4", 120, 0}, Row{"count/lastzero:n=2", 35, 0},
                    Row{"count/lastzero:n=3", 920, 0}, Row{"count/lastzero:n=4", 44300, 0},
                    Row{"count/ainc:n=2", 2, 0}, Row{"count/ainc:n=5", 120, 0},
                    Row{"count/ninc:n=2", 6, 4}, Row{"count/ninc:n=3", 90, 84},
                    Row{"count/ninc:n=4", 2520, 2496}, Row{"count/linc:n=2", 2, 0},
                    Row{"count/linc:n=3", 6, 0}, Row{"count/linc:n=5", 120, 0},
                    Row{"count/philosophers:n=3", 168, 6}, Row{"count/philosophers:n=4", 98184, 24},
                    Row{"count/philosophers-ordered:n=3", 142, 0},
                    Row{"count/philosophers-ordered:n=4", 64000, 0},
                    Row{"count/bankrace:n=2", 216, 138}, Row{"count/bankrace:n=3", 495486, 398754},
                    Row{"count/fib:n=1", 20, 0}, Row{"count/fib:n=2", 924, 0},
                    Row{"count/sb:n=2", 6, 0}));

}  // namespace
