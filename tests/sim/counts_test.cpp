// The published numbers of interleavings, exactly. A wrong count is a wrong engine.

#include <cstdint>
#include <ostream>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include <sim/examples/count_programs.hpp>
#include <sim/explorer.hpp>
#include <sim/scenario.hpp>
#include <sim/strategies/exhaustive.hpp>

namespace {

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

// Failures: of ninc(n) those in which an increment is lost, all but n! of them; of the philosophers
// the deadlock, reached in n! orders of taking the left forks.
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
