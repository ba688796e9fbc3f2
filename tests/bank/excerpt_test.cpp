// Schedules that begin and end in the middle of transfers, and go on past failures.

#include <bank/excerpt.hpp>

#include <optional>
#include <set>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bank/simulation.hpp>
#include <bank/workload.hpp>
#include <bank/workload_header.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>

namespace bank {
namespace {

sim::Schedule schedule_of(const std::string& text) {
  auto parsed = sim::parse_schedule("racelab schedule 1\n" + text + "end\n");
  if (const auto* const error = std::get_if<sim::ScheduleError>(&parsed)) {
    ADD_FAILURE() << error->line << ":" << error->column << ": " << error->message;
    return {};
  }
  return std::get<sim::Schedule>(parsed);
}

Workload workload_of(const sim::Schedule& schedule) {
  auto read = workload_from(schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&read)) {
    ADD_FAILURE() << error->line << ":" << error->column << ": " << error->message;
    return {};
  }
  return std::get<Workload>(read);
}

std::string balances(const Simulation& simulation) {
  std::string text;
  for (const AccountStart& account : simulation.balances) {
    text += fmt::format("{} {} ", account.id, account.balance);
  }
  return text;
}

/// Task 1 has both locks, and has read; task 2 has read before that; task 3 waits.
constexpr const char* kUnderLocks = R"(replay    through
algorithm ordered-locks
start     alice 200.00   bob -500.00   charlie 0
task      1 transfer alice bob 100.00
task      2 transfer alice charlie 150.00 optimistic
task      3 transfer alice charlie 150.00
past      1 lock alice.lock
past      1 lock bob.lock
past      1 read alice.balance = 200.00
past      2 read alice.balance = 200.00 2 changes ago
past      2 commit alice.balance failed = 300.00 1 changes ago
until     3 1 steps
)";

TEST(ExcerptOnFibers, GoesOnWhereItsTransfersWere) {
  const sim::Schedule schedule = schedule_of(std::string{kUnderLocks} +
                                             "2 read alice.balance = 200.00\n"
                                             "1 deduct alice.balance = 100.00\n"
                                             "1 credit bob.balance = -400.00\n"
                                             "2 commit alice.balance failed = 100.00\n"
                                             "1 unlock bob.lock\n"
                                             "1 unlock alice.lock\n"
                                             "3 lock alice.lock\n"
                                             "2 read alice.balance = 100.00\n");
  const Simulation simulation = simulate(workload_of(schedule), schedule);
  EXPECT_FALSE(simulation.replayed.divergence);
  EXPECT_EQ(simulation.replayed.beyond, 0U) << "task 3 is followed no further, task 2 is refused";
  EXPECT_EQ(simulation.replayed.recording.outcome.summary(), "passed") << "bob was negative before";
  EXPECT_EQ(balances(simulation), "alice 100.00 bob -400.00 charlie 0.00 ");
}

TEST(ExcerptOnFibers, WhoHeldALockAtItsBeginKeepsOthersOut) {
  const sim::Schedule schedule = schedule_of(std::string{kUnderLocks} + "3 lock alice.lock\n");
  const Simulation simulation = simulate(workload_of(schedule), schedule);
  ASSERT_TRUE(simulation.replayed.divergence);
  EXPECT_THAT(simulation.replayed.divergence->message,
              testing::HasSubstr("expected lock alice.lock by task 3, which cannot run here"));
}

TEST(ExcerptOnFibers, WhoGivesUpReleasesItsLocks) {
  const sim::Schedule schedule = schedule_of(R"(replay    through
algorithm request-order-locks
start     alice 200.00   bob 0
task      1 transfer alice bob 100.00
task      2 transfer bob alice 100.00
past      2 lock bob.lock
gives-up  2 0 steps
1 lock alice.lock
2 unlock bob.lock
1 lock bob.lock
)");
  const Simulation simulation = simulate(workload_of(schedule), schedule);
  EXPECT_FALSE(simulation.replayed.divergence);
  EXPECT_EQ(simulation.replayed.recording.outcome.summary(), "passed");
  EXPECT_EQ(balances(simulation), "alice 100.00 bob 100.00 ");
}

TEST(ExcerptOnFibers, MoneyOnItsWayIsConserved) {
  const std::string text = R"(replay    through
algorithm lost-update
start     alice 100.00   bob 0   charlie 0
task      1 transfer alice bob 100.00
task      2 transfer alice charlie 100.00
past      1 read alice.balance = 200.00 1 changes ago
past      1 load alice.balance = 200.00 1 changes ago
past      1 store alice.balance = 100.00
past      2 read alice.balance = 200.00 1 changes ago
)";
  const sim::Schedule right = schedule_of(text + "1 credit bob.balance = 100.00\n");
  EXPECT_EQ(simulate(workload_of(right), right).replayed.recording.outcome.summary(), "passed");
  const sim::Schedule lost = schedule_of(text +
                                         "past      2 load alice.balance = 200.00 1 changes ago\n"
                                         "2 store alice.balance = 100.00\n");
  EXPECT_EQ(simulate(workload_of(lost), lost).replayed.recording.outcome.summary(),
            "invariant \"money is conserved\": 200.00 became 300.00");
}

TEST(ExcerptOnFibers, GoesThroughFailuresToItsLastStep) {
  const sim::Schedule schedule = schedule_of(R"(replay    through
algorithm check-then-act
start     alice 1000.00   bob 0
task      1 transfer alice bob 800.00
task      2 transfer alice bob 800.00
1 read alice.balance
2 read alice.balance
1 deduct alice.balance
2 deduct alice.balance = -600.00
2 credit bob.balance = 800.00
1 credit bob.balance = 1600.00
)");
  const sim::Replayed replayed = simulate(workload_of(schedule), schedule).replayed;
  EXPECT_FALSE(replayed.divergence);
  EXPECT_EQ(replayed.recording.outcome.summary(),
            "invariant \"no account is negative\": alice = -600.00");
  EXPECT_EQ(replayed.recording.steps(), 6U);
  ASSERT_TRUE(replayed.recording.failed_at);
  EXPECT_EQ(replayed.recording.events[*replayed.recording.failed_at].value, "-600.00");
  EXPECT_EQ(replayed.recording.up_to_failure().steps(), 4U);
}

TEST(ExcerptOnFibers, AHeaderTellsAllOfIt) {
  const sim::Schedule schedule = schedule_of(kUnderLocks);
  const Workload workload = workload_of(schedule);
  sim::Schedule again;
  again.program = header_of(workload);
  const Workload read = workload_of(again);
  ASSERT_EQ(read.details.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.details[i].algorithm, workload.details[i].algorithm);
    EXPECT_EQ(read.details[i].excerpt, workload.details[i].excerpt);
  }
  EXPECT_EQ(read.details[1].excerpt.past.size(), 2U);
  EXPECT_EQ(read.details[1].excerpt.past[1].changes_since, 1U);
}

/// The final balances, and how often each execution ended so.
template <class Strategy>
std::multiset<std::string> endings(const Workload& workload) {
  const sim::Program program = make_program(workload);
  Strategy strategy;
  sim::EngineOptions options = engine_options({}, program, strategy);
  options.after_failure = sim::AfterFailure::continue_;
  sim::Engine engine{options};
  sim::Executions executions{engine, program.body, strategy};
  std::multiset<std::string> all;
  for (std::optional<sim::Recorder> recorder; executions.next(&recorder.emplace());) {
    std::string text = engine.outcome().summary() + ": ";
    for (const AccountStart& account : balances_after(workload, recorder->recording())) {
      text += fmt::format("{} {} ", account.id, account.balance);
    }
    all.insert(text);
  }
  EXPECT_EQ(executions.status(), sim::SearchStatus::exhausted);
  return all;
}

TEST(ExcerptOnFibers, LocksThatAreHeldAtTheBeginAreUnderstoodByDpor) {
  Workload workload = workload_of(schedule_of(kUnderLocks));
  workload.details[2].excerpt.steps_max.reset();
  const auto exhaustive = endings<sim::ExhaustiveStrategy>(workload);
  const auto dpor = endings<sim::DporStrategy>(workload);
  EXPECT_LT(dpor.size(), exhaustive.size());
  EXPECT_EQ(std::set<std::string>(dpor.begin(), dpor.end()),
            std::set<std::string>(exhaustive.begin(), exhaustive.end()));
}

}  // namespace
}  // namespace bank
