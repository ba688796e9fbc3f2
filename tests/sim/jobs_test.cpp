// Tests of searches by several processes: the results are the same for any number of processes,
// also if one of them ends early.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/process/jobs.hpp>
#include <sim/process/shared_memory.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/random.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/programs.hpp>

namespace {

using sim::test::example;

using sim::Exploration;
using sim::JobsOptions;
using sim::JobsReport;
using sim::JobsWatcher;
using sim::StopReason;
using testing::HasSubstr;

template <class Strategy>
sim::StrategyMaker maker() {
  return [](const sim::EngineOptions&) { return std::make_unique<Strategy>(); };
}

sim::StrategyMaker random_maker(std::uint64_t executions) {
  return [executions](const sim::EngineOptions&) {
    auto strategy = std::make_unique<sim::RandomStrategy>(7);
    strategy->limit(0, executions);
    return strategy;
  };
}

JobsReport explore(const sim::Program& program, const sim::StrategyMaker& strategy,
                   JobsOptions options) {
  JobsWatcher nobody;
  return explore_in_jobs(program, strategy, options, nobody);
}

JobsReport explore_all(const sim::Program& program, const sim::StrategyMaker& strategy,
                       std::uint32_t jobs) {
  JobsOptions options;
  options.explore.all = true;
  options.jobs = jobs;
  return explore(program, strategy, options);
}

void expect_same(const Exploration& found, const Exploration& expected) {
  EXPECT_EQ(found.reason, expected.reason);
  EXPECT_EQ(found.complete, expected.complete);
  EXPECT_EQ(found.executions, expected.executions);
  EXPECT_EQ(found.failures, expected.failures);
  EXPECT_EQ(found.steps, expected.steps);
  EXPECT_EQ(found.max_depth, expected.max_depth);
  ASSERT_EQ(found.groups.size(), expected.groups.size());
  for (std::size_t i = 0; i < found.groups.size(); ++i) {
    EXPECT_EQ(found.groups[i].id, expected.groups[i].id);
    EXPECT_EQ(found.groups[i].executions, expected.groups[i].executions);
    EXPECT_EQ(found.groups[i].simplest_trace, expected.groups[i].simplest_trace);
    EXPECT_EQ(found.groups[i].reproduction, expected.groups[i].reproduction);
    EXPECT_EQ(found.groups[i].recording.outcome.summary(),
              expected.groups[i].recording.outcome.summary());
    EXPECT_EQ(found.groups[i].recording.events.size(), expected.groups[i].recording.events.size());
  }
}

/// A program with two kinds of failures, each in many interleavings.
sim::Program two_failures() {
  return {"two-failures", {}, [] {
            sim::atomic<int> x{0, "x"};
            sim::atomic<int> y{0, "y"};
            const auto increment = [&] {
              x.store(x.load() + 1);
              y.store(y.load() + 1);
            };
            sim::thread a{increment};
            sim::thread b{increment};
            a.join();
            b.join();
            SIM_EXPECT(x.peek() == 2);
            SIM_EXPECT(y.peek() == 2);
          }};
}

struct Row {
  const char* name;
  sim::Program program;
  sim::StrategyMaker strategy;
  std::uint64_t executions;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class Jobs : public testing::TestWithParam<Row> {};

TEST_P(Jobs, FindTheSameForAnyNumberOfThem) {
  const Row& row = GetParam();
  const Exploration one = explore_all(row.program, row.strategy, 1).saved.found;
  EXPECT_EQ(one.executions, row.executions);
  for (const std::uint32_t jobs : {2U, 4U}) {
    const JobsReport report = explore_all(row.program, row.strategy, jobs);
    expect_same(report.saved.found, one);
    EXPECT_TRUE(report.saved.work_units.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Searches, Jobs,
    testing::Values(
        Row{"dpor", example("count/bankrace:n=3"), maker<sim::DporStrategy>(), 1395},
        Row{"dpor_large", example("count/lastzero:n=12"), maker<sim::DporStrategy>(), 15360},
        Row{"exhaustive", example("count/lastzero:n=4"), maker<sim::ExhaustiveStrategy>(), 44300},
        Row{"bounded", example("count/ninc:n=4"), maker<sim::BoundedStrategy>(), 2520},
        Row{"random", example("count/bankrace:n=3"), random_maker(5000), 5000},
        Row{"two_failures", two_failures(), maker<sim::ExhaustiveStrategy>(), 70}),
    [](const auto& row) { return row.param.name; });

TEST(JobsReport, IsCompleteWhereItIsStoppedAtTheirLastExecution) {
  const sim::SharedMemory shared{sizeof(std::atomic<bool>)};
  auto& interrupt = *new (shared.data()) std::atomic<bool>{false};
  const sim::Program program{"two-orders", {}, [&] {
                               // The stop arrives during the first of two executions.
                               const bool first = !interrupt.exchange(true);
                               if (first) ::usleep(300'000);
                               sim::atomic<int> x{0, "x"};
                               sim::thread a{[&] { x.store(1); }};
                               sim::thread b{[&] { x.store(2); }};
                               a.join();
                               b.join();
                             }};
  JobsOptions options;
  options.explore.all = true;
  options.explore.interrupt = &interrupt;
  const JobsReport report = explore(program, maker<sim::ExhaustiveStrategy>(), options);
  EXPECT_TRUE(report.saved.work_units.empty());
  EXPECT_EQ(report.saved.found.executions, 2U);
  EXPECT_EQ(report.saved.found.reason, StopReason::exhausted);
  EXPECT_TRUE(report.saved.found.complete);
}

TEST(JobsReport, IsCompleteWhereTheBudgetIsJustEnough) {
  JobsOptions options;
  options.explore.all = true;
  options.explore.executions_max = 70;  // two tasks with four steps each have 8! / 4! / 4! = 70
  const JobsReport report = explore(two_failures(), maker<sim::ExhaustiveStrategy>(), options);
  EXPECT_EQ(report.saved.found.executions, 70U);
  EXPECT_EQ(report.saved.found.reason, StopReason::exhausted);
  EXPECT_TRUE(report.saved.found.complete);
}

TEST(JobsReport, AgreesWithASearchInThisProcess) {
  sim::ExploreOptions options;
  options.all = true;
  sim::DporStrategy strategy;
  const Exploration here = sim::explore(example("count/bankrace:n=3"), strategy, options);
  expect_same(explore_all(example("count/bankrace:n=3"), maker<sim::DporStrategy>(), 2).saved.found,
              here);
}

TEST(JobsReport, StopsAtAnyFailureWithoutAll) {
  JobsOptions options;
  options.jobs = 3;
  const JobsReport report =
      explore(example("count/bankrace:n=4"), maker<sim::DporStrategy>(), options);
  EXPECT_EQ(report.saved.found.reason, StopReason::failure);
  EXPECT_FALSE(report.saved.found.complete);
  EXPECT_GE(report.saved.found.failures, 1U);
  EXPECT_LT(report.saved.found.executions, 347'716U);
}

TEST(JobsReport, SpendsABudgetOfExecutionsExactly) {
  for (const std::uint32_t jobs : {1U, 2U, 4U}) {
    JobsOptions options;
    options.explore.all = true;
    options.explore.executions_max = 10'001;
    options.jobs = jobs;
    const JobsReport report =
        explore(example("count/lastzero:n=12"), maker<sim::DporStrategy>(), options);
    EXPECT_EQ(report.saved.found.executions, 10'001U) << jobs;
    EXPECT_EQ(report.saved.found.reason, StopReason::executions);
    EXPECT_FALSE(report.saved.work_units.empty());
  }
}

TEST(JobsReport, IsTakenUpAgainWithTheTotalsOfAWholeSearch) {
  const sim::Program program = example("count/bankrace:n=3");
  for (const auto& strategy : {maker<sim::DporStrategy>(), maker<sim::BoundedStrategy>()}) {
    const Exploration whole = explore_all(program, strategy, 1).saved.found;
    std::optional<sim::SavedSearch> saved;
    int runs = 0;
    do {
      JobsOptions options;
      options.explore.all = true;
      options.explore.executions_max = whole.executions / 5;
      options.jobs = 1 + static_cast<std::uint32_t>(runs % 3);
      options.resume = saved;
      saved = explore(program, strategy, options).saved;
    } while (!saved->work_units.empty() && ++runs < 20);
    EXPECT_GE(runs, 4);
    EXPECT_EQ(saved->found.executions, whole.executions);
    EXPECT_EQ(saved->found.failures, whole.failures);
    EXPECT_EQ(saved->found.steps, whole.steps);
    EXPECT_EQ(saved->found.groups.at(0).executions, whole.groups.at(0).executions);
    EXPECT_EQ(saved->found.groups.at(0).simplest_trace, whole.groups.at(0).simplest_trace);
  }
}

TEST(JobsReport, RefusesAPartOfSomethingElse) {
  JobsOptions options;
  options.resume.emplace();
  options.resume->work_units = {"\xFF\xFF"};
  EXPECT_THROW(explore(example("count/ninc:n=3"), maker<sim::DporStrategy>(), options),
               std::runtime_error);
}

TEST(JobsReport, CannotGoOnBehindAFailureThatItStoppedAt) {
  JobsOptions options;
  options.resume = explore(example("count/bankrace:n=3"), maker<sim::DporStrategy>(), {}).saved;
  EXPECT_TRUE(options.resume->work_units.empty());
  options.explore.all = true;
  EXPECT_THROW(explore(example("count/bankrace:n=3"), maker<sim::DporStrategy>(), options),
               sim::UsageError);
}

TEST(JobsReport, IsInterruptedWithWhatItHas) {
  std::atomic<bool> interrupt{true};
  JobsOptions options;
  options.explore.all = true;
  options.explore.interrupt = &interrupt;
  options.jobs = 2;
  const JobsReport report =
      explore(example("count/lastzero:n=15"), maker<sim::DporStrategy>(), options);
  EXPECT_EQ(report.saved.found.reason, StopReason::interrupted);
  EXPECT_FALSE(report.saved.work_units.empty());
}

TEST(JobsReport, EndsWhereTheWordToStopComesInTheLastExecution) {
  // After this execution, and before the process reports that there is no other.
  const sim::Program slow{"slow", {}, [] { ::usleep(350'000); }};
  std::atomic<bool> interrupt{false};
  class Interrupter final : public JobsWatcher {
   public:
    explicit Interrupter(std::atomic<bool>& flag) : flag_(flag) {}
    void on_tick(const sim::JobsProgress&) override { flag_ = ++ticks_ > 2; }

   private:
    std::atomic<bool>& flag_;
    int ticks_ = 0;
  };
  JobsOptions options;
  options.explore.interrupt = &interrupt;
  Interrupter interrupter{interrupt};
  const JobsReport report =
      explore_in_jobs(slow, maker<sim::ExhaustiveStrategy>(), options, interrupter);
  EXPECT_EQ(report.saved.found.reason, StopReason::exhausted);
  EXPECT_EQ(report.saved.found.executions, 1U);
}

/// Fails in one interleaving, and crashes in another.
sim::Program crashes() {
  return {"crashes", {}, [] {
            sim::atomic<int> x{0, "x"};
            sim::thread a{[&] {
              x.store(1);
              x.store(2);
            }};
            sim::thread b{[&] {
              const int seen = x.load();
              if (seen == 1) std::abort();
              SIM_EXPECT(seen != 2);
              for (int i = 0; i < 3; ++i) x.load();
            }};
            a.join();
            b.join();
          }};
}

/// Kills a child process of this process at each tick; less often where it takes long to make one.
class Killer final : public JobsWatcher {
 public:
  void on_tick(const sim::JobsProgress&) override {
    constexpr int kTicks = SIM_ASAN != 0 ? 10 : 1;
    if (++ticks_ % kTicks != 0) return;
    std::ifstream children{"/proc/self/task/" + std::to_string(::getpid()) + "/children"};
    pid_t child = 0;
    if (children >> child) killed += ::kill(child, SIGKILL) == 0 ? 1 : 0;
  }

  int killed = 0;

 private:
  int ticks_ = 0;
};

TEST(JobsReport, AProcessThatIsKilledFromOutsideCostsNothing) {
  for (const std::uint32_t jobs : {1U, 2U, 3U}) {
    JobsOptions options;
    options.explore.all = true;
    options.jobs = jobs;
    Killer killer;
    constexpr bool kSlow = SIM_ASAN != 0;
    const JobsReport report =
        explore_in_jobs(example(kSlow ? "count/lastzero:n=13" : "count/lastzero:n=15"),
                        maker<sim::DporStrategy>(), options, killer);
    EXPECT_TRUE(kSlow || killer.killed > 0);
    EXPECT_THAT(report.lost, testing::IsEmpty());
    EXPECT_EQ(report.saved.found.reason, StopReason::exhausted);
    EXPECT_TRUE(report.saved.found.complete);
    EXPECT_FALSE(report.unreproduced) << "that says nothing of the program";
    EXPECT_EQ(report.saved.found.failures, 0U);
    EXPECT_EQ(report.saved.found.executions, kSlow ? 32'768U : 147'456U);
  }
}

TEST(JobsReport, AKilledProcessDoesNotChangeABudget) {
  for (const std::uint32_t jobs : {1U, 2U}) {
    JobsOptions options;
    options.explore.all = true;
    options.explore.executions_max = 60'000;
    options.jobs = jobs;
    Killer killer;
    const JobsReport report =
        explore_in_jobs(example("count/bankrace:n=4"), maker<sim::DporStrategy>(), options, killer);
    EXPECT_EQ(report.saved.found.reason, StopReason::executions);
    EXPECT_EQ(report.saved.found.executions, 60'000U);
  }
}

class Listener final : public JobsWatcher {
 public:
  void on_group(const sim::FailureGroup& group) override {
    told.push_back(group.recording.outcome.summary());
  }
  void on_checkpoint(const sim::SavedSearch& saved) override { checkpoints.push_back(saved); }

  std::vector<std::string> told;
  std::vector<sim::SavedSearch> checkpoints;
};

TEST(JobsReport, ACrashIsAFailureOfItsOwnAndDisturbsNobody) {
  std::set<std::uint64_t> crash_groups;
  for (const std::uint32_t jobs : {1U, 3U}) {
    JobsOptions options;
    options.explore.all = true;
    options.jobs = jobs;
    Listener listener;
    const JobsReport report =
        explore_in_jobs(crashes(), maker<sim::DporStrategy>(), options, listener);
    EXPECT_TRUE(report.saved.found.complete);
    EXPECT_FALSE(report.unreproduced);
    EXPECT_THAT(report.lost, testing::IsEmpty());
    EXPECT_THAT(listener.told, testing::Contains("crash SIGABRT in task 2"));
    EXPECT_THAT(report.saved.found.groups,
                testing::Contains(testing::Truly([](const sim::FailureGroup& group) {
                  return group.recording.outcome.kind == sim::OutcomeKind::crash;
                })));
    for (const sim::FailureGroup& group : report.saved.found.groups) {
      if (group.recording.outcome.kind == sim::OutcomeKind::crash) crash_groups.insert(group.id);
    }
  }
  EXPECT_EQ(crash_groups.size(), 1U) << "the same crash belongs to the same group in every search";
}

TEST(JobsReport, WritesCheckpointsWhileItRuns) {
  JobsOptions options;
  options.explore.all = true;
  options.jobs = 2;
  options.checkpoint_every = std::chrono::milliseconds{0};
  Listener listener;
  const JobsReport report = explore_in_jobs(example("count/lastzero:n=15"),
                                            maker<sim::DporStrategy>(), options, listener);
  EXPECT_EQ(report.saved.found.executions, 147'456U);
  ASSERT_FALSE(listener.checkpoints.empty());
  // Each of them leads to the same result.
  for (const std::size_t i : {std::size_t{0}, listener.checkpoints.size() - 1}) {
    JobsOptions again;
    again.explore.all = true;
    again.resume = listener.checkpoints[i];
    EXPECT_EQ(explore(example("count/lastzero:n=15"), maker<sim::DporStrategy>(), again)
                  .saved.found.executions,
              147'456U);
  }
}

TEST(JobsReport, TellsANewFailureAtOnceAndTheLeastAtTheEnd) {
  JobsOptions options;
  options.explore.all = true;
  Listener listener;
  const JobsReport report =
      explore_in_jobs(two_failures(), maker<sim::ExhaustiveStrategy>(), options, listener);
  EXPECT_THAT(listener.told, testing::UnorderedElementsAre("assertion \"x.peek() == 2\"",
                                                           "assertion \"y.peek() == 2\""));
  for (const sim::FailureGroup& group : report.saved.found.groups) {
    EXPECT_EQ(group.recording.preemptions(), 1U);
  }
}

}  // namespace
