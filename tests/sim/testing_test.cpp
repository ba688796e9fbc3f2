// Tests of the functions for test frameworks: exploring a program under options, and replaying a
// schedule.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>
#include <sim/testing/testing.hpp>

#include <tests/sim/programs.hpp>
#include <tests/tools/process.hpp>

namespace {

using racelab_test::read_file;
using racelab_test::TemporaryDirectory;
using racelab_test::write_file;
using sim::ExpectedFailure;
using sim::OutcomeKind;
using sim::TestOptions;
using sim::TestReport;
using testing::HasSubstr;
using testing::Not;

/// A body with two tasks that add 1 in two steps. The check passes if one task ends before the
/// other begins.
sim::Program lost_update(const std::string& name = "Counter.Adds") {
  return {name, {}, [] {
            sim::atomic<int> counter{0, "counter"};
            const auto increment = [&] { counter.store(counter.load() + 1); };
            sim::thread one{increment};
            sim::thread two{increment};
            one.join();
            two.join();
            SIM_EXPECT(counter.peek() == 2);
          }};
}

sim::Program correct() {
  return {"Counter.AddsAtOnce", {}, [] {
            sim::atomic<int> counter{0, "counter"};
            const auto increment = [&] { counter.fetch_add(1); };
            sim::thread one{increment};
            sim::thread two{increment};
            one.join();
            two.join();
            SIM_EXPECT(counter.peek() == 2);
          }};
}

const char* const kLost = "assertion \"counter.peek() == 2\"";

class Testing : public testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& here() const { return directory_.path(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (here() / name).string(); }
  [[nodiscard]] TestOptions options() const {
    TestOptions options;
    options.directory = here().string();
    options.replay_command = [](const std::string& file) { return "again " + file; };
    return options;
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{here()}) {
      count += entry.exists() ? 1 : 0;
    }
    return count;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(Testing, APassSaysHowStrongItIs) {
  const TestReport report = run_test(correct(), options());
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.summary, "portfolio, seed 1, complete: 2 traces, at most 2 steps");
  EXPECT_EQ(report.text, report.summary + "\n");
  EXPECT_TRUE(report.found.complete);
  EXPECT_FALSE(report.recording);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Testing, AnExhaustivePassCountsInterleavings) {
  TestOptions exhaustive = options();
  exhaustive.search.strategy = "exhaustive";
  EXPECT_EQ(run_test(correct(), exhaustive).summary,
            "exhaustive, complete: 2 interleavings, at most 2 steps");
}

TEST_F(Testing, ASampledPassIsNotCompleteAndNamesItsSeed) {
  TestOptions sampled = options();
  sampled.search.strategy = "pct";
  sampled.search.seed = 7;
  sampled.search.executions = 50;
  const TestReport report = run_test(correct(), sampled);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.summary,
            "pct, seed 7, depth 3, not complete: 50 executions, at most 2 steps; the budget of "
            "executions is spent");
}

TEST_F(Testing, ATestWithoutABudgetEndsAllTheSame) {
  TestOptions sampled = options();
  sampled.search.strategy = "random";
  EXPECT_EQ(run_test(correct(), sampled).found.executions, sim::kTestExecutions);
}

TEST_F(Testing, ABudgetOfTimeIsOneToo) {
  TestOptions timed = options();
  timed.time = std::chrono::nanoseconds{1};
  const TestReport report = run_test(sim::test::example("count/lastzero:n=8"), timed);
  EXPECT_EQ(report.found.reason, sim::StopReason::time);
  EXPECT_FALSE(report.found.complete);
}

TEST_F(Testing, AFailureIsShownRecordedAndReplayed) {
  const TestReport report = run_test(lost_update(), options());
  EXPECT_TRUE(report.failed());
  ASSERT_TRUE(report.recording);
  EXPECT_EQ(report.recording->outcome.summary(), kLost);
  EXPECT_EQ(report.schedule, path("Counter-Adds.schedule"));
  EXPECT_EQ(report.replay, "again " + report.schedule);
  EXPECT_THAT(report.text,
              HasSubstr("FAILED  " + std::string{kLost} + "\n        at testing_test"));
  EXPECT_THAT(report.text, HasSubstr("    4  store counter = 1 [>b]\n"));
  EXPECT_THAT(report.text,
              HasSubstr("\nFAILS BECAUSE  lost update\n"
                        "    a   task 1 loads counter (step 1) before task 2 stores it "
                        "(step 3), and\n"
                        "    b   task 2 loads counter (step 2) before task 1 stores it "
                        "(step 4).\n"));
  EXPECT_THAT(report.text, HasSubstr("\nrecorded in " + report.schedule + "\nreplay it:  again " +
                                     report.schedule + "\n"));
  EXPECT_THAT(report.summary, HasSubstr("stopped at the first failure"));
  EXPECT_THAT(
      read_file(report.schedule),
      HasSubstr("scenario  Counter.Adds\nfound-by  dpor, shrunk\nreplay    strict\nexpect    " +
                std::string{kLost}));

  TestOptions again = options();
  again.replay = report.schedule;
  const TestReport replayed = run_test(lost_update(), again);
  EXPECT_TRUE(replayed.failed());
  EXPECT_EQ(replayed.summary, "replayed: the recorded outcome happened again");
  EXPECT_THAT(replayed.text, HasSubstr("    4  store counter = 1 [>b]\n"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(Testing, AScheduleIsNeverOverwritten) {
  write_file(here() / "Counter-Adds.schedule", "mine");
  const TestReport report = run_test(lost_update(), options());
  EXPECT_EQ(report.schedule, path("Counter-Adds-2.schedule"));
  EXPECT_EQ(read_file(here() / "Counter-Adds.schedule"), "mine");
  const TestReport again = run_test(lost_update(), options());
  EXPECT_EQ(again.schedule, report.schedule);
  EXPECT_THAT(again.text, HasSubstr("already recorded in"));
}

TEST_F(Testing, AScheduleThatCannotBeWrittenIsShown) {
  write_file(here() / "file", "");
  TestOptions unwritable = options();
  unwritable.directory = path("file");
  const TestReport report = run_test(lost_update(), unwritable);
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.schedule, "");
  EXPECT_THAT(report.text, HasSubstr("file/Counter-Adds.schedule: Not a directory; the "
                                     "schedule that was not written:\nracelab schedule 1\n"));
}

TEST_F(Testing, ADirectoryForSchedulesIsMade) {
  TestOptions deep = options();
  deep.directory = path("a/b");
  EXPECT_EQ(run_test(lost_update(), deep).schedule, path("a/b/Counter-Adds.schedule"));
}

TEST_F(Testing, AReplayOfAnotherTestIsSkipped) {
  TestOptions again = options();
  again.replay = run_test(lost_update(), options()).schedule;
  const TestReport report = run_test(lost_update("Counter.Other"), again);
  EXPECT_EQ(report.verdict, TestReport::Verdict::skipped);
  EXPECT_EQ(report.summary, *again.replay + " is a schedule of Counter.Adds, not of this test");
}

TEST_F(Testing, AReplayThatDoesNotFitSaysWhere) {
  const std::string file = run_test(lost_update(), options()).schedule;
  write_file(file, racelab_test::replaced(read_file(file), "1 load counter", "1 load account"));
  TestOptions again = options();
  again.replay = file;
  const TestReport report = run_test(lost_update(), again);
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("DIVERGED  " + file +
                                     ":6: step 1: expected load account by "
                                     "task 1; it is about to load counter"));
}

TEST_F(Testing, AReplayThatNoLongerFailsPasses) {
  write_file(here() / "fixed.schedule",
             "racelab schedule 1\nscenario  Counter.AddsAtOnce\nexpect    deadlock\n"
             "1 fetch_add counter\n2 fetch_add counter\nend\n");
  TestOptions again = options();
  again.replay = path("fixed.schedule");
  const TestReport report = run_test(correct(), again);
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.summary, "replayed: it no longer fails with deadlock");
}

TEST_F(Testing, AReplayOfNoFileFails) {
  TestOptions again = options();
  again.replay = path("none.schedule");
  const TestReport report = run_test(correct(), again);
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("none.schedule: No such file or directory"));
}

TEST_F(Testing, WhatCannotInterleaveDoesNotPass) {
  const sim::Program alone{"Alone.Runs", {}, [] {
                             sim::atomic<int> x{0};
                             sim::thread t{[&] { x.store(1); }};
                             t.join();
                           }};
  const TestReport report = run_test(alone, options());
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("NOTHING INTERLEAVED"));
  TestOptions lenient = options();
  lenient.must_interleave = false;
  EXPECT_TRUE(run_test(alone, lenient).passed());
}

TEST_F(Testing, TheDefaultSearchGoesOnWithoutTraces) {
  const sim::Program odd{
      "Invariant.Ends", {}, [] {
        sim::atomic<int> x{0};
        sim::thread a{[&] { x.store(1); }};
        {
          const sim::Invariant never{"never 4", {x.id()}, [&] { return x.peek() != 4; }};
          x.store(2);
        }
        x.store(3);
        a.join();
      }};
  const TestReport report = run_test(odd, options());
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.summary, "portfolio, seed 1, complete: 3 interleavings, at most 3 steps");
  EXPECT_THAT(report.text, HasSubstr("dpor cannot explore it: an invariant begins or ends"));
  TestOptions asked = options();
  asked.search.strategy = "dpor";
  const TestReport refused = run_test(odd, asked);
  EXPECT_TRUE(refused.failed());
  EXPECT_THAT(refused.text, HasSubstr("NOT SUPPORTED  by dpor: "));
}

TEST_F(Testing, WhatIsNotDeterministicDoesNotPass) {
  int runs = 0;
  const sim::Program odd{"Odd.Counts", {}, [&] {
                           sim::atomic<int> x{0};
                           sim::thread a{[&] { x.store(++runs); }};
                           sim::thread b{[&] { x.store(1); }};
                           a.join();
                           b.join();
                         }};
  const TestReport report = run_test(odd, options());
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("NOT DETERMINISTIC"));
}

TEST_F(Testing, AnIsolatedCrashHasItsScheduleAndReplays) {
  const sim::Program crashes{"Crash.Raises", {}, [] {
                               sim::atomic<int> x{0, "x"};
                               sim::thread a{[&] { x.store(1); }};
                               sim::thread b{[&] {
                                 if (x.load() == 1) std::raise(SIGSEGV);
                               }};
                               a.join();
                               b.join();
                             }};
  TestOptions isolated = options();
  isolated.isolate = true;
  const TestReport report = run_test(crashes, isolated);
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("FAILED  crash SIGSEGV in task 2\n"));
  EXPECT_EQ(report.found.max_depth, 2U);
  EXPECT_THAT(read_file(report.schedule), HasSubstr("\n1 store x = 1\n2 load x = 1\nend\n"));
  // A schedule that expects a crash is always replayed in isolation.
  TestOptions again = options();
  again.replay = report.schedule;
  EXPECT_EQ(run_test(crashes, again).summary, "replayed: the recorded outcome happened again");
  EXPECT_TRUE(run_expecting(crashes, {OutcomeKind::crash, "SIGSEGV"}, isolated).passed());
}

TEST_F(Testing, SeveralJobsFindTheSame) {
  TestOptions jobs = options();
  jobs.jobs = 2;
  EXPECT_EQ(run_test(correct(), jobs).summary,
            "portfolio, seed 1, complete: 2 traces, at most 2 steps");
  EXPECT_EQ(run_test(lost_update(), jobs).recording->outcome.summary(), kLost);
}

TEST_F(Testing, AnExpectedFailureIsFoundAndReplayedAndLeavesNoFile) {
  const TestReport report =
      run_expecting(lost_update(), {OutcomeKind::assertion, "== 2"}, options());
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.summary,
            "found " + std::string{kLost} +
                "; portfolio, seed 1, not complete: 4 executions, at most 4 steps; stopped at "
                "the first failure");
  EXPECT_EQ(files(), 0U);
}

TEST_F(Testing, AHuntThatMissesItsBugFails) {
  const TestReport report = run_expecting(correct(), {OutcomeKind::deadlock, ""}, options());
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("NOT FOUND  deadlock\n"));
}

TEST_F(Testing, AHuntThatFindsAnotherBugFailsWithIt) {
  const TestReport report = run_expecting(lost_update(), "counter.peek() == 3", options());
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text,
              HasSubstr("ANOTHER FAILURE  than a failure with \"counter.peek() == 3\""));
  EXPECT_THAT(report.text, HasSubstr("replay it:"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(Testing, AnExpectedFailureMustSayWhich) {
  EXPECT_THROW(run_expecting(lost_update(), "", options()), sim::UsageError);
}

TEST_F(Testing, OptionsThatMeanNothingAreRefused) {
  TestOptions odd = options();
  odd.search.strategy = "luck";
  EXPECT_THROW(run_test(correct(), odd), sim::UsageError);
  odd = options();
  odd.search.preemptions = 2;
  EXPECT_THROW(run_test(correct(), odd), sim::UsageError);
  odd = options();
  odd.steps_max = 0;
  EXPECT_THROW(run_test(correct(), odd), sim::UsageError);
}

TEST(TestOptionsAsText, EachSettingSetsItsOwn) {
  const std::map<std::string, std::string> values{
      {"strategy", "pct"}, {"seed", "7"},        {"from", "3"},        {"preemptions", "2"},
      {"pct_depth", "4"},  {"executions", "9"},  {"time", "1.5"},      {"steps", "11"},
      {"isolate", "1"},    {"jobs", "2"},        {"hang_time", "0.5"}, {"replay", "f"},
      {"out", "d"},        {"stack_kib", "512"}, {"shrink", "0"},      {"timeouts", "6"},
      {"spurious", "8"},   {"stay", "60"}};
  TestOptions options;
  for (const sim::TestSetting& setting : sim::test_settings()) {
    EXPECT_EQ(set_test_option(options, setting.name, values.at(setting.name)), "") << setting.name;
  }
  EXPECT_EQ(sim::test_settings().size(), values.size());
  EXPECT_EQ(options.search.strategy, "pct");
  EXPECT_EQ(options.search.seed, 7U);
  EXPECT_EQ(options.search.stay_percent, 60U);
  EXPECT_EQ(options.search.from, 3U);
  EXPECT_EQ(options.search.preemptions, 2U);
  EXPECT_EQ(options.search.pct_depth, 4U);
  EXPECT_EQ(options.search.executions, 9U);
  EXPECT_EQ(options.time, std::chrono::milliseconds{1500});
  EXPECT_EQ(options.steps_max, 11U);
  EXPECT_TRUE(options.isolate);
  EXPECT_FALSE(options.shrink);
  EXPECT_EQ(options.jobs, 2U);
  EXPECT_EQ(options.hang_timeout, std::chrono::milliseconds{500});
  EXPECT_EQ(options.replay, "f");
  EXPECT_EQ(options.directory, "d");
  EXPECT_EQ(options.stack_bytes, 512U * 1024);
  EXPECT_EQ(options.search.timeouts, 6U);
  EXPECT_EQ(options.search.spurious, 8U);
}

TEST(TestOptionsAsText, AStrategyDropsParametersInCodeAndRefusesThoseInText) {
  TestOptions in_code;
  in_code.search = {.strategy = "pct", .seed = 7, .pct_depth = 4};
  EXPECT_EQ(set_test_option(in_code, "strategy", "exhaustive"), "");
  EXPECT_EQ(in_code.search.seed, 1U);
  EXPECT_EQ(in_code.search.pct_depth, sim::kPctDepth);
  EXPECT_NO_THROW(run_test(correct(), in_code));
  TestOptions in_text;
  EXPECT_EQ(set_test_option(in_text, "seed", "7"), "");
  EXPECT_EQ(set_test_option(in_text, "strategy", "exhaustive"), "");
  EXPECT_THROW(run_test(correct(), in_text), sim::UsageError);
}

TEST(TestOptionsAsText, BadValuesAreRefusedAndSetNothing) {
  const std::multimap<std::string, std::string> bad{
      {"strategy", "luck"}, {"seed", "-1"},     {"seed", "1x"},          {"seed", ""},
      {"pct_depth", "0"},   {"time", "nan"},    {"time", "0"},           {"steps", "100000001"},
      {"stack_kib", "15"},  {"isolate", "yes"}, {"jobs", "0"},           {"executions", "0"},
      {"replay", ""},       {"timeouts", "-1"}, {"spurious", "1000001"}, {"stay", "100"}};
  for (const auto& [name, value] : bad) {
    TestOptions options;
    EXPECT_THAT(set_test_option(options, name, value),
                HasSubstr(name + " is \"" + value + "\"; allowed: "));
    EXPECT_EQ(options.search.seed, 1U);
    EXPECT_FALSE(options.replay);
  }
  TestOptions options;
  EXPECT_THROW(set_test_option(options, "sede", "1"), sim::UsageError);
}

TEST(TestOptionsAsText, TheEnvironmentIsApplied) {
  ::setenv("RACELAB_PCT_DEPTH", "5", 1);
  ::setenv("RACELAB_SEED", "many", 1);
  TestOptions options;
  EXPECT_EQ(apply_environment(options), "RACELAB_SEED is \"many\"; allowed: a whole number");
  EXPECT_EQ(options.search.pct_depth, 5U);
  ::unsetenv("RACELAB_PCT_DEPTH");
  ::unsetenv("RACELAB_SEED");
}

}  // namespace
