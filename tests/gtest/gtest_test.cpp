// Tests with GoogleTest as their user meets them: a binary with tests that fail, run in a child
// process.

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/engine/fiber.hpp>
#include <sim/testing/test_options.hpp>

#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

using Environment = std::map<std::string, std::string>;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t number = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++number;
  }
  return number;
}

/// The rest of the line after `begin`; empty if `text` has no such line.
std::string line_after(const std::string& text, const std::string& begin) {
  const std::size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  const std::size_t from = at + begin.size();
  return text.substr(from, text.find('\n', from) - from);
}

class GoogleTest : public testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& here() const { return directory_.path(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (here() / name).string(); }

  /// Runs in the new directory, with only these variables of those that have an effect.
  [[nodiscard]] Finished run_in(const std::vector<std::string>& command,
                                const Environment& environment) const {
    Surroundings surroundings{here()};
    surroundings.before = [&] {
      std::vector<std::string> others;
      for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text{*variable};
        const std::string name = text.substr(0, text.find('='));
        const bool matters = name.starts_with("RACELAB_") || name.starts_with("GTEST_") ||
                             name == "TEST_UNDECLARED_OUTPUTS_DIR";
        if (matters) others.push_back(name);
      }
      for (const std::string& name : others) ::unsetenv(name.c_str());
      for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    };
    return run(command, surroundings);
  }
  [[nodiscard]] Finished run_tests(const std::string& filter, std::vector<std::string> flags = {},
                                   const Environment& environment = {}) const {
    flags.insert(flags.begin(), {RACELAB_SAMPLE, "--gtest_filter=" + filter});
    return run_in(flags, environment);
  }
  [[nodiscard]] std::set<std::string> schedules(const std::filesystem::path& directory) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
      if (entry.path().extension() == ".schedule") names.insert(entry.path().filename());
    }
    return names;
  }
  /// Runs the command that a failure prints in another directory, as if it were pasted.
  [[nodiscard]] Finished paste(const std::string& output) const {
    const std::string command = line_after(output, "replay it:  ");
    EXPECT_NE(command, "");
    return run_in({"/bin/sh", "-c", "cd / && " + command}, {});
  }
  /// Expects that the test fails once with `outcome`, writes a schedule, and prints a command that
  /// replays it.
  void expect_failure(const std::string& test, const std::string& outcome) const {
    const Finished found = run_tests(test);
    EXPECT_EQ(found.code, 1) << found.out << found.err;
    EXPECT_EQ(count(found.out, "Failure\n"), 1U) << found.out;
    EXPECT_THAT(found.out, HasSubstr("FAILED  " + outcome));
    const std::string file = line_after(found.out, "recorded in ");
    EXPECT_THAT(read_file(file), HasSubstr("\nexpect    " + outcome));
    EXPECT_THAT(read_file(file), HasSubstr("\nscenario  " + test + "\n"));
    const Finished again = paste(found.out);
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.out, HasSubstr("FAILED  " + outcome));
    EXPECT_THAT(again.out, HasSubstr("replayed: the recorded outcome happened again\n"));
    EXPECT_THAT(again.out, HasSubstr("[==========] 1 test from 1 test suite ran."));
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(GoogleTest, APassSaysHowStrongItIsOnTheConsoleAndInXml) {
  const Finished passed = run_tests("Counter.AddsAtOnce", {"--gtest_output=xml:report.xml"});
  EXPECT_EQ(passed.code, 0) << passed.out;
  EXPECT_THAT(passed.out,
              HasSubstr("[  racelab ] portfolio, seed 1, complete: 2 traces, at most 2 steps\n"));
  EXPECT_THAT(
      read_file(here() / "report.xml"),
      HasSubstr(
          "<property name=\"racelab\" value=\"portfolio, seed 1, complete: 2 traces, at most 2 "
          "steps\"/>"));
  EXPECT_THAT(run_tests("Counter.AddsAtOnce", {"--gtest_brief=1"}).out,
              Not(HasSubstr("[  racelab ]")));
}

TEST_F(GoogleTest, AFailureIsPrintedWithItsTimelineRecordedAndReplayed) {
  const Finished found = run_tests("Counter.LosesAnUpdate");
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("sample_tests.cpp:"));
  EXPECT_THAT(found.out, HasSubstr("FAILED  assertion \"add_in_two_steps() == 2\"\n"
                                   "        at sample_tests.cpp:"));
  EXPECT_THAT(found.out, HasSubstr("       task 1                  task 2\n"
                                   "       ----------------------  ----------------------\n"
                                   "    1  load counter = 0 [a>]\n"
                                   "    2~                         load counter = 0 [b>]\n"
                                   "    3                          store counter = 1 [>a]\n"
                                   "    4  store counter = 1 [>b]\n"));
  EXPECT_THAT(found.out, HasSubstr("\nFAILS BECAUSE  lost update\n"
                                   "    a   task 1 loads counter (step 1) before task 2 stores it "
                                   "(step 3), and\n"));
  EXPECT_EQ(line_after(found.out, "replay it:  "),
            "RACELAB_REPLAY=" + path("Counter-LosesAnUpdate.schedule") + " " + RACELAB_SAMPLE +
                " --gtest_filter=Counter.LosesAnUpdate");
  expect_failure("Counter.LosesAnUpdate", "assertion \"add_in_two_steps() == 2\"");
  EXPECT_EQ(schedules(here()), std::set<std::string>{"Counter-LosesAnUpdate.schedule"});
}

TEST_F(GoogleTest, ItsAssertionsInABodyFailTheExecutionAndTheTestOnce) {
  expect_failure("Assertions.ExpectInTheBody",
                 "assertion Expected equality of these values: add_in_two_steps(), Which is: 1, 2, "
                 "lost");
}

TEST_F(GoogleTest, ItsAssertionsInATaskFailTheExecutionAndTheTestOnce) {
  expect_failure("Assertions.ExpectInATaskFailsOnce",
                 "assertion Expected equality of these values: x.load(), Which is: 1, 0");
  expect_failure("Assertions.AssertInATask",
                 "assertion Expected equality of these values: x.load(), Which is: 1, 0");
}

TEST_F(GoogleTest, AFatalAssertionMayReturnPastTheJoins) {
  expect_failure("Assertions.AssertInTheBodyBeforeTheJoins",
                 "assertion Expected equality of these values: x.load(), Which is: ");
  EXPECT_THAT(run_tests("Assertions.AssertInTheBodyBeforeTheJoins").out,
              Not(HasSubstr("did not end")));
}

TEST_F(GoogleTest, ASkipInsideAnExecutionIsRefused) {
  const Finished found = run_tests("Assertions.SkipInTheBody");
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("FAILED  misuse GTEST_SKIP() in an execution: skip before "
                                   "exploring\n"));
}

TEST_F(GoogleTest, ItsAssertionsThatHoldAndThoseOutsideAreAsEver) {
  EXPECT_EQ(run_tests("Assertions.ThatHold").code, 0);
  const Finished outside = run_tests("Assertions.OutsideStillCount");
  EXPECT_EQ(outside.code, 1);
  EXPECT_EQ(count(outside.out, "Failure\n"), 1U);
  EXPECT_THAT(outside.out, HasSubstr("outside"));
  EXPECT_EQ(schedules(here()).size(), 0U);
}

TEST_F(GoogleTest, ItsAssertionsOutsideOfTasksAreNotLostWhileItExplores) {
  const Finished found = run_tests("Options.WithACallbackThatFails");
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(count(found.out, "Failure\n"), 2U);
  EXPECT_EQ(count(found.out, "outside of tasks"), 1U);
  EXPECT_EQ(line_after(found.out, "replay it:  "), "cat " + path("Options-WithACallbackThatFails"
                                                                 ".schedule"));
}

TEST_F(GoogleTest, ExploringOutsideOfATestIsRefused) {
  const Finished found = run_tests("TooEarly.*");
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("racelab explores inside a test only, not in a set-up of a "
                                   "whole suite"));
}

TEST_F(GoogleTest, ATestInWhichNothingInterleavesFailsAndSaysWhatToDo) {
  const Finished found = run_tests("Alone.*");
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("NOTHING INTERLEAVED"));
  EXPECT_THAT(found.out, HasSubstr("Is what they share\nmade of sim:: types?\n"));
  EXPECT_THAT(found.out, HasSubstr("[       OK ] Alone.MayNotInterleaveWhereAllowed"));
}

TEST_F(GoogleTest, AnUncaughtExceptionIsAFailure) {
  // An exception that nobody catches leaks, which is not tested here.
  const Environment careless{{"ASAN_OPTIONS", "detect_leaks=0"}};
  const Finished found = run_tests("Exception.InATask", {}, careless);
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("FAILED  uncaught-exception nobody catches this\n"));
}

TEST_F(GoogleTest, AnIsolatedTestSurvivesItsCrash) {
  expect_failure("Crash.Isolated", "crash SIGSEGV in task 2");
  EXPECT_EQ(run_tests("Crash.ThatIsExpected").code, 0);
}

TEST_F(GoogleTest, AnIsolatedTestSurvivesItsEndlessLoop) {
  const Finished found = run_tests("Hang.Isolated", {"--racelab_hang_time=0.5"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out,
              HasSubstr("FAILED  hang endless loop without a scheduling point in task 2\n"));
  EXPECT_EQ(schedules(here()), std::set<std::string>{"Hang-Isolated.schedule"});
}

TEST_F(GoogleTest, ATestThatIsNotIsolatedSaysThatItStandsStill) {
  const Finished found = run_tests("Hang.NotIsolated", {"--racelab_hang_time=0.4"});
  EXPECT_EQ(found.code, 0) << found.out;
  EXPECT_THAT(found.err, HasSubstr("Hang.NotIsolated: stands still, hang sleeps in the kernel in "
                                   "task 2: use sim::this_thread::sleep_for\n"));
#ifndef NDEBUG  // otherwise the function may have been inlined into the one that calls it
  EXPECT_THAT(found.err, ContainsRegex("             in .*Hang_NotIsolated_Test::TestBody"));
#endif
  EXPECT_THAT(found.err, HasSubstr("--racelab_isolate"));
}

TEST_F(GoogleTest, ATestThatIsNotIsolatedSaysThatItsStackIsUsedUp) {
  if (SIM_ASAN) GTEST_SKIP() << "AddressSanitizer handles the signal";
  const Finished found = run_tests("StackOverflow.NotIsolated");
  EXPECT_NE(found.code, 0);
  EXPECT_THAT(found.err, HasSubstr("StackOverflow.NotIsolated: crash stack overflow in task 2\n"));
}

TEST_F(GoogleTest, AnExpectedFailureIsFoundAndReplayed) {
  const Finished found = run_tests("Hunt.Finds*");
  EXPECT_THAT(found.out, HasSubstr("[       OK ] Hunt.Finds "));
  EXPECT_THAT(found.out, HasSubstr("[       OK ] Hunt.FindsByAnAssertionOfGoogleTest "));
  EXPECT_EQ(schedules(here()), std::set<std::string>{"Hunt-FindsAnother.schedule"});
}

TEST_F(GoogleTest, AHuntThatMissesItsBugFails) {
  const Finished missed = run_tests("Hunt.Misses");
  EXPECT_EQ(missed.code, 1);
  EXPECT_THAT(missed.out, HasSubstr("NOT FOUND  deadlock\nportfolio, seed 1, complete: 4 traces"));
  const Finished another = run_tests("Hunt.FindsAnother");
  EXPECT_EQ(another.code, 1);
  EXPECT_THAT(another.out, HasSubstr("ANOTHER FAILURE  than deadlock\n\nFAILED  assertion"));
  EXPECT_EQ(paste(another.out).code, 1);
  const Finished vague = run_tests("Hunt.SaysNotWhat");
  EXPECT_EQ(vague.code, 1);
  EXPECT_THAT(vague.out, HasSubstr("an expected failure names its kind, or some of its text"));
}

TEST_F(GoogleTest, FlagsGoOverTheEnvironmentAndThatOverCode) {
  const auto strength = [&](const std::vector<std::string>& flags, const Environment& env) {
    return line_after(run_tests("Options.FromCode", flags, env).out, "[  racelab ] ");
  };
  EXPECT_THAT(strength({}, {}), HasSubstr("pct, seed 7, depth 3, not complete: 20 executions"));
  EXPECT_THAT(strength({}, {{"RACELAB_SEED", "8"}}), HasSubstr("pct, seed 8, depth 3"));
  EXPECT_THAT(strength({"--racelab_seed=9"}, {{"RACELAB_SEED", "8"}, {"RACELAB_PCT_DEPTH", "2"}}),
              HasSubstr("pct, seed 9, depth 2, not complete: 20 executions"));
  EXPECT_THAT(strength({"--racelab_strategy=exhaustive", "--racelab_executions=100"}, {}),
              HasSubstr("exhaustive, complete: 6 interleavings, at most 4 steps"));
}

TEST_F(GoogleTest, BadValuesFailAndSayWhatIsAllowed) {
  const Finished variable = run_tests("Counter.AddsAtOnce", {}, {{"RACELAB_PCT_DEPTH", "0"}});
  EXPECT_EQ(variable.code, 1);
  EXPECT_THAT(variable.out, HasSubstr("RACELAB_PCT_DEPTH is \"0\"; allowed: 1 to 1000\n"));
  const Finished code = run_tests("Options.ThatMeanNothing");
  EXPECT_EQ(code.code, 1);
  EXPECT_THAT(code.out, HasSubstr("there is no strategy \"luck\""));
  const Finished value = run_tests("Counter.AddsAtOnce", {"--racelab_seed=x"});
  EXPECT_EQ(value.code, 1);
  EXPECT_THAT(value.out, HasSubstr("--racelab_seed is \"x\"; allowed: a whole number\n"));
  EXPECT_THAT(value.out, Not(HasSubstr("[       OK ]")));
  const Finished flag = run_tests("Counter.AddsAtOnce", {"--racelab_sede=1"});
  EXPECT_EQ(flag.code, 1);
  EXPECT_THAT(flag.out, HasSubstr("--racelab_sede is not a flag of racelab; the flags are "
                                  "--racelab_strategy --racelab_seed "));
  const Finished bare = run_tests("Counter.AddsAtOnce", {"--racelab_seed", "1"});
  EXPECT_EQ(bare.code, 1);
  EXPECT_THAT(bare.out, HasSubstr("--racelab_seed needs a value, as in --racelab_seed=VALUE\n"));
}

TEST_F(GoogleTest, WhatIsWrongIsSaidOnceAndNothingRuns) {
  const Finished wrong = run_tests("Counter.*:Plain.*", {"--racelab_sede=1", "--racelab_jobs=0"},
                                   {{"RACELAB_TIME", "soon"}});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(count(wrong.out, "--racelab_sede is not a flag"), 1U);
  EXPECT_EQ(count(wrong.out, "--racelab_jobs is \"0\"; allowed: 1 to 1024\n"), 1U);
  EXPECT_EQ(count(wrong.out, "RACELAB_TIME is \"soon\"; allowed: 0.001 to 31536000, in seconds"),
            1U);
  EXPECT_THAT(wrong.out, HasSubstr("[  SKIPPED ] 3 tests"));
}

TEST_F(GoogleTest, AMainOfOnesOwnGetsNoFlagsOfRacelab) {
  const Finished found = run_in({RACELAB_OWN_MAIN, "mine", "--racelab_strategy=exhaustive"}, {});
  EXPECT_EQ(found.code, 0) << found.out;
  EXPECT_THAT(found.out, testing::StartsWith("left: mine\n"));
  EXPECT_THAT(found.out, HasSubstr("[  racelab ] exhaustive, complete: 2 interleavings"));
  const Finished wrong = run_in({RACELAB_OWN_MAIN, "--racelab_strategy=luck"}, {});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.out,
              HasSubstr("--racelab_strategy is \"luck\"; allowed: portfolio, dpor, bounded, "));
}

TEST_F(GoogleTest, UnderAReplayOtherTestsAreSkipped) {
  static_cast<void>(run_tests("Counter.LosesAnUpdate"));
  const std::string file = path("Counter-LosesAnUpdate.schedule");
  for (const bool flag : {false, true}) {
    const Finished replayed = run_tests(
        "Counter.*:Options.FromCode:Plain.*",
        flag ? std::vector<std::string>{"--racelab_replay=" + file} : std::vector<std::string>{},
        flag ? Environment{} : Environment{{"RACELAB_REPLAY", file}});
    EXPECT_EQ(replayed.code, 1);
    EXPECT_THAT(replayed.out, HasSubstr("[  FAILED  ] Counter.LosesAnUpdate"));
    EXPECT_THAT(replayed.out, HasSubstr("[  SKIPPED ] Counter.AddsAtOnce"));
    EXPECT_THAT(replayed.out, HasSubstr("[  SKIPPED ] Options.FromCode"));
    EXPECT_THAT(replayed.out, HasSubstr("[       OK ] Plain.HasNothingToExplore"));
    EXPECT_THAT(replayed.out, HasSubstr(file + " is a schedule of Counter.LosesAnUpdate, not of "
                                               "this test\n"));
  }
  const Finished nothing = run_tests("Counter.AddsAtOnce", {}, {{"RACELAB_REPLAY", "none"}});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.out, HasSubstr("none: No such file or directory"));
}

TEST_F(GoogleTest, AScheduleThatNoLongerFitsSaysAtWhichLine) {
  static_cast<void>(run_tests("Counter.LosesAnUpdate"));
  const std::string file = path("Counter-LosesAnUpdate.schedule");
  write_file(file, replaced(read_file(file), "2 load counter", "2 load account"));
  const Finished replayed = run_tests("Counter.LosesAnUpdate", {"--racelab_replay=" + file});
  EXPECT_EQ(replayed.code, 1);
  EXPECT_THAT(replayed.out, HasSubstr("DIVERGED  " + file + ":7: step 2: expected load account"));
}

TEST_F(GoogleTest, EachParameterHasItsOwnSchedule) {
  const Finished found = run_tests("Sample/Parametrised.*");
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(schedules(here()), (std::set<std::string>{"Sample-Parametrised-Loses-0.schedule",
                                                      "Sample-Parametrised-Loses-1.schedule"}));
  const Finished again = paste(found.out);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.out, HasSubstr("[  FAILED  ] Sample/Parametrised.Loses/0"));
}

TEST_F(GoogleTest, TheSecondExplorationOfATestHasItsOwnScheduleToo) {
  for (int run = 0; run < 2; ++run) {
    const Finished found = run_tests("Twice.*", {"--gtest_repeat=2"});
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(schedules(here()), std::set<std::string>{"Twice-TheSecondFails-2.schedule"});
    const Finished again = paste(found.out);
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.out, HasSubstr("replayed: the recorded outcome happened again\n"));
    EXPECT_EQ(count(again.out, "Failure\n"), 1U);
  }
}

TEST_F(GoogleTest, AFixtureIsSeenByTheBody) {
  EXPECT_EQ(run_tests("Fixture.*").code, 0);
}

TEST_F(GoogleTest, ADisabledTestIsReplayedToo) {
  const Finished found = run_tests("Disabled.*", {"--gtest_also_run_disabled_tests"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(paste(found.out).out, HasSubstr("replayed: the recorded outcome happened again\n"));
}

TEST_F(GoogleTest, SchedulesGoWhereTheyAreAskedTo) {
  const std::string file = "Counter-LosesAnUpdate.schedule";
  const auto goes_to = [&](const std::string& directory, const std::vector<std::string>& flags,
                           const Environment& environment) {
    static_cast<void>(run_tests("Counter.LosesAnUpdate", flags, environment));
    EXPECT_EQ(schedules(here() / directory), std::set<std::string>{file}) << directory;
    EXPECT_EQ(schedules(here()).size(), 0U) << directory;
  };
  goes_to("xml", {"--gtest_output=xml:xml/report.xml"}, {});
  goes_to("dir", {"--gtest_output=json:dir/"}, {});
  goes_to("undeclared", {"--gtest_output=xml:xml/report.xml"},
          {{"TEST_UNDECLARED_OUTPUTS_DIR", path("undeclared")}});
  goes_to("out", {}, {{"TEST_UNDECLARED_OUTPUTS_DIR", path("no")}, {"RACELAB_OUT", "out"}});
  goes_to("flag", {"--racelab_out=flag"}, {{"RACELAB_OUT", "no"}});
}

TEST_F(GoogleTest, AScheduleIsNeverOverwritten) {
  write_file(here() / "Counter-LosesAnUpdate.schedule", "mine");
  EXPECT_THAT(run_tests("Counter.LosesAnUpdate").out,
              HasSubstr("recorded in " + path("Counter-LosesAnUpdate-2.schedule") + "\n"));
  EXPECT_EQ(read_file(here() / "Counter-LosesAnUpdate.schedule"), "mine");
  EXPECT_THAT(run_tests("Counter.LosesAnUpdate").out,
              HasSubstr("already recorded in " + path("Counter-LosesAnUpdate-2.schedule") + "\n"));
}

TEST_F(GoogleTest, TheXmlReportHasTheFailure) {
  static_cast<void>(run_tests("Counter.*", {"--gtest_output=xml:report.xml"}));
  const std::string xml = read_file(here() / "report.xml");
  EXPECT_THAT(xml, HasSubstr("<testsuites tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("FAILED  assertion"));
  EXPECT_THAT(xml, HasSubstr("replay it:  RACELAB_REPLAY="));
}

/// The tests that ran, in any order.
std::multiset<std::string> tests_in(const std::string& output) {
  std::multiset<std::string> names;
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);) {
    const std::string begin = "[ RUN      ] ";
    if (line.starts_with(begin)) names.insert(line.substr(begin.size()));
  }
  return names;
}

TEST_F(GoogleTest, ShardsAndShuffledRunsAreTheWhole) {
  const std::string filter = "Counter.*:Options.FromCode:Sample/*:Alone.*:Plain.*";
  const std::multiset<std::string> whole = tests_in(run_tests(filter).out);
  EXPECT_EQ(whole.size(), 8U);
  std::multiset<std::string> parts;
  for (const char* const shard : {"0", "1", "2"}) {
    const Finished part =
        run_tests(filter, {}, {{"GTEST_TOTAL_SHARDS", "3"}, {"GTEST_SHARD_INDEX", shard}});
    const std::multiset<std::string> its = tests_in(part.out);
    EXPECT_GE(its.size(), 2U);
    parts.insert(its.begin(), its.end());
  }
  EXPECT_EQ(parts, whole);
  const Finished shuffled = run_tests(filter, {"--gtest_shuffle", "--gtest_random_seed=3"});
  EXPECT_EQ(tests_in(shuffled.out), whole);
  EXPECT_THAT(shuffled.out, HasSubstr(" 4 FAILED TESTS"));
}

TEST_F(GoogleTest, RepeatsAreTheSame) {
  const Finished repeated = run_tests("Counter.LosesAnUpdate", {"--gtest_repeat=3"});
  EXPECT_EQ(count(repeated.out, "FAILED  assertion"), 3U);
  EXPECT_EQ(count(repeated.out, "already recorded in"), 2U);
  EXPECT_EQ(schedules(here()).size(), 1U);
}

TEST_F(GoogleTest, BreaksOnFailureWhereAsked) {
  const Finished broken = run_tests("Counter.LosesAnUpdate",
                                    {"--gtest_break_on_failure", "--gtest_catch_exceptions=0"});
  EXPECT_GE(broken.code, 128);
  // Whatever the test breaks, its schedule is written.
  EXPECT_EQ(schedules(here()).size(), 1U);
}

TEST_F(GoogleTest, DoesWhatTheGuideSays) {
  const std::string guide = read_file(RACELAB_GUIDE);
  const Finished found = run_in({RACELAB_GUIDE_TESTS}, {});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("[  FAILED  ] Account.KeepsEachDeposit"));
  EXPECT_THAT(found.out, HasSubstr("\n 1 FAILED TEST\n"));
  EXPECT_THAT(found.out, HasSubstr("[  PASSED  ] 2 tests."));
  const std::size_t from = found.out.find("FAILED  assertion");
  const std::size_t to = found.out.find("recorded in ");
  ASSERT_NE(to, std::string::npos);
  EXPECT_THAT(guide, HasSubstr("\n" + found.out.substr(from, to - from)));
  for (const sim::TestSetting& setting : sim::test_settings()) {
    EXPECT_THAT(guide, HasSubstr("`--racelab_" + std::string{setting.name} + "` | `" +
                                 sim::environment_name(setting.name) + "` |"));
  }
}

}  // namespace
}  // namespace racelab_test
