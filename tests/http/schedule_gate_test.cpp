// The gate on real threads. The plans are written by hand, because ThreadSanitizer cannot follow
// the fibers of the simulator, which would make them.

#include <http/lab/schedule_gate.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <http/lab/lab.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using bank::Algorithm;
using bank::whole;
using http_test::eventually;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr milliseconds kLong{60'000};
constexpr milliseconds kShort{10};

DrivenStep on_balance(std::size_t task, std::string word, const std::string& account,
                      std::string value, bool failed = false) {
  return {task - 1, std::move(word), account + ".balance", failed, std::move(value)};
}
DrivenStep on_lock(std::size_t task, std::string word, const std::string& account) {
  return {task - 1, std::move(word), account + ".lock", false, {}};
}

DrivePlan plan_of(Algorithm algorithm, std::vector<bank::Transfer> transfers) {
  DrivePlan plan;
  plan.workload = {algorithm,
                   {{"household", whole(1000)}, {"landlord", whole(500)}, {"grocer", whole(200)}},
                   std::move(transfers),
                   {}};
  plan.expect = "passed";
  plan.schedule = "racelab schedule 1\n";
  return plan;
}

/// A plan of two transfers of 800 from 1000, in which the second deducts first.
DrivePlan double_spend() {
  DrivePlan plan = plan_of(Algorithm::check_then_act, {{0, 1, whole(800)}, {0, 2, whole(800)}});
  plan.steps = {on_balance(1, "read", "household", "1000.00"),
                on_balance(2, "read", "household", "1000.00"),
                on_balance(2, "deduct", "household", "200.00"),
                on_balance(1, "deduct", "household", "-600.00"),
                on_balance(1, "credit", "landlord", "1300.00"),
                on_balance(2, "credit", "grocer", "1000.00")};
  plan.balances = {{"household", whole(-600)}, {"landlord", whole(1300)}, {"grocer", whole(1000)}};
  plan.expect = "invariant \"no account is negative\": household = -600.00";
  return plan;
}

/// A plan in which each transfer holds one lock and waits for the other's.
DrivePlan deadlock() {
  DrivePlan plan = plan_of(Algorithm::request_order_locks, {{0, 1, whole(1)}, {1, 0, whole(1)}});
  plan.steps = {on_lock(1, "lock", "household"), on_lock(2, "lock", "landlord")};
  plan.balances = plan.workload.accounts;
  plan.deadlock = {{0, "landlord.lock", 1}, {1, "household.lock", 0}};
  plan.expect =
      "deadlock task 1 waits to lock landlord.lock, held by task 2; task 2 waits to lock "
      "household.lock, held by task 1";
  return plan;
}

/// A plan of one transfer with locks.
DrivePlan locked() {
  DrivePlan plan = plan_of(Algorithm::ordered_locks, {{0, 1, whole(800)}});
  plan.steps = {on_lock(1, "lock", "household"),
                on_lock(1, "lock", "landlord"),
                on_balance(1, "read", "household", "1000.00"),
                on_balance(1, "deduct", "household", "200.00"),
                on_balance(1, "credit", "landlord", "1300.00"),
                on_lock(1, "unlock", "landlord"),
                on_lock(1, "unlock", "household")};
  plan.balances = {{"household", whole(200)}, {"landlord", whole(1300)}, {"grocer", whole(200)}};
  return plan;
}

/// A lab that is driven through a plan.
class ScheduleGateTest : public testing::Test {
 protected:
  using Answer = std::variant<TransferRecord, TransferRefusal>;

  ~ScheduleGateTest() override { join(); }

  DriveReport arm(DrivePlan plan, milliseconds timeout = kLong) {
    plan_ = std::make_shared<const DrivePlan>(std::move(plan));
    answers_.resize(plan_->workload.transfers.size() + 1);
    return lab_.drive(plan_, timeout).value();
  }
  Answer transfer(std::size_t task) { return lab_.transfer(plan_->order(task - 1), task); }
  /// Starts the transfer of a task on a thread of its own.
  void start(std::size_t task) {
    threads_.emplace_back([this, task] { answers_[task] = transfer(task); });
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void run(const std::vector<std::size_t>& tasks) {
    for (const std::size_t task : tasks) start(task);
    join();
  }
  DriveReport report() { return lab_.driven().value(); }
  bool waits(std::size_t task) {
    return eventually(
        [&] { return report().tasks.at(task - 1).state == DrivenTask::State::waiting; });
  }
  const TransferRecord& record(std::size_t task) {
    return std::get<TransferRecord>(answers_[task].value());
  }
  const TransferRefusal& refusal(std::size_t task) {
    return std::get<TransferRefusal>(answers_[task].value());
  }
  double value(std::string_view series) { return http_test::metric(metrics_.text(), series); }
  std::vector<std::string> balances() {
    std::vector<std::string> texts;
    for (const auto& account : lab_.accounts()) {
      texts.push_back(account.id + " " + to_string(account.balance));
    }
    return texts;
  }
  /// Checks that the lab is as if nothing had been driven.
  void expect_clean() {
    EXPECT_THAT(balances(), ElementsAre("alice 1000.00", "bob 500.00", "charlie 200.00"));
    EXPECT_TRUE(lab_.records(10).empty());
    EXPECT_EQ(value("transfer_duration_seconds_count"), 0);
    EXPECT_EQ(value("race_condition_hits_total"), 0);
    EXPECT_EQ(value("concurrent_transfers"), 0);
    EXPECT_EQ(value("account_balance{account_id=\"household\""), -1);
    EXPECT_EQ(value("account_balance{account_id=\"alice\""), 1000);
    const auto next = lab_.transfer({"alice", "bob", whole(1)});
    EXPECT_TRUE(std::holds_alternative<TransferRecord>(next));
  }
  /// Checks that the transfers of these tasks were aborted for this reason.
  void expect_aborted(const std::vector<std::size_t>& tasks, const std::string& why) {
    EXPECT_EQ(report().state, DriveState::failed);
    EXPECT_EQ(report().problem, why);
    for (const std::size_t task : tasks) {
      EXPECT_EQ(refusal(task).reason, TransferRefusal::Reason::aborted);
      EXPECT_THAT(refusal(task).detail, HasSubstr(why));
      EXPECT_EQ(refusal(task).schedule, "racelab schedule 1\n");
      EXPECT_EQ(report().tasks.at(task - 1).state, DrivenTask::State::cancelled);
    }
    expect_clean();
  }

  std::ostringstream text_;
  Log log_{text_};
  Metrics metrics_{"bank-api"};
  Lab lab_{{}, metrics_, log_};
  std::shared_ptr<const DrivePlan> plan_;
  std::vector<std::optional<Answer>> answers_;
  std::vector<std::thread> threads_;
};

TEST_F(ScheduleGateTest, LeadsThreadsThroughTheSteps) {
  for (int round = 0; round < 200; ++round) {
    EXPECT_EQ(arm(double_spend()).state, DriveState::armed);
    run({2, 1});
    ASSERT_EQ(report().state, DriveState::done) << report().problem;
    ASSERT_EQ(record(1).result.from_after.amount, whole(-600));
    ASSERT_EQ(record(2).result.from_after.amount, whole(200));
    ASSERT_THAT(balances(), ElementsAre("household -600.00", "landlord 1300.00", "grocer 1000.00"));
  }
  for (const DrivenResult& result : report().results) EXPECT_TRUE(result.done);
  EXPECT_EQ(report().results.at(3).value, "-600.00");
  EXPECT_EQ(report().tasks.at(0).transfer, record(1).id);
  EXPECT_EQ(report().tasks.at(1).thread_id, record(2).thread_id);
  EXPECT_EQ(value("race_condition_hits_total"), 200);
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"success\"}"), 400);
}

TEST_F(ScheduleGateTest, LeavesTheAccountsAndLetsOrdinaryTransfersGo) {
  arm(double_spend());
  run({1, 2});
  EXPECT_EQ(lab_.records(10).size(), 2U);
  EXPECT_EQ(value("account_balance{account_id=\"household\""), -600);
  EXPECT_EQ(value("account_balance{account_id=\"alice\""), -1);
  EXPECT_TRUE(
      std::holds_alternative<TransferRecord>(lab_.transfer({"landlord", "household", whole(600)})));
  EXPECT_THAT(balances(), ElementsAre("household 0.00", "landlord 700.00", "grocer 1000.00"));
  EXPECT_EQ(report().accounts.at(0).balance, whole(-600));
  lab_.reset();
  EXPECT_EQ(value("account_balance{account_id=\"household\""), -1);
  EXPECT_EQ(value("account_balance{account_id=\"charlie\""), 200);
  EXPECT_EQ(report().state, DriveState::done);
}

TEST_F(ScheduleGateTest, TellsInTheLogWhichTaskMadeWhichStepInTheirOrder) {
  arm(double_spend());
  run({1, 2});
  const std::string log = text_.str();
  std::size_t at = 0;
  for (const char* const line :
       {" task 1: read household.balance = 1000.00", " task 2: read household.balance = 1000.00",
        " task 2: deduct household.balance = 200.00", " task 1: deduct household.balance = -600.00",
        " task 1: credit landlord.balance = 1300.00", " task 2: credit grocer.balance = 1000.00"}) {
    at = log.find(line, at);
    ASSERT_NE(at, std::string::npos) << line << " in\n" << log;
  }
}

TEST_F(ScheduleGateTest, DrivesWithoutDelayAndBarrierAndLeavesTheSettings) {
  SettingsChange change;
  change.delay_enabled = true;
  change.delay_ms = 60'000;
  change.barrier_enabled = true;
  change.barrier_count = 5;
  change.algorithm = Algorithm::optimistic;
  lab_.configure(change);
  arm(double_spend());
  run({1, 2});
  EXPECT_EQ(report().state, DriveState::done) << report().problem;
  EXPECT_EQ(lab_.settings(), (Settings{true, 60'000, true, 5, Algorithm::optimistic}));
}

TEST_F(ScheduleGateTest, BreaksADeadlockThatIsExpected) {
  for (int round = 0; round < 100; ++round) {
    arm(deadlock());
    run({1, 2});
    ASSERT_EQ(report().state, DriveState::done) << report().problem;
    ASSERT_EQ(report().deadlock, deadlock().deadlock);
    for (const std::size_t task : {1U, 2U}) {
      ASSERT_EQ(refusal(task).reason, TransferRefusal::Reason::aborted);
      ASSERT_THAT(refusal(task).detail, HasSubstr("deadlock: task 1 waits to lock landlord.lock"));
    }
    ASSERT_TRUE(lab_.records(10).empty());
    // The locks must be free again.
    ASSERT_TRUE(
        std::holds_alternative<TransferRecord>(lab_.transfer({"household", "landlord", whole(1)})));
  }
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"success\"}"), 100);
}

TEST_F(ScheduleGateTest, FailsAtADeadlockThatIsNotExpected) {
  DrivePlan plan = deadlock();
  // A plan that expects only one of the two transfers to wait.
  plan.deadlock.pop_back();
  plan.expect = "deadlock " + to_string(plan.deadlock);
  arm(plan);
  run({1, 2});
  expect_aborted({1, 2}, "all steps are done: expected " + plan.expect +
                             ", got deadlock: " + to_string(deadlock().deadlock));
}

TEST_F(ScheduleGateTest, FailsWhereAStepDoesNotCome) {
  arm(double_spend(), kShort);
  run({2});
  expect_aborted({2},
                 "step 1: expected read household.balance = 1000.00 by task 1, within 10 ms; task "
                 "1 has not arrived yet, task 2 waits to read household.balance");
  EXPECT_EQ(report().tasks.at(0).state, DrivenTask::State::expected);
}

TEST_F(ScheduleGateTest, FailsWhereNobodyComesWhenAnybodyAsks) {
  const DriveReport armed = arm(double_spend(), kShort);
  EXPECT_EQ(armed.state, DriveState::armed);
  EXPECT_TRUE(eventually([&] { return report().state == DriveState::failed; }));
  expect_aborted({},
                 "step 1: expected read household.balance = 1000.00 by task 1, within 10 ms; task "
                 "1 has not arrived yet, task 2 has not arrived yet");
}

TEST_F(ScheduleGateTest, FailsWhereTheEndDoesNotCome) {
  DrivePlan plan = double_spend();
  plan.steps = {};
  arm(plan, kShort);
  EXPECT_TRUE(eventually([&] { return report().state == DriveState::failed; }));
  EXPECT_THAT(report().problem,
              StartsWith("after the last step: expected all tasks to end, within 10 ms; "));
}

TEST_F(ScheduleGateTest, FailsWhereAnotherStepComes) {
  DrivePlan plan = double_spend();
  plan.steps.at(2) = on_balance(2, "load", "household", "1000.00");
  arm(plan);
  run({1, 2});
  expect_aborted({1, 2},
                 "step 3: expected load household.balance = 1000.00 by task 2; it is about to "
                 "deduct household.balance");
}

TEST_F(ScheduleGateTest, FailsWhereAStepFindsAnotherValue) {
  DrivePlan plan = double_spend();
  plan.steps.at(3).value = "-601.00";
  arm(plan);
  run({1, 2});
  expect_aborted({1, 2},
                 "step 4: expected deduct household.balance = -601.00 by task 1; it was deduct "
                 "household.balance = -600.00");
  EXPECT_EQ(report().results.at(3).value, "-600.00");
  EXPECT_FALSE(report().results.at(4).done);
  EXPECT_EQ(report().accounts.at(0).balance, whole(-600));
}

TEST_F(ScheduleGateTest, FailsWhereACommitSucceedsThatShouldNot) {
  DrivePlan plan = plan_of(Algorithm::optimistic, {{0, 1, whole(800)}});
  plan.steps = {on_balance(1, "read", "household", "1000.00"),
                on_balance(1, "commit", "household", "200.00", true)};
  arm(plan);
  run({1});
  expect_aborted({1},
                 "step 2: expected commit household.balance failed = 200.00 by task 1; it was "
                 "commit household.balance = 200.00");
}

TEST_F(ScheduleGateTest, FailsWhereALockIsInTheWay) {
  DrivePlan plan = deadlock();
  plan.steps = {on_lock(1, "lock", "household"), on_lock(2, "lock", "landlord"),
                on_lock(2, "lock", "household")};
  arm(plan);
  run({1, 2});
  expect_aborted({1, 2}, "step 3: expected lock household.lock by task 2; it is held by task 1");
}

TEST_F(ScheduleGateTest, FailsWhereATaskMakesMoreStepsThanListed) {
  DrivePlan plan = double_spend();
  plan.steps.pop_back();
  arm(plan);
  run({1, 2});
  EXPECT_EQ(report().state, DriveState::failed);
  EXPECT_EQ(report().problem,
            "after the last step: expected task 2 to end; it is about to credit grocer.balance");
  // The first transfer has ended in time.
  EXPECT_EQ(record(1).result.from_after.amount, whole(-600));
  EXPECT_EQ(refusal(2).reason, TransferRefusal::Reason::aborted);
  EXPECT_THAT(balances(), ElementsAre("alice 1000.00", "bob 500.00", "charlie 200.00"));
}

TEST_F(ScheduleGateTest, FailsWhereATaskEndsTooEarly) {
  DrivePlan plan = plan_of(Algorithm::check_then_act, {{0, 1, whole(2000)}});
  plan.steps = {on_balance(1, "read", "household", "1000.00"),
                on_balance(1, "deduct", "household", "-1000.00")};
  arm(plan);
  run({1});
  expect_aborted({1},
                 "step 2: expected deduct household.balance = -1000.00 by task 1; it has ended");
}

TEST_F(ScheduleGateTest, RefusesTransfersOfOtherTasks) {
  EXPECT_THAT(std::get<TransferRefusal>(lab_.transfer({"alice", "bob", whole(1)}, 1)).detail,
              HasSubstr("no schedule is being driven"));
  arm(double_spend());
  const auto detail = [&](const TransferOrder& order, std::optional<std::size_t> task) {
    const auto answer = lab_.transfer(order, task);
    const auto& refused = std::get<TransferRefusal>(answer);
    EXPECT_EQ(refused.reason, TransferRefusal::Reason::not_driven);
    return refused.detail;
  };
  const TransferOrder first = plan_->order(0);
  EXPECT_THAT(detail(first, {}), HasSubstr("this request belongs to none of its tasks"));
  EXPECT_EQ(detail(first, 2),
            "body: this is not the transfer of task 2, which is: household to grocer 800.00");
  EXPECT_EQ(detail({"alice", "bob", whole(1)}, 1),
            "body: this is not the transfer of task 1, which is: household to landlord 800.00");
  EXPECT_EQ(detail(first, 3), "there is no task 3 in the driven schedule, which has 2 tasks");
  EXPECT_EQ(detail(first, 0), "there is no task 0 in the driven schedule, which has 2 tasks");
  EXPECT_FALSE(lab_.drive(plan_, kLong).has_value());
  start(2);
  ASSERT_TRUE(waits(2));
  EXPECT_EQ(detail(plan_->order(1), 2),
            "task 2 already has a transfer: " + report().tasks.at(1).transfer);
  EXPECT_EQ(report().state, DriveState::running);
  run({1});
  EXPECT_EQ(report().state, DriveState::done) << report().problem;
  EXPECT_EQ(value("transfer_duration_seconds_count"), 2);
}

TEST_F(ScheduleGateTest, IsEndedByAResetInTheMiddle) {
  arm(double_spend());
  start(2);
  ASSERT_TRUE(waits(2));
  lab_.reset();
  join();
  expect_aborted({2}, "the lab was reset while the schedule was driven");
  arm(double_spend());
  run({1, 2});
  EXPECT_EQ(report().state, DriveState::done) << report().problem;
}

TEST_F(ScheduleGateTest, IsEndedByTheEndOfTheLab) {
  arm(double_spend());
  start(2);
  ASSERT_TRUE(waits(2));
  lab_.stop();
  join();
  expect_aborted({2}, "the lab is stopping");
  EXPECT_EQ(arm(double_spend()).state, DriveState::armed);
  run({1});
  EXPECT_EQ(refusal(1).reason, TransferRefusal::Reason::not_driven);
  EXPECT_EQ(report().problem, "the lab is stopping");
}

TEST_F(ScheduleGateTest, NeverThrowsAheadOfAnUnlock) {
  // When the gate fails, the transfer waits to unlock, in a destructor.
  DrivePlan plan = locked();
  plan.workload.transfers.push_back({0, 2, whole(1)});
  plan.steps.insert(plan.steps.begin() + 5, on_lock(2, "lock", "grocer"));
  arm(plan);
  start(1);
  ASSERT_TRUE(eventually([&] { return report().tasks.at(0).operation == "unlock"; }));
  ASSERT_TRUE(waits(1));
  lab_.reset();
  join();
  expect_aborted({1}, "the lab was reset while the schedule was driven");
}

TEST_F(ScheduleGateTest, UnlocksWhatATaskHoldsThatIsGivenUp) {
  DrivePlan plan = locked();
  plan.steps.at(2).value = "999.00";
  arm(plan);
  run({1});
  expect_aborted({1},
                 "step 3: expected read household.balance = 999.00 by task 1; it was read "
                 "household.balance = 1000.00");
  arm(locked());
  run({1});
  EXPECT_EQ(report().state, DriveState::done) << report().problem;
}

TEST_F(ScheduleGateTest, SurvivesAHundredFailuresInTheMiddle) {
  for (int round = 0; round < 100; ++round) {
    DrivePlan plan = double_spend();
    plan.steps.at(static_cast<std::size_t>(round) % 6).value = "0.01";
    arm(plan);
    run({1, 2});
    ASSERT_EQ(report().state, DriveState::failed);
    ASSERT_THAT(balances(), ElementsAre("alice 1000.00", "bob 500.00", "charlie 200.00"));
    ASSERT_TRUE(lab_.records(10).empty());
  }
  EXPECT_EQ(value("concurrent_transfers"), 0);
}

}  // namespace
}  // namespace http
