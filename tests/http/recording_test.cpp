// What the lab records is what happened: the simulator does the same steps with the same results.
// Suites that run the simulator have "Fibers" in their names, because ThreadSanitizer cannot follow
// fibers.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bank/simulation.hpp>
#include <bank/workload_header.hpp>
#include <http/lab/lab.hpp>
#include <http/lab/recorder.hpp>
#include <sim/schedule/text_format.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using bank::Algorithm;
using bank::whole;
using testing::HasSubstr;
using testing::Not;

/// Parses and replays the text of a schedule.
struct Read {
  sim::Schedule schedule;
  bank::Workload workload;
  bank::Simulation simulation;
};

std::optional<Read> read(const std::string& text) {
  const auto parsed = sim::parse_schedule(text);
  if (std::holds_alternative<sim::ScheduleError>(parsed)) return std::nullopt;
  Read read{std::get<sim::Schedule>(parsed), {}, {}};
  const auto workload = bank::workload_from(read.schedule);
  if (std::holds_alternative<sim::ScheduleError>(workload)) return std::nullopt;
  read.workload = std::get<bank::Workload>(workload);
  read.simulation = bank::simulate(read.workload, read.schedule);
  return read;
}

std::vector<std::string> texts(const std::vector<bank::AccountStart>& accounts) {
  std::vector<std::string> all;
  for (const bank::AccountStart& account : accounts) {
    all.push_back(fmt::format("{} {}", account.id, account.balance));
  }
  return all;
}

class RecordingOnFibers : public testing::Test {
 protected:
  std::ostringstream text_;
  Log log_{text_};
  Metrics metrics_{"bank-api"};
  Lab lab_{LabOptions{}, metrics_, log_};

  void configure(Algorithm algorithm, int delay_ms = 0, bool barrier = false) {
    SettingsChange change;
    change.algorithm = algorithm;
    change.delay_enabled = delay_ms > 0;
    change.delay_ms = delay_ms;
    change.barrier_enabled = barrier;
    lab_.configure(change);
  }
  /// Makes transfers between any accounts, most of them from alice, sometimes with another
  /// algorithm.
  void transfer(std::uint64_t seed, int count) {
    std::mt19937_64 random{seed};
    const std::vector<std::string> names{"alice", "bob", "charlie"};
    const auto& algorithms = bank::kAlgorithms;
    for (int i = 0; i < count; ++i) {
      const std::size_t from = random() % 2 == 0 ? 0 : random() % 3;
      const std::size_t to = (from + 1 + random() % 2) % 3;
      lab_.transfer({names[from], names[to], whole(1 + static_cast<std::int64_t>(random() % 700))});
      if (random() % 4 != 0) continue;
      SettingsChange other;
      other.algorithm = algorithms[random() % algorithms.size()].algorithm;
      lab_.configure(other);
    }
  }
  void load(std::uint64_t seed, int threads, int count) {
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back(
          [this, seed, i, count] { transfer(seed * 100 + static_cast<std::uint64_t>(i), count); });
    }
    for (std::thread& thread : all) thread.join();
  }
  void race() {
    configure(Algorithm::check_then_act, 0, true);
    std::thread other{[this] { lab_.transfer({"alice", "bob", whole(800)}); }};
    lab_.transfer({"alice", "charlie", whole(800)});
    other.join();
  }
};

TEST_F(RecordingOnFibers, OfALoadReplaysToTheSameBalances) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    lab_.reset();
    load(seed, 8, 7);
    const auto recording = lab_.recording();
    ASSERT_TRUE(recording) << seed;
    const auto found = read(*recording);
    ASSERT_TRUE(found) << *recording;
    EXPECT_EQ(found->workload.transfers.size(), 56U) << *recording;
    EXPECT_THAT(*recording, Not(HasSubstr("\npast "))) << "all of it is there";
    EXPECT_TRUE(found->simulation.replayed.is_as_recorded(found->schedule)) << *recording;
    EXPECT_EQ(texts(found->simulation.balances), texts(lab_.accounts())) << *recording;
  }
}

TEST_F(RecordingOnFibers, OfMoreThanItHoldsReplaysToTheSameBalances) {
  load(1, 8, 200);
  const auto recording = lab_.recording();
  ASSERT_TRUE(recording);
  const auto found = read(*recording);
  ASSERT_TRUE(found) << *recording;
  EXPECT_EQ(found->workload.transfers.size(), 60U) << *recording;
  EXPECT_TRUE(found->simulation.replayed.is_as_recorded(found->schedule)) << *recording;
  EXPECT_EQ(texts(found->simulation.balances), texts(lab_.accounts())) << *recording;
  EXPECT_LE(lab_.recorded(), Recorder::kEndedMax);
}

TEST_F(RecordingOnFibers, InTheMiddleOfALoadReplaysStepByStep) {
  configure(Algorithm::check_then_act, 1);
  std::atomic<bool> go_on{true};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (std::uint64_t round = 0; go_on; ++round) transfer(i * 1000 + round, 3);
    });
  }
  ASSERT_TRUE(http_test::eventually([&] { return lab_.recorded() > 20; }));
  for (int i = 0; i < 100; ++i) {
    const auto recording = lab_.recording();
    ASSERT_TRUE(recording);
    const auto found = read(*recording);
    ASSERT_TRUE(found) << *recording;
    EXPECT_FALSE(found->simulation.replayed.divergence) << *recording;
    EXPECT_TRUE(found->simulation.replayed.is_as_recorded(found->schedule)) << *recording;
    EXPECT_EQ(found->simulation.replayed.recording.steps(), found->schedule.entries.size())
        << *recording;
    if (i % 10 == 0) lab_.reset();
    if (i % 10 == 0) transfer(static_cast<std::uint64_t>(i), 1);
  }
  go_on = false;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RecordingOnFibers, HasTheScheduleOfARaceTheMomentItIsCounted) {
  EXPECT_EQ(lab_.last_race(), std::nullopt);
  race();
  const auto text = lab_.last_race();
  ASSERT_TRUE(text);
  const auto found = read(*text);
  ASSERT_TRUE(found) << *text;
  EXPECT_EQ(found->schedule.expect->text, "invariant \"no account is negative\": alice = -600.00");
  EXPECT_EQ(found->schedule.mode, sim::ReplayMode::strict);
  EXPECT_THAT(found->schedule.found_by, HasSubstr("recorded live: transfer "));
  EXPECT_TRUE(found->simulation.replayed.is_as_recorded(found->schedule)) << *text;
  EXPECT_EQ(found->schedule.entries.size(), 4U) << "two reads, two deductions";
  EXPECT_EQ(texts(found->workload.accounts),
            (std::vector<std::string>{"alice 1000.00", "bob 500.00", "charlie 200.00"}));
  lab_.reset();
  EXPECT_EQ(lab_.last_race(), text) << "it outlives a reset";
}

TEST_F(RecordingOnFibers, EachRaceUnderLoadFailsAgainAtItsOwnDeduction) {
  std::string last;
  int races = 0;
  for (std::uint64_t seed = 1; races < 20 && seed <= 2000; ++seed) {
    lab_.reset();
    configure(Algorithm::check_then_act, seed % 2 == 0 ? 1 : 0);
    load(seed, 6, 4);
    const auto text = lab_.last_race();
    if (!text || *text == last) continue;
    last = *text;
    ++races;
    const auto found = read(last);
    ASSERT_TRUE(found) << last;
    EXPECT_TRUE(found->simulation.replayed.is_as_recorded(found->schedule)) << last;
    EXPECT_THAT(found->schedule.expect->text, HasSubstr("no account is negative")) << last;
    EXPECT_EQ(found->schedule.mode, sim::ReplayMode::strict) << "it ends where it fails: " << last;
  }
  EXPECT_EQ(races, 20);
}

TEST_F(RecordingOnFibers, IsNothingWhileItIsOff) {
  SettingsChange off;
  off.recording_enabled = false;
  lab_.configure(off);
  race();
  EXPECT_EQ(lab_.recording(), std::nullopt);
  EXPECT_EQ(lab_.last_race(), std::nullopt);
  EXPECT_EQ(lab_.recorded(), 0U);
  SettingsChange on;
  on.recording_enabled = true;
  lab_.configure(on);
  configure(Algorithm::check_then_act);
  lab_.transfer({"bob", "charlie", whole(100)});
  const auto found = read(lab_.recording().value_or(""));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->workload.transfers.size(), 1U);
  EXPECT_EQ(texts(found->simulation.balances), texts(lab_.accounts()))
      << "it begins with what the others had left";
}

TEST(Recorder, IsAskedWhileTransfersAddToIt) {
  Recorder recorder{3};
  std::atomic<std::uint64_t> version{0};
  std::atomic<bool> go_on{true};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (go_on) {
        const auto transfer =
            recorder.begin({"x", {0, 1, whole(1)}, Algorithm::check_then_act, {}, false, false});
        transfer->add({"deduct", 0, false, {++version, true}, whole(0)});
        transfer->add({"credit", 1, false, {0, false}, whole(0)});
        recorder.end(transfer);
      }
    });
  }
  while (version < 3 * Recorder::kEndedMax) {
    const auto moment = recorder.moment();
    const bank::LiveRun run = moment.run({{"a", {}}, {"b", {}}, {"c", {}}});
    EXPECT_LE(run.transfers.size(), Recorder::kEndedMax + 4);
    for (const bank::LiveTransfer& transfer : run.transfers) {
      EXPECT_TRUE(!transfer.ended || transfer.steps.size() == 2);
    }
  }
  go_on = false;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(recorder.size(), Recorder::kEndedMax);
  EXPECT_GE(recorder.moment().forgotten_balances.at(0), 2 * Recorder::kEndedMax);
}

}  // namespace
}  // namespace http
