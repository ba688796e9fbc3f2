#include <sim/registration.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

using sim::Registry;
using sim::Scenario;
using sim::UsageError;
using testing::ElementsAre;
using testing::HasSubstr;

bool register_twice = false;

// These scenarios are not registered in the order of their names.
RACELAB_SCENARIO("registration/ring", "n tasks add to one counter", sim::Expected::holds,
                 {{"n", 3, 1, 5, "tasks"}, {"by", 2, -9, 9, "what each adds"}}) {
  sim::atomic<std::int64_t> sum{0, "sum"};
  std::vector<sim::thread> tasks;
  for (std::int64_t i = 0; i < arguments.at("n"); ++i) {
    tasks.emplace_back([&] { sum.fetch_add(arguments.at("by")); });
  }
  for (sim::thread& task : tasks) task.join();
  SIM_EXPECT(sum.peek() == arguments.at("n") * arguments.at("by"));
}

RACELAB_SCENARIO("registration/lost-update", "a load and a store", sim::Expected::fails) {
  sim::atomic<int> counter{0, "counter"};
  const auto increment = [&] { counter.store(counter.load() + 1); };
  sim::thread one{increment};
  sim::thread two{increment};
  one.join();
  two.join();
  SIM_EXPECT(counter.peek() == 2);
}

constexpr int kLineOfNothing = __LINE__ + 1;
RACELAB_SCENARIO("registration/nothing", "no tasks") {}

const sim::Registration family{[](Registry& registry) {
  for (const char* const name : {"registration/z", "registration/a"}) {
    registry.add({name, "", false, {}, [](const sim::Arguments&) { return sim::Program{}; }});
  }
  if (!register_twice) return;
  registry.add({"registration/nothing", "", false, {}, [](const sim::Arguments&) {
                  return sim::Program{};
                }});
}};

std::vector<std::string> names(const Registry& registry) {
  std::vector<std::string> all;
  for (const Scenario& scenario : registry.scenarios()) all.push_back(scenario.name);
  return all;
}

sim::Exploration explored(const std::string& spec) {
  const Registry registry = sim::registered_scenarios();
  sim::ExhaustiveStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  return sim::explore(std::get<sim::Program>(registry.make(spec)), strategy, options);
}

TEST(Registration, ListsScenariosByNameWhereverTheyAreRegistered) {
  EXPECT_THAT(names(sim::registered_scenarios()),
              ElementsAre("registration/a", "registration/lost-update", "registration/nothing",
                          "registration/ring", "registration/z"));
}

TEST(Registration, KnowsWhatTheMacroWasTold) {
  const Registry registry = sim::registered_scenarios();
  const Scenario& lost_update = *registry.find("registration/lost-update");
  EXPECT_EQ(lost_update.summary, "a load and a store");
  EXPECT_TRUE(lost_update.fails);
  EXPECT_TRUE(lost_update.parameters.empty());
  const Scenario& ring = *registry.find("registration/ring");
  EXPECT_FALSE(ring.fails);
  ASSERT_EQ(ring.parameters.size(), 2U);
  EXPECT_EQ(ring.parameters[1].name, "by");
  EXPECT_EQ(ring.parameters[1].min, -9);
  EXPECT_FALSE(registry.find("registration/nothing")->fails);
}

TEST(Registration, ExploresTheBlock) {
  const sim::Exploration found = explored("registration/lost-update");
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, 6U);
  EXPECT_EQ(found.failures, 4U);
}

TEST(Registration, GivesTheBlockItsArguments) {
  EXPECT_EQ(explored("registration/ring").executions, 6U);
  const sim::Exploration four = explored("registration/ring:n=4,by=-3");
  EXPECT_EQ(four.executions, 24U);
  EXPECT_EQ(four.failures, 0U);
}

/// Returns the message of the exception that registered_scenarios() throws.
std::string problem() {
  try {
    return "none, of " + std::to_string(sim::registered_scenarios().scenarios().size());
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Registration, RefusesANameThatIsRegisteredTwice) {
  register_twice = true;
  const std::string refused = problem();
  register_twice = false;
  EXPECT_THAT(refused, HasSubstr("scenario registration/nothing is registered twice at "));
  EXPECT_THAT(refused, HasSubstr("registration_test.cpp:" + std::to_string(kLineOfNothing)));
  EXPECT_EQ(problem(), "none, of 5");
}

}  // namespace
