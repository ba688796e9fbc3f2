// Schedules that are driven through the HTTP interface. Suites that run the simulator have "Fibers"
// in their names, because ThreadSanitizer cannot follow fibers.

#include <http/api/routes.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <http/lab/drive_plan.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

namespace fs = std::filesystem;

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kDoubleSpend = R"(racelab schedule 1
algorithm check-then-act
start alice 1000 bob 500 charlie 200
task 1 transfer alice bob 800
task 2 transfer alice charlie 800
1 read alice.balance = 1000.00
2 read alice.balance = 1000.00
end
)";

/// A lab that is driven without sockets.
class ScheduleRoutesOnFibers : public testing::Test {
 protected:
  Response call(const std::string& method, const std::string& target, const std::string& body = "",
                const std::string& task = "") {
    return routes_.handle(
        {method, target.substr(0, target.find('?')), query_of(target), "", body, task});
  }
  json arm(const std::string& schedule) {
    const Response response = call("POST", "/admin/schedule?timeout_ms=600000", schedule);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  json report() { return json::parse(call("GET", "/admin/schedule").body); }
  static std::string body_of(const json& task) {
    return json({{"from_account", task.at("from_account")},
                 {"to_account", task.at("to_account")},
                 {"amount", task.at("amount")}})
        .dump();
  }
  /// Arms a schedule and sends all its transfers. Returns their responses.
  std::vector<Response> drive(const std::string& schedule) {
    const json tasks = arm(schedule).at("tasks");
    std::vector<Response> answers(tasks.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      threads.emplace_back([&, i] {
        answers[i] = call("POST", "/transfer", body_of(tasks[i]), fmt::format("{}", i + 1));
      });
    }
    for (std::thread& thread : threads) thread.join();
    return answers;
  }
  std::string refused(const std::string& schedule, int status) {
    const Response response = call("POST", "/admin/schedule", schedule);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body).at("detail");
  }

  std::ostringstream text_;
  Log log_{text_};
  Metrics metrics_{"bank-api"};
  Lab lab_{{}, metrics_, log_};
  Routes routes_{lab_, metrics_, "bank-api", ""};
};

TEST_F(ScheduleRoutesOnFibers, DriveADoubleSpend) {
  EXPECT_EQ(call("GET", "/admin/schedule").status, 404);
  const json armed = arm(kDoubleSpend);
  EXPECT_EQ(armed.at("state"), "armed");
  EXPECT_EQ(armed.at("algorithm"), "check-then-act");
  EXPECT_EQ(armed.at("expect"), "invariant \"no account is negative\": alice = -600.00");
  EXPECT_EQ(armed.at("steps").size(), 6U);
  EXPECT_EQ(armed.at("steps").at(0),
            json::parse(R"({"task":1,"operation":"read","object":"alice.balance","failed":false,)"
                        R"("value":"1000.00","done":false,"found":null})"));
  EXPECT_EQ(armed.at("tasks").at(1),
            json::parse(R"({"task":2,"from_account":"alice","to_account":"charlie",)"
                        R"("amount":800.0,"transfer":null,"thread_id":null,"state":"expected",)"
                        R"("at":null})"));
  EXPECT_EQ(armed.at("accounts").at(0).at("balance"), 1000.0);
  EXPECT_EQ(armed.at("expected_accounts").at(0).at("balance"), -600.0);
  EXPECT_EQ(armed.at("problem"), nullptr);
  call("POST", "/reset");

  for (const Response& answer : drive(kDoubleSpend)) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body).at("status"), "success");
  }
  EXPECT_EQ(report().at("state"), "done");
  EXPECT_EQ(report().at("tasks").at(0).at("state"), "ended");
  EXPECT_EQ(report().at("steps").at(5).at("done"), true);
  EXPECT_EQ(report().at("accounts"), report().at("expected_accounts"));
  EXPECT_EQ(json::parse(call("GET", "/accounts/alice").body).at("balance"), -600.0);
}

TEST_F(ScheduleRoutesOnFibers, DriveEachScheduleOfTheRepository) {
  std::size_t driven = 0;
  for (const auto& entry : fs::recursive_directory_iterator{RACELAB_ROOT "/schedules"}) {
    const fs::path& path = entry.path();
    if (path.extension() != ".schedule") continue;
    if (!path.parent_path().filename().string().starts_with("bank-")) continue;
    ++driven;
    const std::ifstream in{path};
    std::ostringstream text;
    text << in.rdbuf();
    drive(text.str());
    EXPECT_EQ(report().at("state"), "done") << path << report().at("problem");
    EXPECT_EQ(report().at("accounts"), report().at("expected_accounts")) << path;
  }
  EXPECT_GE(driven, 8U);
}

TEST_F(ScheduleRoutesOnFibers, AnswerWhoIsGivenUpWithAScheduleThatDoesItAgain) {
  const std::string deadlock =
      "racelab schedule 1\nalgorithm request-order-locks\nstart alice 10 bob 10\n"
      "task 1 transfer alice bob 1\ntask 2 transfer bob alice 1\n1 lock alice.lock\n2 lock "
      "bob.lock\nend\n";
  for (const Response& answer : drive(deadlock)) {
    EXPECT_EQ(answer.status, 409);
    const json given_up = json::parse(answer.body);
    EXPECT_THAT(given_up.at("detail").get<std::string>(), HasSubstr("deadlock: task 1 waits"));
    const auto again = plan_drive(given_up.at("schedule").get<std::string>());
    EXPECT_THAT(std::get<DrivePlan>(again).expect, StartsWith("deadlock task 1 waits"));
  }
  EXPECT_EQ(report().at("state"), "done");
  EXPECT_EQ(report().at("tasks").at(0).at("state"), "cancelled");
  EXPECT_EQ(report().at("tasks").at(0).at("at"), "lock bob.lock");
  EXPECT_THAT(report().at("deadlock").get<std::string>(), StartsWith("task 1 waits to lock bob"));
  EXPECT_EQ(report().at("waits"), json::parse(R"([{"task":1,"lock":"bob.lock","held_by":2},
                                                  {"task":2,"lock":"alice.lock","held_by":1}])"));
  // An execution that breaks an invariant is driven to its end, beyond the failure.
  const auto whole = std::get<DrivePlan>(plan_drive(kDoubleSpend));
  const auto again = std::get<DrivePlan>(plan_drive(whole.schedule));
  EXPECT_EQ(again.steps, whole.steps);
  EXPECT_EQ(again.expect, whole.expect);
}

TEST_F(ScheduleRoutesOnFibers, RefuseTransfersOfOtherTasks) {
  const std::string transfer = R"({"from_account":"alice","to_account":"bob","amount":800})";
  EXPECT_EQ(call("POST", "/transfer", transfer, "1").status, 409);
  EXPECT_EQ(call("POST", "/transfer", transfer, "0").status, 422);
  EXPECT_EQ(call("POST", "/transfer", transfer, "one").status, 422);
  arm(kDoubleSpend);
  EXPECT_EQ(call("POST", "/transfer", transfer).status, 409);
  EXPECT_EQ(call("POST", "/transfer", transfer, "2").status, 409);
  EXPECT_EQ(call("POST", "/transfer", transfer, "3").status, 409);
  EXPECT_EQ(refused(kDoubleSpend, 409), "another schedule is being driven; POST /reset ends it");
  EXPECT_EQ(call("POST", "/reset").status, 200);
  EXPECT_EQ(report().at("state"), "failed");
  EXPECT_EQ(call("POST", "/transfer", transfer).status, 200);
}

TEST_F(ScheduleRoutesOnFibers, SayWhatIsWrongWithASchedule) {
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(refused("", 400), StartsWith("body:1:1: "));
  EXPECT_THAT(refused("hello", 400), StartsWith("body:1:1: "));
  EXPECT_THAT(refused(with(kDoubleSpend, "1 read", "1 "), 400), StartsWith("body:6:"));
  EXPECT_THAT(refused("racelab schedule 1\nscenario count/ninc\nend\n", 422), StartsWith("body:"));
  EXPECT_THAT(refused("racelab schedule 1\nalgorithm check-then-act\nstart a 10 \xFF\xFE 0\n"
                      "task 1 transfer a \xFF\xFE 1\nend\n",
                      422),
              HasSubstr("UTF-8"));
  EXPECT_THAT(refused(with(kDoubleSpend, "check-then-act", "hope"), 422),
              StartsWith("body:2:11: "));
  EXPECT_THAT(refused(with(kDoubleSpend, "1 read alice", "1 read bob"), 422),
              StartsWith("body:6: step 1: "));
  EXPECT_THAT(refused(with(kDoubleSpend, "1000.00", "999.00"), 422),
              StartsWith("body:6: step 1: "));
  EXPECT_THAT(refused(with(kDoubleSpend, "1 read", "until 1 1 steps\n1 read"), 422),
              HasSubstr("this is an excerpt"));
  EXPECT_EQ(call("POST", "/admin/schedule?timeout_ms=9", kDoubleSpend).status, 422);
  EXPECT_EQ(call("POST", "/admin/schedule?timeout_ms=600001", kDoubleSpend).status, 422);
  EXPECT_EQ(call("GET", "/admin/schedule").status, 404);
}

TEST_F(ScheduleRoutesOnFibers, RecordAccountsWhoseNamesBeginAlike) {
  drive(R"(racelab schedule 1
algorithm ordered-locks
start a 1000 a.b 500 a.balance 0
task 1 transfer a a.b 800
task 2 transfer a.b a.balance 100
1 lock a.lock
1 lock a.b.lock
end
)");
  EXPECT_EQ(report().at("state"), "done");
  const Response recorded = call("GET", "/admin/recording");
  EXPECT_EQ(recorded.status, 200) << recorded.body;
  EXPECT_THAT(recorded.body, HasSubstr("\n1 credit a.b.balance = 1300.00\n"));
  EXPECT_THAT(recorded.body, HasSubstr("\n2 lock a.balance.lock\n"));
}

/// Balances in a plan, and at the begin of a recording, may exceed the largest amount of a
/// transfer.
TEST_F(ScheduleRoutesOnFibers, KnowBalancesThatAreLargerThanAnyTransfer) {
  drive(R"(racelab schedule 1
algorithm check-then-act
start alice 90071992547409.91 bob 90071992547409.91
task 1 transfer alice bob 90071992547409.91
end
)");
  EXPECT_EQ(report().at("state"), "done");
  EXPECT_EQ(report().at("accounts"), report().at("expected_accounts"));

  call("POST", "/admin/recording?enabled=false");
  call("POST", "/admin/recording?enabled=true");
  call("POST", "/transfer", R"({"from_account":"bob","to_account":"alice","amount":1})");
  const std::string recorded = call("GET", "/admin/recording").body;
  EXPECT_THAT(recorded, HasSubstr("bob 180143985094819.82\n"));
  EXPECT_TRUE(std::holds_alternative<DrivePlan>(plan_drive(recorded))) << recorded;
}

TEST_F(ScheduleRoutesOnFibers, FailWithoutAnybodyWaitingWhenAnybodyAsks) {
  EXPECT_EQ(call("POST", "/admin/schedule?timeout_ms=10", kDoubleSpend).status, 200);
  // Any request ends the overdue schedule; this one asks for the metrics, which show the accounts.
  EXPECT_TRUE(http_test::eventually([&] {
    call("GET", "/metrics");
    return text_.str().find("schedule: failed") != std::string::npos;
  }));
  EXPECT_EQ(report().at("state"), "failed");
}

}  // namespace
}  // namespace http
