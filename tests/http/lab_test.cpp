#include <http/lab/lab.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bank/simulation.hpp>
#include <bank/workload_header.hpp>
#include <sim/schedule/text_format.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using bank::Algorithm;
using bank::Money;
using bank::whole;
using http_test::eventually;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A lab, its log and metrics, and the transfers that its observer was called with.
class LabTest : public testing::Test {
 protected:
  struct Seen {
    std::string id;
    bool counted;
    std::vector<std::string> steps;
  };

  Lab& lab(const LabOptions& options = {}) {
    lab_.emplace(options, metrics_, log_, [this](const FinishedTransfer& finished) {
      Seen seen{finished.record.id, finished.counted, {}};
      for (const StepRecord& step : finished.steps) {
        EXPECT_LE(step.begin, step.end);
        seen.steps.push_back(step.name);
      }
      const std::lock_guard lock{mutex_};
      seen_.push_back(seen);
    });
    return *lab_;
  }

  std::thread start(const std::string& to, Money amount = whole(800)) {
    return std::thread{[this, to, amount] { lab_->transfer({"alice", to, amount}); }};
  }
  void run_together(int transfers) {
    std::vector<std::thread> threads;
    for (int i = 0; i < transfers; ++i) threads.push_back(start(i % 2 == 0 ? "bob" : "charlie"));
    for (std::thread& thread : threads) thread.join();
  }
  bool waiting(double count) {
    return eventually([&] { return value("barrier_waiting_count") == count; });
  }
  double value(std::string_view series) { return http_test::metric(metrics_.text(), series); }
  Money balance(std::size_t account) { return lab_->accounts().at(account).balance; }

  std::ostringstream text_;
  Log log_{text_};
  Metrics metrics_{"bank-api"};
  std::mutex mutex_;
  std::vector<Seen> seen_;
  std::optional<Lab> lab_;
};

SettingsChange barrier_of(int count) {
  SettingsChange change;
  change.barrier_enabled = true;
  change.barrier_count = count;
  return change;
}

SettingsChange with(Algorithm algorithm) {
  SettingsChange change;
  change.algorithm = algorithm;
  return change;
}

TEST_F(LabTest, RecordsWhatATransferReadAndLeft) {
  lab().transfer({"alice", "bob", Money{10'055}});
  lab_->transfer({"alice", "charlie", whole(900)});
  const std::vector<TransferRecord> records = lab_->records(20);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].result.status, bank::TransferStatus::success);
  EXPECT_EQ(records[0].result.from_before.amount, whole(1000));
  EXPECT_EQ(records[0].result.from_after.amount, Money{89'945});
  EXPECT_EQ(records[0].result.to_before.amount, whole(500));
  EXPECT_EQ(records[0].result.to_after.amount, Money{60'055});
  EXPECT_THAT(records[0].id, testing::MatchesRegex("[0-9a-f]{8}"));
  EXPECT_FALSE(records[0].thread_id.empty());
  EXPECT_EQ(records[1].result.status, bank::TransferStatus::insufficient_funds);
  EXPECT_EQ(records[1].result.from_before, records[1].result.from_after);
  EXPECT_EQ(records[1].result.to_before, records[1].result.to_after);
  EXPECT_NE(records[0].id, records[1].id);
  EXPECT_EQ(lab_->records(1).at(0).id, records[1].id);
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"success\"}"), 1);
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"insufficient_funds\"}"), 1);
  EXPECT_EQ(value("transfer_duration_seconds_count"), 2);
}

TEST_F(LabTest, KeepsTheNewestRecordsOnly) {
  LabOptions options;
  options.records_max = 3;
  lab(options);
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    lab_->transfer({"bob", "alice", whole(1)});
    ids.insert(lab_->records(1).at(0).id);
  }
  EXPECT_EQ(lab_->records(20).size(), 3U);
  EXPECT_EQ(ids.size(), 5U);
}

TEST_F(LabTest, TakesTheStepsOfTheVulnerableTransferInTheContractsOrder) {
  LabOptions options;
  options.settings = {true, 1, true, 1, Algorithm::check_then_act};
  lab(options).transfer({"alice", "bob", whole(800)});
  lab_->transfer({"alice", "bob", whole(800)});
  EXPECT_THAT(seen_.at(0).steps,
              ElementsAre("read", "delay", "check", "delay", "barrier", "deduct", "credit"));
  EXPECT_THAT(seen_.at(1).steps, ElementsAre("read", "delay", "check", "delay"));
}

TEST_F(LabTest, WaitsAtTheBarrierBeforeTheFirstLockInModesWithLocks) {
  for (const Algorithm algorithm : {Algorithm::ordered_locks, Algorithm::request_order_locks}) {
    LabOptions options;
    options.settings = {true, 1, true, 1, algorithm};
    lab(options).transfer({"alice", "bob", whole(800)});
    EXPECT_THAT(seen_.back().steps, ElementsAre("barrier", "lock", "lock", "read", "delay", "check",
                                                "delay", "deduct", "credit", "unlock", "unlock"));
  }
}

TEST_F(LabTest, MeetsTheBarrierOnceWhereAnOptimisticTransferStartsAgain) {
  LabOptions options;
  options.settings = {false, 0, true, 2, Algorithm::optimistic};
  lab(options);
  std::thread bob = start("bob", whole(100));
  std::thread charlie = start("charlie", whole(100));
  bob.join();
  charlie.join();
  EXPECT_EQ(balance(0), whole(800));
  const auto barriers = [&](std::size_t i) {
    const auto& steps = seen_.at(i).steps;
    return std::count(steps.begin(), steps.end(), "barrier");
  };
  EXPECT_EQ(barriers(0), 1);
  EXPECT_EQ(barriers(1), 1);
  // Both had read before they met at the barrier, so one had to retry.
  EXPECT_EQ(seen_.at(0).steps.size() + seen_.at(1).steps.size(), 5U + 8U);
}

TEST_F(LabTest, DoubleSpendsAtTheBarrierAndCountsEachNegativeDeductionOnce) {
  lab().configure(barrier_of(2));
  run_together(2);
  EXPECT_EQ(balance(0), whole(-600));
  EXPECT_EQ(value("race_condition_hits_total"), 1);
  EXPECT_EQ(value("double_spend_detected_total"), 1);
  EXPECT_EQ(value("account_balance{account_id=\"alice\""), -600);
  lab_->reset();
  lab_->configure(barrier_of(3));
  run_together(3);
  EXPECT_EQ(balance(0), whole(-1400));
  EXPECT_EQ(value("race_condition_hits_total"), 1 + 2);
  const std::string log = text_.str();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = log.find("RACE", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 3U);
}

TEST_F(LabTest, DoesNotLetAFailedCheckWaitAtTheBarrier) {
  lab().configure(barrier_of(2));
  lab_->transfer({"charlie", "bob", whole(201)});
  EXPECT_EQ(lab_->records(1).at(0).result.status, bank::TransferStatus::insufficient_funds);
}

TEST_F(LabTest, SpendsOnceInSafeModesWhateverTheBarrier) {
  for (const Algorithm algorithm : {Algorithm::ordered_locks, Algorithm::optimistic}) {
    LabOptions options;
    options.settings = {true, 5, true, 2, algorithm};
    lab(options);
    run_together(2);
    EXPECT_EQ(balance(0), whole(200)) << bank::to_string(algorithm);
  }
  EXPECT_EQ(value("race_condition_hits_total"), 0);
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"success\"}"), 2);
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"insufficient_funds\"}"), 2);
}

TEST_F(LabTest, ConservesMoneyUnderLoadInSafeModes) {
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  const std::vector<std::string> ids{"alice", "bob", "charlie"};
  for (const Algorithm algorithm : {Algorithm::ordered_locks, Algorithm::optimistic}) {
    LabOptions options;
    options.settings.algorithm = algorithm;
    lab(options);
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < kThreads; ++seed) {
      threads.emplace_back([&, seed] {
        std::minstd_rand random{seed + 1};
        for (int i = 0; i < kEach; ++i) {
          const std::size_t from = random() % 3;
          const std::size_t to = (from + 1 + random() % 2) % 3;
          lab_->transfer({ids[from], ids[to], Money{static_cast<int>(random() % 60'000) + 1}});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    Money total;
    for (const Lab::AccountView& account : lab_->accounts()) {
      EXPECT_GE(account.balance, Money{}) << bank::to_string(algorithm) << " " << account.id;
      total = total + account.balance;
    }
    EXPECT_EQ(total, whole(1700)) << bank::to_string(algorithm);
    EXPECT_EQ(lab_->records(10'000).size(), static_cast<std::size_t>(kThreads * kEach));
  }
  EXPECT_EQ(value("race_condition_hits_total"), 0);
  EXPECT_EQ(value("concurrent_transfers"), 0);
}

TEST_F(LabTest, ResetReleasesTheBarrierAndForgetsWhatWasInFlight) {
  lab().configure(barrier_of(3));
  std::thread bob = start("bob");
  std::thread charlie = start("charlie");
  ASSERT_TRUE(waiting(2));
  EXPECT_EQ(value("concurrent_transfers"), 2);
  lab_->reset();
  bob.join();
  charlie.join();
  EXPECT_EQ(balance(0), whole(1000));
  EXPECT_EQ(balance(1), whole(500));
  EXPECT_TRUE(lab_->records(20).empty());
  EXPECT_EQ(value("transfers_total{service=\"bank-api\",status=\"success\"}"), 0);
  EXPECT_EQ(value("transfer_duration_seconds_count"), 0);
  EXPECT_EQ(value("race_condition_hits_total"), 0);
  EXPECT_EQ(value("account_balance{account_id=\"alice\""), 1000);
  EXPECT_EQ(value("barrier_waiting_count"), 0);
  EXPECT_EQ(value("concurrent_transfers"), 0);
  EXPECT_FALSE(seen_.at(0).counted);
  EXPECT_FALSE(seen_.at(1).counted);
  EXPECT_THAT(text_.str(), Not(HasSubstr("RACE")));
}

TEST_F(LabTest, DoesNotLetATransferFromBeforeAResetMeetOneFromAfterIt) {
  lab().configure(barrier_of(2));
  std::thread old = start("bob");
  ASSERT_TRUE(waiting(1));
  lab_->reset();
  old.join();
  std::thread first = start("bob");
  ASSERT_TRUE(waiting(1));
  std::thread second = start("charlie");
  first.join();
  second.join();
  EXPECT_EQ(balance(0), whole(-600));
  EXPECT_EQ(lab_->records(20).size(), 2U);
}

TEST_F(LabTest, ConfiguringTheBarrierReleasesWhoWaitsAndOtherSettingsDoNot) {
  lab().configure(barrier_of(2));
  std::thread one = start("bob", whole(1));
  ASSERT_TRUE(waiting(1));
  SettingsChange delay;
  delay.delay_enabled = true;
  delay.delay_ms = 1;
  lab_->configure(delay);
  lab_->configure(with(Algorithm::ordered_locks));
  EXPECT_EQ(value("barrier_waiting_count"), 1);
  lab_->configure(barrier_of(2));
  one.join();
  // It had begun before delay and locks were turned on.
  EXPECT_THAT(seen_.at(0).steps, ElementsAre("read", "check", "barrier", "deduct", "credit"));
  EXPECT_TRUE(seen_.at(0).counted);
}

TEST_F(LabTest, LetsABarrierThatDoesNotFillGoAndCountsThatOnce) {
  LabOptions options;
  options.settings = {false, 0, true, 3, Algorithm::check_then_act};
  options.barrier_timeout = milliseconds{30};
  lab(options);
  std::thread one = start("bob", whole(1));
  std::thread two = start("bob", whole(1));
  one.join();
  two.join();
  EXPECT_EQ(balance(0), whole(998));
  EXPECT_GE(value("barrier_timeouts_total"), 1);
  EXPECT_THAT(text_.str(), HasSubstr("the barrier did not fill in time"));
}

TEST_F(LabTest, BreaksADeadlockAndHandsOutItsSchedule) {
  LabOptions options;
  options.settings = {false, 0, true, 2, Algorithm::request_order_locks};
  lab(options);
  // Transfers in opposite directions, released by the barrier together: sometimes each takes its
  // first lock before the other takes its second.
  std::mutex mutex;
  std::optional<TransferRefusal> refused;
  std::atomic<bool> go_on{true};
  const auto transfer = [&](const TransferOrder& order) {
    while (go_on) {
      const auto tried = lab_->transfer(order);
      const auto* const refusal = std::get_if<TransferRefusal>(&tried);
      const std::lock_guard lock{mutex};
      if (refusal != nullptr) refused = *refusal;
      if (refusal != nullptr) go_on = false;
    }
    lab_->stop();  // the other transfer may wait at the barrier
  };
  std::thread one{transfer, TransferOrder{"alice", "bob", whole(1)}};
  std::thread two{transfer, TransferOrder{"bob", "alice", whole(1)}};
  one.join();
  two.join();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, TransferRefusal::Reason::deadlock);
  EXPECT_THAT(refused->detail, HasSubstr("waits to lock"));
  EXPECT_EQ(value("deadlocks_total"), 1);
  EXPECT_EQ(balance(0) + balance(1), whole(1500));

  const auto parsed = sim::parse_schedule(refused->schedule);
  const auto* const schedule = std::get_if<sim::Schedule>(&parsed);
  ASSERT_NE(schedule, nullptr) << refused->schedule;
  ASSERT_TRUE(schedule->expect);
  EXPECT_THAT(schedule->expect->text, StartsWith("deadlock task 1 waits to lock"));
  const auto workload = bank::workload_from(*schedule);
  ASSERT_TRUE(std::holds_alternative<bank::Workload>(workload)) << refused->schedule;
  const auto replayed = bank::simulate(std::get<bank::Workload>(workload), *schedule).replayed;
  EXPECT_TRUE(replayed.is_as_recorded(*schedule)) << refused->schedule;
}

TEST(AccountMutex, DetectsACycleOfThree) {
  AccountMutex mutexes[3]{AccountMutex{"a"}, AccountMutex{"b"}, AccountMutex{"c"}};
  const auto owner = [](const char* id) {
    return LockOwner{id, {"alice", "bob", whole(1)}, Algorithm::request_order_locks};
  };
  LockOwner owners[3]{owner("0"), owner("1"), owner("2")};
  for (std::size_t i = 0; i < 3; ++i) mutexes[i].lock(owners[i]);
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < 2; ++i) {
    waiting.emplace_back([&, i] {
      mutexes[i + 1].lock(owners[i]);
      mutexes[i + 1].unlock();
      mutexes[i].unlock();
    });
  }
  // Before both wait there is no cycle, and this lock() would never return.
  ASSERT_TRUE(eventually([&] { return mutexes[1].waiters() == 1 && mutexes[2].waiters() == 1; }));
  std::string what;
  try {
    mutexes[0].lock(owners[2]);
  } catch (const Deadlock& deadlock) {
    what = deadlock.what();
  }
  EXPECT_EQ(what,
            "transfer 2 waits to lock a, held by transfer 0; transfer 0 waits to lock b, held by "
            "transfer 1; transfer 1 waits to lock c, held by transfer 2");
  mutexes[2].unlock();
  for (std::thread& thread : waiting) thread.join();
}

TEST_F(LabTest, StopEndsTheWaitForLocksToo) {
  LabOptions options;
  options.settings = {false, 0, true, 2, Algorithm::request_order_locks};
  lab(options);
  // Transfers in opposite directions, released by the barrier together: sometimes they deadlock.
  std::atomic<bool> go_on{true};
  std::vector<std::thread> threads;
  for (const auto& [from, to] : {std::pair{"alice", "bob"}, std::pair{"bob", "alice"}}) {
    threads.emplace_back([&, order = TransferOrder{from, to, whole(1)}] {
      while (go_on) lab_->transfer(order);
    });
  }
  std::this_thread::sleep_for(milliseconds{50});
  go_on = false;
  lab_->stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(balance(0) + balance(1), whole(1500));
}

TEST_F(LabTest, RefusesUnknownAccountsAndMoreTransfersThanItMayRun) {
  LabOptions options;
  options.settings = {false, 0, true, 2, Algorithm::check_then_act};
  options.transfers_max = 1;
  lab(options);
  const auto unknown = lab_->transfer({"alice", "zoe", whole(1)});
  ASSERT_TRUE(std::holds_alternative<TransferRefusal>(unknown));
  EXPECT_EQ(std::get<TransferRefusal>(unknown).detail,
            "body.to_account: there is no account \"zoe\"");
  std::thread one = start("bob");
  ASSERT_TRUE(waiting(1));
  const auto refused = lab_->transfer({"alice", "bob", whole(1)});
  ASSERT_TRUE(std::holds_alternative<TransferRefusal>(refused));
  EXPECT_EQ(std::get<TransferRefusal>(refused).reason, TransferRefusal::Reason::too_many_transfers);
  lab_->stop();
  one.join();
  EXPECT_EQ(balance(0), whole(200));
}

TEST_F(LabTest, StopEndsDelaysAndBarriersForGood) {
  LabOptions options;
  options.settings = {true, 60'000, true, 5, Algorithm::check_then_act};
  lab(options);
  std::thread delayed = start("bob");
  ASSERT_TRUE(eventually([&] { return value("concurrent_transfers") == 1; }));
  lab_->stop();
  delayed.join();
  lab_->configure(barrier_of(4));
  lab_->transfer({"bob", "alice", whole(1)});
  EXPECT_EQ(lab_->records(20).size(), 2U);
}

struct ChangeRow {
  Algorithm now;
  std::optional<bool> use_transactions;
  std::optional<Algorithm> algorithm;
  std::optional<Algorithm> after;  ///< empty if the two contradict each other
};

TEST(Settings, TakeUseTransactionsAndAlgorithmForOneThing) {
  constexpr Algorithm kBug = Algorithm::check_then_act;
  constexpr Algorithm kLocks = Algorithm::ordered_locks;
  constexpr Algorithm kOptimistic = Algorithm::optimistic;
  for (const ChangeRow& row :
       {ChangeRow{kBug, true, {}, kLocks}, ChangeRow{kLocks, false, {}, kBug},
        ChangeRow{kOptimistic, false, {}, kBug}, ChangeRow{kOptimistic, true, {}, kLocks},
        ChangeRow{kBug, {}, kOptimistic, kOptimistic},
        // A response of the lab, sent back with one of the two settings changed or with neither.
        ChangeRow{kBug, true, kBug, kLocks}, ChangeRow{kLocks, false, kLocks, kBug},
        ChangeRow{kOptimistic, false, kOptimistic, kOptimistic},
        ChangeRow{kLocks, true, kOptimistic, kOptimistic},
        ChangeRow{kLocks, false, kOptimistic, kOptimistic}, ChangeRow{kBug, true, kLocks, kLocks},
        ChangeRow{kBug, true, kOptimistic, {}}}) {
    Settings now;
    now.algorithm = row.now;
    SettingsChange change;
    change.use_transactions = row.use_transactions;
    change.algorithm = row.algorithm;
    const auto after = changed(now, change);
    ASSERT_EQ(std::holds_alternative<Settings>(after), row.after.has_value());
    if (row.after) {
      EXPECT_EQ(std::get<Settings>(after).algorithm, *row.after);
    }
  }
}

}  // namespace
}  // namespace http
