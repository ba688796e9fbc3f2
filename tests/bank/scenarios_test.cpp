#include <bank/scenarios.hpp>

#include <cstdint>
#include <ostream>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/explorer.hpp>
#include <sim/strategies/exhaustive.hpp>

namespace bank {
namespace {

struct Row {
  const char* scenario;
  std::uint64_t interleavings;
  std::uint64_t failures;
  const char* failure;  ///< the first failure; empty if nothing fails
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.scenario;
}

class Scenarios : public testing::TestWithParam<Row> {};

TEST_P(Scenarios, FailInExactlyTheInterleavingsThatAreWrong) {
  sim::Registry registry;
  add_scenarios(registry);
  const auto made = registry.make(GetParam().scenario);
  ASSERT_TRUE(std::holds_alternative<sim::Program>(made)) << std::get<std::string>(made);
  sim::ExhaustiveStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  const sim::Exploration found = sim::explore(std::get<sim::Program>(made), strategy, options);
  EXPECT_TRUE(found.complete);
  EXPECT_TRUE(found.interleaved);
  EXPECT_EQ(found.executions, GetParam().interleavings);
  EXPECT_EQ(found.failures, GetParam().failures);
  const std::string failure =
      found.groups.empty() ? "" : found.groups.front().recording.outcome.summary();
  EXPECT_EQ(failure, GetParam().failure);
  EXPECT_EQ(registry.find(GetParam().scenario)->fails, GetParam().failures > 0);
}

INSTANTIATE_TEST_SUITE_P(
    Bank, Scenarios,
    testing::Values(
        // Each transfer is read, deduct, credit. The second fails its check, and is one step, where
        // it reads behind the first's deduction: 2 * 2 interleavings. Else both go through: 2
        // orders of the reads, 6 of the rest.
        Row{"bank/double-spend", 16, 12, "invariant \"no account is negative\": alice = -600.00"},
        Row{"bank/double-spend-3", 702, 684,
            "invariant \"no account is negative\": alice = -600.00"},
        // Four steps each, all checks pass: 8 over 4. The deductions are lost where one loads
        // between the other's load and store.
        Row{"bank/lost-update", 70, 36, "invariant \"money is conserved\": 1700.00 became 1800.00"},
        // Everything lies between the first lock and the last unlock: whoever locks first.
        Row{"bank/locked", 2, 0, ""}, Row{"bank/optimistic", 16, 0, ""},
        Row{"bank/deadlock", 6, 2,
            "deadlock task 1 waits to lock bob.lock, held by task 2; task 2 waits to lock "
            "alice.lock, held by task 1"}));

}  // namespace
}  // namespace bank
