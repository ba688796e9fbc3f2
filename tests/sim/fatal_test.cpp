// Executions that end their process: each costs itself only. A search counts them as it counts
// those that fail an assertion in the same place, and goes on.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/check.hpp>
#include <sim/process/jobs.hpp>
#include <sim/search/options.hpp>
#include <sim/sync.hpp>

namespace {

using sim::Exploration;
using sim::JobsReport;
using sim::StopReason;

/// How a program ends an execution in which it finds something wrong.
enum class End : std::uint8_t { assertion, abort, exit };

void end(End how) {
  if (how == End::abort) std::abort();
  if (how == End::exit) std::exit(3);
  sim::Engine::current(sim::SourceLocation::current())
      .fail_and_end_task(sim::OutcomeKind::assertion, "wrong", sim::SourceLocation::current());
}

/// With AddressSanitizer, exit() looks for leaks first, which takes a third of a second.
constexpr End kExit = SIM_ASAN != 0 ? End::abort : End::exit;

using Maker = std::function<sim::Program(End)>;

JobsReport search(const sim::Program& program, const std::string& strategy, std::uint32_t jobs) {
  sim::SearchOptions search;
  search.strategy = strategy;
  search.seed = 3;
  if (sim::strategy_info(strategy).capabilities.samples) search.executions = 40;
  sim::JobsOptions options;
  options.explore.all = true;
  options.jobs = jobs;
  sim::JobsWatcher nobody;
  return explore_in_jobs(program, strategy_maker(program, search), options, nobody);
}

/// The executions of the groups whose failures do not end a process.
std::uint64_t failed_checks(const Exploration& found) {
  std::uint64_t sum = 0;
  for (const sim::FailureGroup& group : found.groups) {
    const auto* const failure = group.recording.outcome.as<sim::AssertionFailure>();
    if (failure != nullptr && failure->check.literal == "checked") sum += group.executions;
  }
  return sum;
}

/// A search in which failures end the process has the totals of one in which they do not.
void expect_same_totals(const Maker& program, const std::string& strategy, End how,
                        std::uint32_t jobs) {
  SCOPED_TRACE(strategy);
  const Exploration expected = search(program(End::assertion), strategy, 1).saved.found;
  const JobsReport report = search(program(how), strategy, jobs);
  const Exploration& found = report.saved.found;
  EXPECT_EQ(report.lost, std::vector<std::string>{});
  EXPECT_FALSE(report.unreproduced);
  EXPECT_EQ(found.reason, expected.reason);
  EXPECT_EQ(found.complete, expected.complete);
  EXPECT_EQ(found.executions, expected.executions);
  EXPECT_EQ(found.failures, expected.failures);
  EXPECT_EQ(found.steps, expected.steps);
  EXPECT_EQ(found.max_depth, expected.max_depth);
  EXPECT_EQ(failed_checks(found), failed_checks(expected));
  for (const sim::FailureGroup& group : found.groups) {
    const sim::OutcomeKind kind = group.recording.outcome.kind;
    EXPECT_TRUE(kind == sim::OutcomeKind::crash || kind == sim::OutcomeKind::assertion)
        << group.recording.outcome.summary();
  }
}

/// Three tasks that load and store, and what the test body sees of them in the end.
sim::Program three_tasks(End how) {
  return {"three", {}, [how] {
            sim::atomic<int> x{0, "x"};
            const auto add = [&] { x.store(x.load() + 1); };
            sim::thread a{add};
            sim::thread b{add};
            sim::thread c{add};
            a.join();
            b.join();
            c.join();
            if (x.peek() == 1) end(how);
          }};
}

TEST(FatalExecutions, CostThemselvesOnly) {
  for (const End how : {End::assertion, End::abort, kExit}) {
    for (const std::uint32_t jobs : {1U, 2U, 4U}) {
      const JobsReport report = search(three_tasks(how), "dpor", jobs);
      const Exploration& found = report.saved.found;
      EXPECT_TRUE(found.complete);
      EXPECT_EQ(found.executions, 36U);
      EXPECT_EQ(found.failures, 12U);
      ASSERT_EQ(found.groups.size(), 1U);
      EXPECT_EQ(found.groups[0].executions, 12U);
    }
  }
}

TEST(FatalExecutions, DoNotHideWhatTheOtherTasksWouldHaveDone) {
  const sim::Program program{"hidden", {}, [] {
                               sim::atomic<int> x{0, "x"};
                               sim::atomic<int> y{0, "y"};
                               sim::thread a{[&] {
                                 if (x.load() == 0) std::abort();
                               }};
                               sim::thread b{[&] {
                                 y.store(1);
                                 x.store(1);
                               }};
                               a.join();
                               b.join();
                             }};
  const JobsReport report = search(program, "dpor", 1);
  EXPECT_TRUE(report.saved.found.complete);
  EXPECT_EQ(report.saved.found.executions, 2U);
  EXPECT_EQ(report.saved.found.failures, 1U);
  ASSERT_EQ(report.saved.found.groups.size(), 1U);
  EXPECT_EQ(report.saved.found.groups[0].recording.outcome.summary(), "crash SIGABRT in task 1");
}

/// A random program that is wrong where a task finds one of some values.
class RandomProgram {
 public:
  RandomProgram(std::uint64_t seed, End how) : random_(seed), how_(how) {}

  void run() {
    std::vector<sim::thread> tasks;
    const std::uint32_t count = 2 + random_.below(2);
    for (std::uint32_t task = 0; task < count; ++task) {
      tasks.emplace_back([this, task, seed = random_.next(), steps = count == 2 ? 4U : 2U] {
        sim::Random own{seed};
        const std::uint32_t actions = 1 + own.below(steps);
        for (std::uint32_t i = 0; i < actions; ++i) act(own, static_cast<int>(10 * task + i + 1));
      });
    }
    for (sim::thread& task : tasks) task.join();
    if (x_.peek() == 3) end(how_);
  }

 private:
  void act(sim::Random& own, int value) {
    sim::atomic<int>& variable = own.below(2) == 0 ? x_ : y_;
    switch (own.below(9)) {
      case 0:
        variable.store(value);
        break;
      case 1:
        if (variable.load() == static_cast<int>(own.below(3)) * 10 + 1) end(how_);
        break;
      case 2:
        if (variable.fetch_add(1) == 2) end(how_);
        break;
      case 3: {
        const std::lock_guard lock{mutex_};
        variable.store(variable.load() + 1);
        break;
      }
      case 4: {
        // Wrong after a join, without a step of its own.
        int seen = 0;
        sim::thread{[&] { seen = variable.fetch_add(1); }}.join();
        if (seen == 1) end(how_);
        break;
      }
      case 5:
        // A task that is wrong before its first step, in some orders.
        sim::thread{[this, &variable, seen = variable.load()] {
          if (seen == 1) end(how_);
          variable.fetch_add(1);
        }}.join();
        break;
      case 6: {
        const int seen = variable.load();
        if (seen == 0) fail_check();
        if (seen <= 1) end(how_);
        break;
      }
      case 7: {
        const int seen = variable.load();
        if (sim::choose(2) == 1 && seen != 0) end(how_);
        break;
      }
      default: {
        const int seen = variable.exchange(value);
        const std::lock_guard lock{mutex_};
        changed_.notify_one();
        if (seen == 1) end(how_);
      }
    }
  }
  static void fail_check() {
    sim::Engine::current(sim::SourceLocation::current())
        .fail_and_go_on(sim::OutcomeKind::assertion, "checked", sim::SourceLocation::current());
  }

  sim::Random random_;
  const End how_;
  sim::atomic<int> x_{0, "x"};
  sim::atomic<int> y_{0, "y"};
  sim::mutex mutex_{"mutex"};
  sim::condition_variable changed_{"changed"};
};

Maker random_program(std::uint64_t seed) {
  return [seed](End how) {
    return sim::Program{"random", {}, [seed, how] { RandomProgram{seed, how}.run(); }};
  };
}

TEST(FatalExecutions, OfRandomProgramsAreCountedLikeFailedAssertions) {
  constexpr std::size_t kPrograms = SIM_ASAN != 0 ? 10 : 40;
  std::size_t failed = 0;
  for (std::uint64_t seed = 1; failed < kPrograms && seed < 2'000; ++seed) {
    SCOPED_TRACE(seed);
    const Maker program = random_program(seed);
    const Exploration all = search(program(End::assertion), "exhaustive", 1).saved.found;
    if (all.failures == 0 || all.failures > 40 || all.executions > 1'000) continue;
    ++failed;
    static constexpr std::array kStrategies{"dpor",   "exhaustive", "bounded", "portfolio",
                                            "random", "surw",       "pct"};
    const std::uint32_t jobs = 1 + static_cast<std::uint32_t>(failed % 2) * 2;
    for (std::size_t i = 0; i < kStrategies.size(); ++i) {
      // The complete searches for each program, one of the samplers for each.
      if (i > 3 && i != 4 + failed % 3) continue;
      expect_same_totals(program, kStrategies.at(i), failed % 4 == 0 ? kExit : End::abort, jobs);
    }
  }
  EXPECT_EQ(failed, kPrograms);
}

}  // namespace
