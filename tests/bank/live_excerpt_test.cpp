// Recordings of a run become schedules that the simulator agrees with, wherever they begin and end.

#include <bank/live_excerpt.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bank/simulation.hpp>
#include <bank/workload_header.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/random.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace bank {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<AccountStart> kAccounts{
    {"alice", whole(1000)}, {"bob", whole(500)}, {"charlie", whole(200)}};

/// The lines of a schedule's body.
std::vector<std::string> lines(const sim::Schedule& schedule) {
  std::vector<std::string> all;
  for (const sim::ScheduleEntry& entry : schedule.entries) all.push_back(format_entry(entry));
  return all;
}

std::vector<std::string> header(const LiveExcerpt& excerpt) {
  std::vector<std::string> all;
  for (const sim::HeaderLine& line : header_of(excerpt.workload)) {
    all.push_back(line.key + " " + line.value);
  }
  return all;
}

LiveRun run_of(std::vector<LiveTransfer> transfers) {
  return {kAccounts, std::move(transfers), {0, 0, 0}, {0, 0, 0}};
}

constexpr std::size_t kAlice = 0;
constexpr std::size_t kBob = 1;
constexpr std::size_t kCharlie = 2;

LiveStep saw(const char* word, std::size_t account, std::uint64_t version, Money value) {
  return {word, account, false, {version, false}, value};
}
LiveStep made(const char* word, std::size_t account, std::uint64_t version, Money value) {
  return {word, account, false, {version, true}, value};
}
LiveStep locks(const char* word, std::size_t account, std::uint64_t version) {
  return {word, account, true, {version, true}, {}};
}

/// Two 800s from alice: both have read before either deducts, the second deducts first.
std::vector<LiveTransfer> double_spend() {
  return {{"a",
           {kAlice, kBob, whole(800)},
           Algorithm::check_then_act,
           {saw("read", kAlice, 0, whole(1000)), made("deduct", kAlice, 2, whole(-600)),
            made("credit", kBob, 1, whole(1300))},
           true,
           false},
          {"b",
           {kAlice, kCharlie, whole(800)},
           Algorithm::check_then_act,
           {saw("read", kAlice, 0, whole(1000)), made("deduct", kAlice, 1, whole(200)),
            made("credit", kCharlie, 1, whole(1000))},
           true,
           false}};
}

TEST(LiveExcerptOnFibers, OrdersStepsByTheVersionsOfTheirAccounts) {
  const auto excerpt = excerpt_of(run_of(double_spend()), {});
  ASSERT_TRUE(excerpt);
  EXPECT_FALSE(excerpt->has_gaps);
  EXPECT_THAT(excerpt->transfers, ElementsAre("a", "b"));
  EXPECT_THAT(
      header(*excerpt),
      ElementsAre("algorithm check-then-act", "start alice 1000.00   bob 500.00   charlie 200.00",
                  "task 1 transfer alice bob 800.00", "task 2 transfer alice charlie 800.00"));
  EXPECT_THAT(lines(excerpt->schedule),
              ElementsAre("1 read alice.balance = 1000.00", "2 read alice.balance = 1000.00",
                          "2 deduct alice.balance = 200.00", "1 deduct alice.balance = -600.00",
                          "1 credit bob.balance = 1300.00", "2 credit charlie.balance = 1000.00"));
}

TEST(LiveExcerptOnFibers, EndsAtAStepWithWhatLedToIt) {
  ExcerptOptions options;
  options.last = {0, 1};
  const auto excerpt = excerpt_of(run_of(double_spend()), options);
  ASSERT_TRUE(excerpt);
  EXPECT_THAT(lines(excerpt->schedule),
              ElementsAre("1 read alice.balance = 1000.00", "2 read alice.balance = 1000.00",
                          "2 deduct alice.balance = 200.00", "1 deduct alice.balance = -600.00"));
  EXPECT_EQ(simulate(excerpt->workload, excerpt->schedule).replayed.recording.outcome.summary(),
            "invariant \"no account is negative\": alice = -600.00");
}

TEST(LiveExcerptOnFibers, TellsAgainWhatTransfersHadDoneBeforeItBegins) {
  ExcerptOptions options;
  options.skip = 3;
  const auto excerpt = excerpt_of(run_of(double_spend()), options);
  ASSERT_TRUE(excerpt);
  EXPECT_THAT(
      header(*excerpt),
      ElementsAre("algorithm check-then-act", "start alice 200.00   bob 500.00   charlie 200.00",
                  "task 1 transfer alice bob 800.00", "task 2 transfer alice charlie 800.00",
                  "past 1 read alice.balance = 1000.00 1 changes ago",
                  "past 2 read alice.balance = 1000.00 1 changes ago",
                  "past 2 deduct alice.balance = 200.00"));
  const Simulation simulation = simulate(excerpt->workload, excerpt->schedule);
  EXPECT_FALSE(simulation.replayed.divergence);
  EXPECT_EQ(simulation.balances.at(kAlice).balance, whole(-600));
  EXPECT_EQ(simulation.balances.at(kCharlie).balance, whole(1000));
}

TEST(LiveExcerptOnFibers, TwoWhoSawTheSameBalanceMayHaveDoneSoInEitherOrder) {
  // Each reads one account late and the other early: an order among readers would be a circle.
  std::vector<LiveTransfer> transfers{
      {"a",
       {kAlice, kBob, whole(1)},
       Algorithm::check_then_act,
       {saw("read", kBob, 7, whole(5)), saw("read", kAlice, 3, whole(5))},
       true,
       false},
      {"b",
       {kBob, kAlice, whole(1)},
       Algorithm::check_then_act,
       {saw("read", kAlice, 3, whole(5)), saw("read", kBob, 7, whole(5))},
       true,
       false}};
  const auto excerpt = excerpt_of(run_of(std::move(transfers)), {});
  ASSERT_TRUE(excerpt);
  EXPECT_EQ(excerpt->schedule.entries.size(), 4U);
}

TEST(LiveExcerptOnFibers, BeginsBehindWhatIsMissing) {
  std::vector<LiveTransfer> transfers = double_spend();
  transfers.erase(transfers.begin() + 1);
  const auto excerpt = excerpt_of(run_of(std::move(transfers)), {});
  ASSERT_TRUE(excerpt);
  EXPECT_TRUE(excerpt->has_gaps) << "version 1 of alice may yet be told of";
  EXPECT_THAT(lines(excerpt->schedule),
              ElementsAre("1 deduct alice.balance = -600.00", "1 credit bob.balance = 1300.00"));
  EXPECT_THAT(header(*excerpt),
              testing::Contains("past 1 read alice.balance = 1000.00 1 changes ago"));
}

TEST(LiveExcerptOnFibers, BeginsBehindWhatIsForgotten) {
  std::vector<LiveTransfer> transfers = double_spend();
  transfers.erase(transfers.begin() + 1);
  LiveRun run = run_of(std::move(transfers));
  run.forgotten_balances = {1, 0, 1};
  const auto excerpt = excerpt_of(run, {});
  ASSERT_TRUE(excerpt);
  EXPECT_FALSE(excerpt->has_gaps);
  EXPECT_EQ(excerpt->schedule.entries.size(), 2U);
}

TEST(LiveExcerptOnFibers, HoldsTheNewestTransfersWhereThereAreTooMany) {
  std::vector<LiveTransfer> transfers;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Money alice = whole(1000 - static_cast<std::int64_t>(i));
    transfers.push_back(
        {std::to_string(i),
         {kAlice, kBob, whole(1)},
         Algorithm::check_then_act,
         {saw("read", kAlice, i, alice), made("deduct", kAlice, i + 1, alice - whole(1)),
          made("credit", kBob, i + 1, whole(501 + static_cast<std::int64_t>(i)))},
         true,
         false});
  }
  const auto excerpt = excerpt_of(run_of(std::move(transfers)), {});
  ASSERT_TRUE(excerpt);
  EXPECT_EQ(excerpt->transfers.size(), 60U);
  EXPECT_EQ(excerpt->transfers.back(), "99");
  const Simulation simulation = simulate(excerpt->workload, excerpt->schedule);
  EXPECT_FALSE(simulation.replayed.divergence);
  EXPECT_EQ(simulation.balances.at(kAlice).balance, whole(900));
  EXPECT_EQ(simulation.balances.at(kBob).balance, whole(600));
}

TEST(LiveExcerptOnFibers, KnowsWhoWasGivenUp) {
  std::vector<LiveTransfer> transfers{{"a",
                                       {kAlice, kBob, whole(1)},
                                       Algorithm::request_order_locks,
                                       {locks("lock", kAlice, 1), locks("unlock", kAlice, 2)},
                                       true,
                                       true},
                                      {"b",
                                       {kBob, kAlice, whole(1)},
                                       Algorithm::request_order_locks,
                                       {locks("lock", kBob, 1), locks("lock", kAlice, 3)},
                                       false,
                                       false}};
  const auto excerpt = excerpt_of(run_of(std::move(transfers)), {});
  ASSERT_TRUE(excerpt);
  EXPECT_THAT(header(*excerpt), testing::IsSupersetOf({"gives-up 1 1 steps", "until 2 2 steps"}));
  const sim::Replayed replayed = simulate(excerpt->workload, excerpt->schedule).replayed;
  EXPECT_FALSE(replayed.divergence);
  EXPECT_EQ(replayed.recording.outcome.summary(), "passed");
  EXPECT_EQ(replayed.recording.steps(), 4U);
}

// A run of transfers on fibers, with the runtime of real threads, which tells versions: each step
// is a point where the seed switches tasks.

struct WholeRun;

struct Recording {
  void before_step(const char* word, std::string_view object);
  void after_step(const char* word, std::string_view object, const Balance& value,
                  const sim::StepPlace& place);
  void after_step(const char* word, std::string_view object, bool held,
                  const sim::StepPlace& place);
  template <class Text>
  void check(bool /*passed*/, const Text& /*text*/) {}
  template <class Text>
  void describe(const Text& /*text*/) {}

  void add(const char* word, std::string_view object, bool on_lock, const sim::StepPlace& place,
           Money value);
  WholeRun& run;
  std::size_t number;
};

using Recorded = sim::ThreadRuntime<Recording, sim::mutex>;

struct WholeRun {
  sim::atomic<int>* point = nullptr;
  std::vector<LiveTransfer> transfers{};
  std::vector<std::size_t> order{};  ///< which transfer made each step, as it happened
};

void Recording::before_step(const char* word, std::string_view /*object*/) {
  // To lock is a point of its own.
  if (word != std::string_view{words::kLock}) run.point->load();
}
void Recording::add(const char* word, std::string_view object, bool on_lock,
                    const sim::StepPlace& place, Money value) {
  // Behind a deadlock tasks are made to end: that never happened.
  if (sim::Engine::current_or_null()->draining()) return;
  std::size_t account = 0;
  while (!object.starts_with(kAccounts[account].id)) ++account;
  run.transfers[number].steps.push_back({word, account, on_lock, place, value});
  run.order.push_back(number);
}
void Recording::after_step(const char* word, std::string_view object, const Balance& value,
                           const sim::StepPlace& place) {
  add(word, object, false, place, value.amount);
}
void Recording::after_step(const char* word, std::string_view object, bool /*held*/,
                           const sim::StepPlace& place) {
  add(word, object, true, place, {});
}

/// Twenty transfers, eight of them at a time.
WholeRun run_with(std::uint64_t seed) {
  std::mt19937_64 random{seed};
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  WholeRun run;
  for (std::size_t i = 0; i < 20; ++i) {
    const std::size_t from = below(4) < 2 ? kAlice : below(3);
    const std::size_t to = (from + 1 + below(2)) % 3;
    run.transfers.push_back({std::to_string(i),
                             {from, to, whole(static_cast<std::int64_t>(1 + below(700)))},
                             kAlgorithms[below(kAlgorithms.size())].algorithm,
                             {},
                             false,
                             false});
  }
  sim::RandomStrategy strategy{seed};
  sim::Engine engine;
  run_once(
      engine,
      [&run] {
        sim::atomic<int> point{0};
        run.point = &point;
        Ledger<Recorded> ledger{kAccounts};
        std::vector<sim::thread> workers;
        for (std::size_t worker = 0; worker < 8; ++worker) {
          workers.emplace_back([&, worker] {
            for (std::size_t i = worker; i < run.transfers.size(); i += 8) {
              Recording context{run, i};
              const LiveTransfer& live = run.transfers[i];
              execute(live.algorithm, ledger, live.transfer, context);
              run.transfers[i].ended = !sim::Engine::current_or_null()->draining();
            }
          });
        }
        for (sim::thread& worker : workers) worker.join();
      },
      strategy);
  return run;
}

/// What is known when so many of the steps have happened.
LiveRun part_of(const WholeRun& whole_run, std::size_t steps) {
  LiveRun part = run_of(whole_run.transfers);
  for (LiveTransfer& transfer : part.transfers) transfer.steps.clear();
  for (std::size_t i = 0; i < steps; ++i) {
    LiveTransfer& transfer = part.transfers[whole_run.order[i]];
    const LiveTransfer& whole_one = whole_run.transfers[whole_run.order[i]];
    transfer.steps.push_back(whole_one.steps[transfer.steps.size()]);
    const LiveStep& step = transfer.steps.back();
    if (!step.on_lock) part.accounts[step.account].balance = step.value;
  }
  for (std::size_t i = 0; i < part.transfers.size(); ++i) {
    const LiveTransfer& whole_one = whole_run.transfers[i];
    part.transfers[i].ended =
        whole_one.ended && part.transfers[i].steps.size() == whole_one.steps.size();
  }
  return part;
}

/// Forgets the first of the transfers that have ended.
void forget(LiveRun& run, std::size_t count) {
  for (auto it = run.transfers.begin(); it != run.transfers.end() && count > 0;) {
    if (!it->ended) {
      ++it;
      continue;
    }
    for (const LiveStep& step : it->steps) {
      std::uint64_t& newest =
          (step.on_lock ? run.forgotten_locks : run.forgotten_balances)[step.account];
      if (step.place.changed) newest = std::max(newest, step.place.version);
    }
    it = run.transfers.erase(it);
    --count;
  }
}

TEST(LiveExcerptOnFibers, OfAnyPartOfAnyRunTheSimulatorLeavesTheSameBalances) {
  std::size_t with_past = 0;
  std::size_t cut = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const WholeRun whole_run = run_with(seed);
    std::mt19937_64 random{seed};
    LiveRun part = part_of(whole_run, random() % (whole_run.order.size() + 1));
    forget(part, random() % 4);
    ExcerptOptions options;
    options.transfers_max = 1 + random() % 12;
    const auto excerpt = excerpt_of(part, options);
    if (!excerpt) continue;
    EXPECT_LE(excerpt->transfers.size(), options.transfers_max);
    // As it is read from a file.
    sim::Schedule written = excerpt->schedule;
    written.mode = sim::ReplayMode::through;
    const std::string text = sim::format_schedule(written);
    const sim::Schedule schedule = std::get<sim::Schedule>(sim::parse_schedule(text));
    const auto workload = workload_from(schedule);
    ASSERT_TRUE(std::holds_alternative<Workload>(workload)) << seed << "\n" << text;
    const Simulation simulation = simulate(std::get<Workload>(workload), schedule);
    ASSERT_FALSE(simulation.replayed.divergence)
        << "seed " << seed << ": " << simulation.replayed.divergence->message << "\n"
        << text;
    EXPECT_EQ(simulation.replayed.recording.steps(), schedule.entries.size()) << seed << "\n"
                                                                              << text;
    for (std::size_t account = 0; account < part.accounts.size(); ++account) {
      EXPECT_EQ(to_string(simulation.balances.at(account).balance),
                to_string(part.accounts[account].balance))
          << "seed " << seed << ": " << part.accounts[account].id << "\n"
          << text;
    }
    with_past += text.find("\npast ") != std::string::npos ? 1 : 0;
    cut += text.find("\nuntil ") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(with_past, 100U);
  EXPECT_GT(cut, 100U);
}

TEST(LiveExcerptOnFibers, ThatEndsWithAnyStepOfAnyRunTheSimulatorAgreesWith) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const LiveRun run = [&] {
      const WholeRun whole_run = run_with(seed);
      return part_of(whole_run, whole_run.order.size());
    }();
    std::mt19937_64 random{seed};
    ExcerptOptions options;
    options.transfers_max = 2 + random() % 12;
    const std::size_t transfer = random() % run.transfers.size();
    if (run.transfers[transfer].steps.empty()) continue;
    options.last = {transfer, random() % run.transfers[transfer].steps.size()};
    const auto excerpt = excerpt_of(run, options);
    ASSERT_TRUE(excerpt) << "nothing is missing";
    ++checked;
    const Simulation simulation = simulate(excerpt->workload, excerpt->schedule);
    ASSERT_FALSE(simulation.replayed.divergence)
        << "seed " << seed << ": " << simulation.replayed.divergence->message;
    const auto& last = std::get<sim::ScheduledStep>(excerpt->schedule.entries.back().what);
    const LiveStep& wanted = run.transfers[transfer].steps[options.last->step];
    EXPECT_EQ(last.operation, wanted.word) << seed;
    EXPECT_EQ(excerpt->transfers.at(std::stoul(last.task) - 1), run.transfers[transfer].id) << seed;
  }
  EXPECT_GT(checked, 200U);
}

}  // namespace
}  // namespace bank
