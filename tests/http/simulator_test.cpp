// The simulator's HTTP interface, as the lab's page uses it. Suites that run executions have
// "Fibers" in their names, because ThreadSanitizer cannot follow fibers.

#include <http/api/routes.hpp>

#include <cstddef>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <bank/scenarios.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Lab21 {
  Response call(const std::string& target, const std::string& body) const {
    return routes.handle({"POST", target, {}, "", body});
  }
  [[nodiscard]] json scenarios() const {
    return json::parse(routes.handle({"GET", "/simulator/scenarios", {}, "", ""}).body)
        .at("scenarios");
  }
  /// Returns the body of a request that simulates the scenario with these choices.
  [[nodiscard]] json question(const std::string& scenario, const json& choices) const {
    for (const json& one : scenarios()) {
      if (one.at("name") != scenario) continue;
      return {{"algorithm", one.at("algorithm")},
              {"accounts", one.at("accounts")},
              {"transfers", one.at("transfers")},
              {"choices", choices}};
    }
    throw std::out_of_range{scenario};
  }
  [[nodiscard]] json simulate(const std::string& scenario, const json& choices) const {
    const Response response = call("/simulator", question(scenario, choices).dump());
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }

  std::ostringstream text;
  Log log{text};
  Metrics metrics{"bank-api"};
  Lab lab{{}, metrics, log};
  Routes routes{lab, metrics, "bank-api", "s3cret"};  // the simulator needs no token
};

json operation(std::size_t task, const char* operation, const char* object) {
  return {{"task", task}, {"operation", operation}, {"object", object}};
}
json blocked(std::size_t task, const char* object, std::size_t holder) {
  json waiting = operation(task, "lock", object);
  waiting["held_by"] = holder;
  return waiting;
}
json account(const char* id, double balance) {
  return {{"id", id}, {"balance", balance}};
}

TEST(Simulator, KnowsTheBanksScenarios) {
  const Lab21 lab;
  const json scenarios = lab.scenarios();
  ASSERT_EQ(scenarios.size(), 6U);
  EXPECT_EQ(scenarios.at(0).at("name"), "bank/deadlock");
  EXPECT_EQ(scenarios.at(0).at("algorithm"), "request-order-locks");
  EXPECT_EQ(scenarios.at(0).at("fails"), true);
  EXPECT_EQ(scenarios.at(0).at("accounts"),
            json({account("alice", 1000), account("bob", 500), account("charlie", 200)}));
  EXPECT_EQ(scenarios.at(0).at("transfers"),
            json::parse(R"([{"from_account":"alice","to_account":"bob","amount":100.0},
                            {"from_account":"bob","to_account":"alice","amount":100.0}])"));
  EXPECT_EQ(lab.question("bank/locked", {}).at("algorithm"), "ordered-locks");
}

TEST(SimulatorOnFibers, ShowsWhatEachTaskWouldDoFirst) {
  const json answer = Lab21{}.simulate("bank/double-spend", json::array());
  EXPECT_EQ(answer.at("enabled"), json::array({operation(1, "read", "alice.balance"),
                                               operation(2, "read", "alice.balance")}));
  EXPECT_EQ(answer.at("blocked"), json::array());
  EXPECT_EQ(answer.at("finished"), false);
  EXPECT_EQ(answer.at("events"), json::array());
  EXPECT_EQ(answer.at("outcome").at("kind"), "passed");
  EXPECT_EQ(answer.at("balances"),
            json({account("alice", 1000), account("bob", 500), account("charlie", 200)}));
  EXPECT_EQ(answer.at("tasks").at(2).at("description"), "transfer alice charlie 800.00");
}

TEST(SimulatorOnFibers, MakesTheStepsThatWereChosen) {
  const Lab21 lab;
  const json between = lab.simulate("bank/double-spend", {1, 2, 1});
  EXPECT_EQ(between.at("enabled"), json::array({operation(1, "credit", "bob.balance"),
                                                operation(2, "deduct", "alice.balance")}));
  EXPECT_EQ(between.at("balances").at(0), account("alice", 200));
  EXPECT_EQ(between.at("finished"), false);
  EXPECT_EQ(between.at("outcome").at("failed"), false);

  const json failed = lab.simulate("bank/double-spend", {1, 2, 1, 2});
  EXPECT_EQ(failed.at("outcome").at("summary"),
            "invariant \"no account is negative\": alice = -600.00");
  EXPECT_EQ(failed.at("outcome").at("failed"), true);
  EXPECT_EQ(failed.at("finished"), true);
  EXPECT_EQ(failed.at("enabled"), json::array());
  EXPECT_EQ(failed.at("balances"),
            json({account("alice", -600), account("bob", 500), account("charlie", 200)}));
}

TEST(SimulatorOnFibers, GoesToAGoodEnd) {
  const json answer = Lab21{}.simulate("bank/locked", {1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2});
  EXPECT_EQ(answer.at("finished"), true);
  EXPECT_EQ(answer.at("outcome").at("kind"), "passed");
  EXPECT_EQ(answer.at("enabled"), json::array());
  EXPECT_EQ(answer.at("blocked"), json::array());
  EXPECT_EQ(answer.at("balances"),
            json({account("alice", 200), account("bob", 1300), account("charlie", 200)}));
}

TEST(SimulatorOnFibers, SaysWhoHoldsWhatOthersWaitFor) {
  const Lab21 lab;
  const json half = lab.simulate("bank/locked", {1});
  EXPECT_EQ(half.at("enabled"), json::array({operation(1, "lock", "bob.lock")}));
  EXPECT_EQ(half.at("blocked"), json::array({blocked(2, "alice.lock", 1)}));

  const json deadlock = lab.simulate("bank/deadlock", {1, 2});
  EXPECT_EQ(deadlock.at("finished"), true);
  EXPECT_EQ(deadlock.at("outcome").at("kind"), "deadlock");
  EXPECT_EQ(deadlock.at("enabled"), json::array());
  EXPECT_EQ(deadlock.at("blocked"),
            json::array({blocked(1, "bob.lock", 2), blocked(2, "alice.lock", 1)}));
}

/// Whether a replay of the schedule does the same steps and has the same outcome.
void expect_replays(const json& answer) {
  const auto text = answer.at("schedule").get<std::string>();
  const auto schedule = std::get<sim::Schedule>(sim::parse_schedule(text));
  sim::Registry registry;
  bank::add_scenarios(registry);
  const auto program = std::get<sim::Program>(registry.program_of(schedule));
  const sim::Replayed replayed = sim::replay(program, schedule, {});
  EXPECT_TRUE(replayed.is_as_recorded(schedule)) << text;
  EXPECT_EQ(schedule.entries.size(), answer.at("events").back().at("step").get<std::size_t>());
}

TEST(SimulatorOnFibers, GivesAScheduleOfJustTheseSteps) {
  const Lab21 lab;
  expect_replays(lab.simulate("bank/double-spend", {1, 2, 1, 2}));
  expect_replays(lab.simulate("bank/lost-update", {2, 1, 2}));
  expect_replays(lab.simulate("bank/deadlock", {1, 2}));
  const json cut = lab.simulate("bank/optimistic", {2});
  EXPECT_EQ(cut.at("schedule"),
            "racelab schedule 1\nfound-by  hand\nreplay    strict\nalgorithm optimistic\n"
            "start     alice 1000.00   bob 500.00   charlie 200.00\n"
            "task      1 transfer alice bob 800.00\ntask      2 transfer alice charlie 800.00\n"
            "2 read alice.balance = 1000.00\nend\n");
}

TEST(SimulatorOnFibers, TakesAsManyTransfersAsTheSimulatorHasTasks) {
  const Lab21 lab;
  json question = lab.question("bank/double-spend", {sim::kTasksMax - 1});
  const json transfer = question.at("transfers").at(0);
  question["transfers"] = json::array();
  for (std::size_t i = 1; i < sim::kTasksMax; ++i) question["transfers"].push_back(transfer);
  const Response response = lab.call("/simulator", question.dump());
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json::parse(response.body).at("enabled").size(), sim::kTasksMax - 1);
}

TEST(SimulatorOnFibers, RefusesChoicesThatNobodyCanMake) {
  const Lab21 lab;
  const auto refused = [&](const std::string& scenario, const json& choices) {
    const Response response = lab.call("/simulator", lab.question(scenario, choices).dump());
    EXPECT_EQ(response.status, 422) << response.body;
    return json::parse(response.body).at("detail").get<std::string>();
  };
  EXPECT_EQ(refused("bank/deadlock", {1, 1, 2}),
            "body.choices[2]: task 2 waits to lock bob.lock, held by task 1");
  EXPECT_EQ(refused("bank/deadlock", {1, 2, 1}),
            "body.choices[2]: task 1 waits to lock bob.lock, held by task 2");
  EXPECT_EQ(refused("bank/double-spend", {1, 1, 1, 1}), "body.choices[3]: task 1 has ended");
  EXPECT_EQ(refused("bank/double-spend", {1, 1, 1, 2, 2}),
            "body.choices[4]: the execution has ended, after 4 steps: passed");
  EXPECT_EQ(refused("bank/double-spend", {1, 2, 1, 2, 1}),
            "body.choices[4]: the execution has ended, after 4 steps: invariant \"no account is "
            "negative\": alice = -600.00");
}

TEST(SimulatorOnFibers, ExplainsAFailureAndMakesItSimple) {
  const Lab21 lab;
  const json failed = lab.simulate("bank/double-spend-3", {3, 1, 2, 3, 2});
  const Response response =
      lab.call("/simulator/explain", failed.at("schedule").get<std::string>());
  ASSERT_EQ(response.status, 200) << response.body;
  const json answer = json::parse(response.body);
  EXPECT_EQ(answer.at("recorded").at("events"), failed.at("events"));
  const json& shrunk = answer.at("shrunk");
  EXPECT_EQ(shrunk.at("outcome").at("summary"), failed.at("outcome").at("summary"));
  EXPECT_EQ(shrunk.at("tasks").size(), 3U);  // the test body, and two of the three transfers
  EXPECT_EQ(shrunk.at("cause").at("pattern"), "check-then-act");
  EXPECT_EQ(shrunk.at("cause").at("necessary").size(), 2U);
  EXPECT_EQ(shrunk.at("passing").at("outcome").at("kind"), "passed");
  EXPECT_EQ(shrunk.at("found_by"), "hand, shrunk");
  expect_replays({{"schedule", answer.at("schedule")}, {"events", shrunk.at("events")}});
}

TEST(SimulatorOnFibers, ExplainsADeadlock) {
  const Lab21 lab;
  const json failed = lab.simulate("bank/deadlock", {1, 2});
  const json answer =
      json::parse(lab.call("/simulator/explain", failed.at("schedule").get<std::string>()).body);
  EXPECT_EQ(answer.at("shrunk").at("cause").at("pattern"), "lock-order cycle");
}

TEST(SimulatorOnFibers, HasNothingToExplainWhereNothingFails) {
  const Lab21 lab;
  const json passed = lab.simulate("bank/locked", {1});
  const json answer =
      json::parse(lab.call("/simulator/explain", passed.at("schedule").get<std::string>()).body);
  EXPECT_EQ(answer.at("recorded").at("outcome").at("kind"), "passed");
  EXPECT_EQ(answer.at("shrunk"), nullptr);
  EXPECT_EQ(answer.at("schedule"), nullptr);
}

TEST(SimulatorOnFibers, ExplainsNoScheduleThatIsNone) {
  const Lab21 lab;
  const std::string header = "racelab schedule 1\nalgorithm check-then-act\nstart a 10 b 0\n";
  const auto refused = [&](const std::string& text, int status) {
    const Response response = lab.call("/simulator/explain", text);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body).at("detail").get<std::string>();
  };
  EXPECT_THAT(refused("", 400), HasSubstr("body:1:1: "));
  EXPECT_THAT(refused("{\"algorithm\":1}", 400), HasSubstr("body:1:1: "));
  EXPECT_THAT(refused("racelab schedule 1\nend\n", 422), HasSubstr("body:1:1: "));
  EXPECT_THAT(refused("racelab schedule 1\nscenario bank/none\nend\n", 422),
              HasSubstr("body:2:10: there is no scenario \"bank/none\""));
  EXPECT_THAT(refused(header + "task 1 transfer a z 1\nend\n", 422),
              HasSubstr("body:4:19: there is no account \"z\""));
  EXPECT_THAT(refused(header + "task 1 transfer a b 1\n1 deduct a.balance\nend\n", 422),
              HasSubstr("body:5: step 1: expected"));
  std::string many;
  for (int i = 1; i <= 17; ++i) many += fmt::format("task {} transfer a b 1\n", i);
  EXPECT_THAT(refused(header + many + "end\n", 422), HasSubstr("more than 16 transfers"));
}

struct Wrong {
  const char* pointer;  ///< member of the request that is replaced
  const char* value;
  const char* detail;  ///< a part of it
};

void PrintTo(const Wrong& row, std::ostream* out) {
  *out << row.pointer << " " << row.value;
}

class SimulatorRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(SimulatorRefuses, AQuestionThatIsNotRight) {
  const Lab21 lab;
  json question = lab.question("bank/double-spend", {1});
  question[json::json_pointer{GetParam().pointer}] = json::parse(GetParam().value);
  const Response response = lab.call("/simulator", question.dump());
  EXPECT_EQ(response.status, 422) << response.body;
  EXPECT_THAT(json::parse(response.body).at("detail").get<std::string>(),
              HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(
    Members, SimulatorRefuses,
    testing::Values(
        Wrong{"/algorithm", "null", "body.algorithm: must be one of \"check-then-act\""},
        Wrong{"/algorithm", "\"magic\"", "body.algorithm: must be one of"},
        Wrong{"/accounts", "{}", "body.accounts: must be a list"},
        Wrong{"/accounts", "[]", "body.accounts: must not be empty"},
        Wrong{"/accounts/0", "1", "body.accounts[0]: must be an object"},
        Wrong{"/accounts/1/id", "\"alice\"",
              "body.accounts[1].id: account \"alice\" is listed twice"},
        Wrong{"/accounts/1/id", "\"\"", "body.accounts[1].id: must not be empty"},
        Wrong{"/accounts/1/id", "\"b b\"", "body.accounts[1].id: must not contain spaces"},
        Wrong{"/accounts/1/id", "\"b\\n\"", "body.accounts[1].id: must not contain spaces"},
        Wrong{"/accounts/2/balance", "-1", "body.accounts[2].balance: must not be negative"},
        Wrong{"/accounts/2/balance", "0.001", "body.accounts[2].balance: must be in whole cents"},
        Wrong{"/accounts/2/balance", "1e300", "body.accounts[2].balance: must be at most"},
        Wrong{"/accounts/2", "{\"id\":\"c\"}", "body.accounts[2].balance: is missing"},
        Wrong{"/transfers", "[]", "body.transfers: must not be empty"},
        Wrong{"/transfers/1/amount", "0", "body.transfers[1].amount: must be greater than 0"},
        Wrong{"/transfers/1/amount", "-800", "body.transfers[1].amount: must be greater than 0"},
        Wrong{"/transfers/0/from_account", "\"zoe\"",
              "body.transfers[0].from_account: there is no account \"zoe\""},
        Wrong{"/transfers/0/to_account", "\"zoe\"",
              "body.transfers[0].to_account: there is no account \"zoe\""},
        Wrong{"/transfers/0/to_account", "\"alice\"",
              "body.transfers[0].to_account: must differ from from_account"},
        Wrong{"/choices", "1", "body.choices: must be a list"},
        Wrong{"/choices/0", "0", "body.choices[0]: must be a whole number from 1 to 2"},
        Wrong{"/choices/0", "3", "body.choices[0]: must be a whole number from 1 to 2"},
        Wrong{"/choices/0", "-1", "body.choices[0]"}, Wrong{"/choices/0", "1.5", "body.choices[0]"},
        Wrong{"/choices/0", "\"1\"", "body.choices[0]"}));

TEST(Simulator, RefusesMoreThanItHasRoomFor) {
  const Lab21 lab;
  const auto refused = [&](const char* member, std::size_t count) {
    json question = lab.question("bank/double-spend", {1});
    const json first = question.at(member).at(0);
    question[member] = json(count, first);
    return json::parse(lab.call("/simulator", question.dump()).body).at("detail");
  };
  EXPECT_EQ(refused("accounts", 101), "body.accounts: must have at most 100 elements");
  EXPECT_EQ(refused("transfers", sim::kTasksMax),
            fmt::format("body.transfers: must have at most {} elements", sim::kTasksMax - 1));
  EXPECT_EQ(refused("choices", 2001), "body.choices: must have at most 2000 elements");
  EXPECT_EQ(lab.call("/simulator", "{").status, 400);
  EXPECT_EQ(lab.call("/simulator", "[]").status, 422);
}

}  // namespace
}  // namespace http
