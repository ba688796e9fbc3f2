// `racelab list` and `racelab explore` as users run them.

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string double_spend(const char* found_by, const char* steps) {
  return std::string{
             "racelab schedule 1\n"
             "scenario  bank/double-spend\n"
             "found-by  "} +
         found_by +
         "\n"
         "replay    strict\n"
         "expect    invariant \"no account is negative\": alice = -600.00\n"
         "algorithm check-then-act\n"
         "start     alice 1000.00   bob 500.00   charlie 200.00\n"
         "task      1 transfer alice bob 800.00\n"
         "task      2 transfer alice charlie 800.00\n"
         "1 read alice.balance = 1000.00\n"
         "2 read alice.balance = 1000.00\n" +
         steps + "end\n";
}

const std::string kDoubleSpend = double_spend("dpor, shrunk",
                                              "2 deduct alice.balance = 200.00\n"
                                              "2 credit charlie.balance = 1000.00\n"
                                              "1 deduct alice.balance = -600.00\n");
const std::string kAsFound = double_spend("dpor",
                                          "1 deduct alice.balance = 200.00\n"
                                          "1 credit bob.balance = 1300.00\n"
                                          "2 deduct alice.balance = -600.00\n");

class ListCommand : public InFreshDirectory {};
class ExploreCommand : public InFreshDirectory {};
class Usage : public InFreshDirectory {};

// ---------------------------------------------------------------------------------------------
// list

TEST_F(ListCommand, ShowsEachScenarioOnALine) {
  const Finished list = run_racelab({"list"});
  EXPECT_EQ(list.code, 0);
  EXPECT_EQ(list.err, "");
  // The column is as wide as the longest name.
  EXPECT_THAT(list.out, ContainsRegex("\nbank/double-spend  +fails  two transfers of 800 from "
                                      "alice's 1000, check-then-act\n"));
  EXPECT_THAT(list.out, ContainsRegex("\ncount/ninc  +fails  n increments that are a load and a "
                                      "store; :n=3 .1 to 15.\n"));
}

TEST_F(ListCommand, ShowsScenariosAndParametersAsJson) {
  const Finished list = run_racelab({"list", "--json"});
  EXPECT_EQ(list.code, 0);
  const json all = json::parse(list.out);
  ASSERT_GE(all.size(), 16U);
  for (const json& scenario : all) {
    EXPECT_TRUE(scenario.at("name").is_string());
    EXPECT_TRUE(scenario.at("summary").is_string());
    EXPECT_TRUE(scenario.at("fails").is_boolean());
    for (const json& parameter : scenario.at("parameters")) {
      for (const char* const key : {"default", "min", "max"}) {
        EXPECT_TRUE(parameter.at(key).is_number_integer()) << parameter;
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------
// explore

TEST_F(ExploreCommand, FindsTheDoubleSpendAndRecordsIt) {
  const Finished found = run_racelab({"explore", "bank/double-spend"});
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(found.err, "");
  EXPECT_THAT(found.out, StartsWith("bank/double-spend: strategy portfolio, seed 1, at most"));
  EXPECT_THAT(found.out,
              HasSubstr("FAILED  invariant \"no account is negative\": alice = -600.00\n"));
  EXPECT_THAT(found.out, HasSubstr("<-- fails here\n"));
  EXPECT_THAT(found.out, HasSubstr("recorded in bank-double-spend.schedule\n"
                                   "replay it:  racelab replay bank-double-spend.schedule\n"));
  EXPECT_THAT(found.out, HasSubstr("not complete: stopped at the first failure"));
  EXPECT_EQ(read("bank-double-spend.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, SaysThatASearchIsComplete) {
  const Finished found = run_racelab({"explore", "bank/locked"});
  EXPECT_EQ(found.code, 0);
  EXPECT_THAT(found.out, HasSubstr("0 failed; complete: nothing is left to explore\n"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(ExploreCommand, ClaimsNothingWhereTheBudgetIsSpent) {
  const Finished found =
      run_racelab({"explore", "count/lastzero:n=8", "--strategy", "dpor", "--executions", "100"});
  EXPECT_EQ(found.code, 0);
  EXPECT_THAT(found.out,
              HasSubstr("100 executions, each a different trace, 0 failed; not complete: the "
                        "budget of executions is spent\n"));
}

TEST_F(ExploreCommand, ClaimsNothingWhereATaskHadNoTimeOutLeft) {
  const Finished finished = run_racelab({"explore", "example/late-answer", "--timeouts", "0"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out,
              HasSubstr("strategy portfolio, seed 1, at most 0 time-outs of a task, at most"));
  EXPECT_THAT(finished.out,
              HasSubstr("not complete: nothing is left within --timeouts and --spurious\n"));
  EXPECT_THAT(finished.out,
              HasSubstr("\nBOUNDED  in 1 execution a task had used up its time-outs"));
}

TEST_F(ExploreCommand, TakesTheBoundsOfTheProgramUnlessItIsGivenOthers) {
  const auto explored = [this](std::vector<std::string> bounds) {
    std::vector<std::string> command{"explore", "example/woken-without-cause-fixed", "--json"};
    command.insert(command.end(), bounds.begin(), bounds.end());
    return json::parse(run_racelab(command).out);
  };
  const json own = explored({});
  EXPECT_EQ(own["complete"], false);
  EXPECT_EQ(own["bounded"], 1);
  const json none = explored({"--spurious", "0"});
  EXPECT_EQ(none["complete"], true);
  EXPECT_EQ(none["bounded"], 0);
  EXPECT_LT(none["executions"], own["executions"]);
  EXPECT_GT(explored({"--spurious", "2"})["executions"], own["executions"]);
}

TEST_F(ExploreCommand, FindsTheFailureAtRandomToo) {
  const std::vector<std::string> command{
      "explore", "bank/double-spend", "--strategy", "random", "--seed", "7"};
  const Finished found = run_racelab(command);
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, StartsWith("bank/double-spend: strategy random, seed 7"));
  EXPECT_THAT(read("bank-double-spend.schedule"),
              HasSubstr("found-by  random, seed 7, execution "));
  EXPECT_THAT(run_racelab(command).out, HasSubstr("already recorded in"));
}

TEST_F(ExploreCommand, PrintsOneJsonObjectOfAFailure) {
  const Finished found =
      run_racelab({"explore", "bank/double-spend", "--all", "--json", "--strategy", "exhaustive"});
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(found.err, "");
  const json report = json::parse(found.out);
  EXPECT_EQ(report.at("scenario"), "bank/double-spend");
  EXPECT_EQ(report.at("strategy"), "exhaustive");
  EXPECT_EQ(report.at("seed"), 1);
  EXPECT_EQ(report.at("complete"), true);
  EXPECT_EQ(report.at("executions"), 16);
  EXPECT_EQ(report.at("traces"), nullptr);
  EXPECT_EQ(report.at("blocked"), 0);
  EXPECT_EQ(report.at("failures"), 12);
  EXPECT_EQ(report.at("distinct_failures"), 1);
  EXPECT_EQ(report.at("max_depth"), 6);
  EXPECT_TRUE(report.at("seconds").is_number());
  EXPECT_TRUE(report.at("executions_per_second").is_number());
  const json& first = report.at("first_failure");
  EXPECT_EQ(first.at("kind"), "invariant");
  EXPECT_EQ(first.at("message"), "\"no account is negative\": alice = -600.00");
  EXPECT_EQ(first.at("schedule"), "bank-double-spend.schedule");
  EXPECT_EQ(first.at("preemptions"), 1);
  EXPECT_EQ(run_racelab({"replay", "bank-double-spend.schedule"}).code, 0);
}

TEST_F(ExploreCommand, CountsTracesWhereTheStrategyTellsThemApart) {
  const Finished found = run_racelab({"explore", "bank/double-spend", "--all", "--json"});
  const json report = json::parse(found.out);
  EXPECT_EQ(report.at("strategy"), "portfolio");
  EXPECT_EQ(report.at("complete"), true);
  EXPECT_EQ(report.at("executions"), 8);
  EXPECT_EQ(report.at("traces"), 8);
  EXPECT_EQ(report.at("blocked"), 0);
  EXPECT_EQ(report.at("failures"), 6);
}

TEST_F(ExploreCommand, PrintsOneJsonObjectOfAPass) {
  const Finished found = run_racelab({"explore", "count/ninc:n=1", "--executions", "5", "--json"});
  const json report = json::parse(found.out);
  EXPECT_EQ(report.at("scenario"), "count/ninc:n=1");
  EXPECT_EQ(report.at("first_failure"), nullptr);
  EXPECT_EQ(report.at("failures"), 0);
  EXPECT_EQ(report.at("interleaved"), false);
  EXPECT_EQ(found.code, 4);  // with one task nothing interleaves
}

TEST_F(ExploreCommand, GroupsFailuresAndRecordsOneOfEach) {
  const Finished found = run_racelab({"explore", "count/philosophers:n=3", "--all"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("7 executions, each a different trace, 1 failed; complete"));
  // The schedule as found, and the one for two philosophers.
  EXPECT_EQ(files(), 2U);
  EXPECT_TRUE(exists("count-philosophers-n-3.schedule"));
  EXPECT_THAT(read("count-philosophers-n-3-shrunk.schedule"),
              HasSubstr("scenario  count/philosophers:n=2\n"));
}

// ---------------------------------------------------------------------------------------------
// Strategies

TEST_F(ExploreCommand, PrintsSeedAndOptionsBeforeItRuns) {
  const Finished bounded =
      run_racelab({"explore", "count/sb", "--strategy", "bounded", "--preemptions", "1"});
  EXPECT_EQ(bounded.code, 0);
  EXPECT_THAT(bounded.out,
              StartsWith("count/sb:n=3: strategy bounded, at most 1 preemptions, at most 10,000"));
  EXPECT_THAT(bounded.out, HasSubstr("not complete: nothing is left with at most 1 preemptions\n"));
  EXPECT_THAT(run_racelab({"explore", "bank/locked", "--strategy", "bounded"}).out,
              HasSubstr("; complete: nothing is left to explore\n"));
}

TEST_F(ExploreCommand, RepeatsAFailureFromItsSeedAndExecution) {
  const std::vector<std::string> random{
      "explore", "count/philosophers:n=5", "--strategy", "random", "--seed", "3", "--json",
      "--out",   "first.schedule"};
  const json first = json::parse(run_racelab(random).out).at("first_failure");
  const std::string origin = first.at("origin");
  ASSERT_THAT(origin, StartsWith("seed 3, execution "));
  const std::string number = origin.substr(origin.rfind(' ') + 1);
  const Finished again = run_racelab({"explore", "count/philosophers:n=5", "--strategy", "random",
                                      "--seed", "3", "--from", number, "--executions", "1"});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.out, HasSubstr("\n1 execution, 1 failed"));
  EXPECT_EQ(read("count-philosophers-n-5.schedule"), read("first.schedule"));
}

// ---------------------------------------------------------------------------------------------
// Long runs

/// The members that do not depend on interruptions or the number of jobs.
json totals(const Finished& finished) {
  json report = json::parse(finished.out);
  for (const char* const key : {"seconds", "executions_per_second", "jobs", "coverage", "parts"}) {
    report.erase(key);
  }
  return report;
}

TEST_F(ExploreCommand, FindsTheSameWithAnyNumberOfJobs) {
  const auto with_jobs = [&](const char* jobs) {
    std::filesystem::remove(here() / "x.schedule");
    return totals(run_racelab({"explore", "count/bankrace:n=3", "--all", "--json", "--out",
                               "x.schedule", "--jobs", jobs}));
  };
  const json one = with_jobs("1");
  const std::string schedule = read("x.schedule");
  EXPECT_EQ(one.at("traces"), 1395);
  for (const char* const jobs : {"2", "4"}) {
    EXPECT_EQ(with_jobs(jobs), one);
    EXPECT_EQ(read("x.schedule"), schedule);
  }
}

/// Starts a search that takes a while; returns its exit code.
struct LongSearch {
  const char* strategy;
  const char* program;
  int code;
};

TEST_F(ExploreCommand, EndsWithTheTotalsOfAWholeSearchAfterControlC) {
  for (const auto& [strategy, program, code] :
       {LongSearch{"dpor", "count/lastzero:n=14", 0}, LongSearch{"dpor", "count/ninc:n=5", 1},
        LongSearch{"exhaustive", "count/lastzero:n=4", 0},
        LongSearch{"bounded", "count/bankrace:n=3", 1}}) {
    const std::vector<std::string> common{"--all", "--no-shrink", "--json", "--out", "x.schedule"};
    std::vector<std::string> whole{"explore", program, "--strategy", strategy};
    whole.insert(whole.end(), common.begin(), common.end());
    const json expected = totals(run_racelab(whole));
    std::filesystem::remove(here() / "x.schedule");
    whole.insert(whole.end(), {"--jobs", "2", "--checkpoint", "stopped"});
    std::vector<std::string> command = whole;
    Finished finished;
    for (useconds_t pause_us = 20'000; pause_us < 20'000'000; pause_us *= 2) {
      Process exploring{racelab(command), surroundings()};
      ::usleep(pause_us);
      exploring.interrupt();
      finished = exploring.wait();
      if (finished.code != 130) break;
      // If it was stopped before it began, it has left no checkpoint.
      if (exists("stopped")) {
        command = {"explore", "--resume", "stopped",   "--no-shrink",
                   "--json",  "--out",    "x.schedule"};
      }
    }
    ASSERT_EQ(finished.code, code) << finished.err;
    EXPECT_EQ(totals(finished), expected) << strategy;
    EXPECT_FALSE(exists("stopped")) << "it is at its end";
    std::filesystem::remove(here() / "x.schedule");
  }
}

TEST_F(ExploreCommand, EndsWithTheTotalsOfAWholeSearchAfterItWasKilled) {
  Process exploring{racelab({"explore", "count/lastzero:n=15", "--jobs", "2", "--checkpoint",
                             "last", "--checkpoint-every", "0.1"}),
                    surroundings()};
  for (int i = 0; i < 3000 && !exists("last"); ++i) ::usleep(2'000);
  exploring.kill();
  EXPECT_EQ(exploring.wait().code, 128 + SIGKILL);
  const Finished rest = run_racelab({"explore", "--resume", "last", "--json"});
  const json report = json::parse(rest.out);
  EXPECT_EQ(report.at("complete"), true) << rest.err;
  EXPECT_EQ(report.at("executions"), 147'456);
  EXPECT_EQ(report.at("max_depth"), 46);
}

TEST_F(ExploreCommand, LeavesNoProcessBehindWhenItIsKilled) {
  Process exploring{racelab({"explore", "count/bankrace:n=6", "--all", "--jobs", "2"}),
                    surroundings()};
  exploring.wait_for("recorded in");
  exploring.kill();
  // Its child processes hold its standard output, so this ends only after they have ended.
  EXPECT_EQ(exploring.wait().code, 128 + SIGKILL);
}

TEST_F(ExploreCommand, DoesNotPutACheckpointInPlaceOfADevice) {
  ASSERT_EQ(::mkfifo((here() / "pipe").c_str(), 0600), 0);
  const Finished refused =
      run_racelab({"explore", "count/lastzero:n=10", "--executions", "9", "--checkpoint", "pipe"});
  EXPECT_EQ(refused.code, 4);
  EXPECT_EQ(refused.err, "racelab: pipe: it exists and is not a regular file\n");
  EXPECT_TRUE(std::filesystem::is_fifo(here() / "pipe"));
}

TEST_F(ExploreCommand, DoesNotPutACheckpointInPlaceOfSomethingElse) {
  write("notes", "precious");
  const Finished refused =
      run_racelab({"explore", "count/lastzero:n=10", "--executions", "9", "--checkpoint", "notes"});
  EXPECT_EQ(refused.code, 4);
  EXPECT_EQ(refused.err, "racelab: notes: it exists and is not a checkpoint\n");
  EXPECT_EQ(read("notes"), "precious");
}

TEST_F(ExploreCommand, SpendsABudgetOfASamplerThatGoesOn) {
  const std::vector<std::string> endless{"explore", "count/fib:n=5", "--strategy",   "random",
                                         "--time",  "0.05",          "--checkpoint", "c"};
  ASSERT_EQ(run_racelab(endless).code, 0);
  const Finished more = run_racelab({"explore", "--resume", "c", "--executions", "10"});
  EXPECT_EQ(more.code, 0);
  EXPECT_THAT(more.out, HasSubstr("the budget of executions is spent"));
}

TEST_F(ExploreCommand, KeepsWhatIsLeftWhenABudgetIsSpent) {
  const Finished part = run_racelab(
      {"explore", "count/lastzero:n=10", "--executions", "1000", "--checkpoint", "rest"});
  EXPECT_EQ(part.code, 0);
  EXPECT_THAT(part.out, HasSubstr("continue it:  racelab explore --resume rest\n"));
  const Finished rest = run_racelab({"explore", "--resume", "rest"});
  EXPECT_EQ(rest.code, 0);
  EXPECT_THAT(rest.out, HasSubstr("3,328 executions, each a different trace, 0 failed; complete"));
}

TEST_F(Usage, RefusesWhatIsNoCheckpoint) {
  write("x", "no checkpoint");
  write("y", "{}");
  write("z", "{\"racelab_checkpoint\": 1}");
  for (const char* const file : {"x", "y", "z", "missing", "."}) {
    const Finished refused = run_racelab({"explore", "--resume", file});
    EXPECT_EQ(refused.code, 2) << file;
    EXPECT_THAT(refused.err, StartsWith(std::string{"racelab: "} + file + ": "));
  }
  EXPECT_THAT(run_racelab({"explore", "--resume", "z"}).err,
              HasSubstr("a checkpoint of version 1, and this racelab reads version 4: resume it "
                        "with the racelab that wrote it, or start a new exploration"));
  ASSERT_EQ(
      run_racelab({"explore", "count/lastzero:n=10", "--executions", "9", "--checkpoint", "c"})
          .code,
      0);
  const std::string good = read("c");
  write("c", replaced(good, "\"parts\": [\n  \"", "\"parts\": [\n  \"ff"));
  const Finished refused = run_racelab({"explore", "--resume", "c"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the file was changed or damaged"));
}

TEST_F(Usage, SelfcheckHasThePublishedNumbers) {
  const Finished checked = run_racelab({"selfcheck", "--json"});
  EXPECT_EQ(checked.code, 0);
  const json report = json::parse(checked.out);
  EXPECT_EQ(report.at("right"), true);
  EXPECT_GE(report.at("rows").size(), 40U);
  for (const json& row : report.at("rows")) {
    EXPECT_EQ(row.at("traces"), row.at("traces_expected")) << row;
    EXPECT_EQ(row.at("interleavings"), row.at("interleavings_expected")) << row;
  }
}

// ---------------------------------------------------------------------------------------------
// Bad usage

TEST_F(Usage, ProposesTheNearestScenario) {
  const Finished refused = run_racelab({"explore", "bank/doublespend"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err,
            "racelab: there is no scenario \"bank/doublespend\"; did you mean bank/double-spend?; "
            "`racelab list` shows all\n");
}

TEST_F(Usage, NamesTheRangeOfAParameter) {
  const Finished refused = run_racelab({"explore", "count/ninc:n=0"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("n=\"0\" must be a whole number from 1 to 15"));
}

TEST_F(Usage, IsExplained) {
  const Finished help = run_racelab({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes:"));
  EXPECT_EQ(run_racelab({"explore", "--help"}).code, 0);
  EXPECT_THAT(run_racelab({"--version"}).out, StartsWith("racelab "));
}

struct Mistake {
  std::vector<std::string> arguments;
  const char* says;
};

TEST_F(Usage, IsRefusedWithTheReason) {
  const Mistake mistakes[] = {
      {{}, "A subcommand is required"},
      {{"frobnicate"}, "A subcommand is required"},
      {{"explore"}, "scenario is required"},
      {{"explore", "bank/locked", "--nonsense"}, "--nonsense"},
      {{"explore", "bank/locked", "bank/deadlock"}, "bank/deadlock"},
      {{"explore", "bank/locked", "--strategy", "magic"},
       "magic not in {portfolio,dpor,bounded,exhaustive,random"},
      {{"explore", "bank/locked", "--strategy", "dpor", "--seed", "1"},
       "the strategy dpor does not take the option seed; it is for portfolio, random, sticky, pct, "
       "pos, surw"},
      {{"explore", "bank/locked", "--preemptions", "2"},
       "the strategy portfolio does not take the option preemptions; it is for bounded"},
      {{"explore", "bank/locked", "--strategy", "surw", "--pct-depth", "2"},
       "the strategy surw does not take the option pct-depth; it is for pct"},
      {{"explore", "bank/locked", "--executions", "0"},
       "--executions: Value 0 not in range 1 to 18446744073709551615"},
      {{"explore", "bank/locked", "--executions", "many"}, "--executions"},
      {{"explore", "bank/locked", "--executions", "-1"},
       "--executions: expected a number, got \"-1\""},
      {{"explore", "bank/locked", "--seed", "1x"}, "--seed"},
      {{"explore", "bank/locked", "--seed", "-1"}, "--seed"},
      {{"explore", "bank/locked", "--steps", "0"}, "--steps: Value 0 not in range 1 to 100000000"},
      {{"explore", "bank/locked", "--steps", "4294967297"}, "--steps"},
      {{"explore", "bank/locked", "--time", "-1"}, "--time"},
      {{"explore", "bank/locked", "--time", "nan"}, "--time: expected a number, got \"nan\""},
      {{"explore", "bank/locked", "--hang-time", "0"}, "--hang-time"},
      {{"explore", "bank/locked", "--out"}, "--out"},
      {{"explore", "--resume", "x", "bank/locked"}, "scenario excludes --resume"},
      {{"explore", "--resume", "x", "--all"}, "--resume excludes --all"},
      {{"replay"}, "file is required"},
      {{"replay", "x.schedule", "--times", "0"}, "--times: Value 0 not in range 1 to 1000000"},
      {{"show", "x.schedule", "--times", "2"}, "--times"},
  };
  for (const Mistake& mistake : mistakes) {
    const Finished refused = run_racelab(mistake.arguments);
    EXPECT_EQ(refused.code, 2) << mistake.says;
    EXPECT_EQ(refused.out, "") << mistake.says;
    EXPECT_THAT(refused.err, HasSubstr(mistake.says));
  }
}

// ---------------------------------------------------------------------------------------------
// Where the schedule goes

TEST_F(ExploreCommand, DoesNotWriteTheSameScheduleTwice) {
  EXPECT_EQ(run_racelab({"explore", "bank/double-spend"}).code, 1);
  const Finished again = run_racelab({"explore", "bank/double-spend"});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.out, HasSubstr("already recorded in bank-double-spend.schedule\n"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(ExploreCommand, NeverOverwritesAFile) {
  write("mine.schedule", "precious");
  write("mine-2.schedule", "precious too");
  const Finished found = run_racelab({"explore", "bank/double-spend", "--out", "mine.schedule"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("recorded in mine-3.schedule\n"
                                   "replay it:  racelab replay mine-3.schedule\n"));
  EXPECT_EQ(read("mine.schedule"), "precious");
  EXPECT_EQ(read("mine-2.schedule"), "precious too");
  EXPECT_EQ(read("mine-3.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, QuotesAFileNameForTheShell) {
  const Finished found = run_racelab({"explore", "bank/double-spend", "--out", "it's mine"});
  EXPECT_THAT(found.out, HasSubstr("replay it:  racelab replay 'it'\\''s mine'\n"));
  EXPECT_EQ(read("it's mine"), kDoubleSpend);
}

TEST_F(ExploreCommand, WritesIntoADirectory) {
  std::filesystem::create_directory(here() / "found");
  const Finished found = run_racelab({"explore", "bank/double-spend", "--out", "found"});
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(read("found/bank-double-spend.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, DoesNotFollowALinkThatPointsNowhere) {
  std::filesystem::create_symlink("elsewhere", here() / "link.schedule");
  EXPECT_EQ(run_racelab({"explore", "bank/double-spend", "--out", "link.schedule"}).code, 1);
  EXPECT_FALSE(exists("elsewhere"));
  EXPECT_EQ(read("link-2.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, DoesNotWaitForTheOtherEndOfAPipe) {
  ASSERT_EQ(::mkfifo((here() / "pipe.schedule").c_str(), 0600), 0);
  EXPECT_EQ(run_racelab({"explore", "bank/double-spend", "--out", "pipe.schedule"}).code, 1);
  EXPECT_EQ(read("pipe-2.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, PrintsTheScheduleWhereTheDirectoryIsNotThere) {
  for (const char* const format : {"--hang-time=9", "--json"}) {
    const Finished found =
        run_racelab({"explore", "bank/double-spend", "--out", "gone/x.schedule", format});
    EXPECT_EQ(found.code, 4);
    EXPECT_EQ(found.err,
              "racelab: gone/x.schedule: No such file or directory; the schedule that "
              "was not written:\n" +
                  kAsFound);
    EXPECT_THAT(found.out, Not(HasSubstr("replay it")));
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(ExploreCommand, LeavesNoHalfOfAFileThatMayNotGrow) {
  Surroundings limited = surroundings();
  limited.before = [] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit few_bytes{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &few_bytes);
  };
  const Finished found = run(racelab({"explore", "bank/double-spend"}), limited);
  EXPECT_EQ(found.code, 4);
  EXPECT_THAT(found.err,
              HasSubstr("File too large; the schedule that was not written:\n" + kAsFound));
  EXPECT_EQ(files(), 0U);
}

TEST_F(ExploreCommand, PrintsTheScheduleWhereTheDiskIsFull) {
  const std::filesystem::path disk = here() / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4k") != 0) {
    GTEST_SKIP() << "a full disk needs the right to mount one";
  }
  write("disk/filler", std::string(4096, 'x'));
  const Finished found = run_racelab({"explore", "bank/double-spend", "--out", "disk/x.schedule"});
  const bool half_written = exists("disk/x.schedule");
  ::umount(disk.c_str());
  EXPECT_EQ(found.code, 4);
  EXPECT_EQ(found.err,
            "racelab: disk/x.schedule: No space left on device; the schedule that was not "
            "written:\n" +
                kAsFound);
  EXPECT_FALSE(half_written);
}

// ---------------------------------------------------------------------------------------------
// Interruptions

TEST_F(ExploreCommand, EndsWithItsSummaryOnControlC) {
  Process exploring{racelab({"explore", "count/bankrace:n=6", "--all"}), surroundings()};
  exploring.wait_for("recorded in");
  exploring.interrupt();
  const Finished found = exploring.wait();
  EXPECT_EQ(found.code, 130);
  EXPECT_THAT(found.out, HasSubstr("failed; not complete: interrupted\n"));
  EXPECT_THAT(found.out, HasSubstr("continue it:  racelab explore --resume "
                                   "count-bankrace-n-6.checkpoint\n"));
}

TEST_F(ExploreCommand, KeepsWhatItFoundBeforeControlC) {
  Process exploring{racelab({"explore", "count/bankrace:n=5", "--all"}), surroundings()};
  exploring.wait_for("recorded in");
  exploring.interrupt();
  EXPECT_EQ(exploring.wait().code, 130);
  EXPECT_EQ(run_racelab({"replay", "count-bankrace-n-5.schedule"}).code, 0);
}

TEST_F(ExploreCommand, SurvivesAReaderThatGoesAway) {
  Process exploring{racelab({"explore", "bank/double-spend", "--all"}), surroundings()};
  exploring.close_out();
  const Finished found = exploring.wait();
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(found.err, "");
  EXPECT_EQ(run_racelab({"replay", "bank-double-spend.schedule"}).code, 0);
  EXPECT_EQ(files(), 1U);
}

TEST_F(ExploreCommand, SurvivesClosedStandardFiles) {
  Surroundings closed = surroundings();
  closed.before = [] {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  };
  EXPECT_EQ(run(racelab({"explore", "bank/double-spend"}), closed).code, 1);
  EXPECT_EQ(read("bank-double-spend.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, SaysWhereItsOutputCouldNotBeWritten) {
  for (const char* const command : {"list", "explore bank/double-spend"}) {
    const std::string line = std::string{RACELAB_COMMAND} + " " + command + " >/dev/full";
    const Finished full = run({"/bin/sh", "-c", line}, surroundings());
    EXPECT_EQ(full.code, 4) << command;
    EXPECT_EQ(full.err, "racelab: standard output: No space left on device\n") << command;
  }
  EXPECT_EQ(read("bank-double-spend.schedule"), kDoubleSpend);
}

TEST_F(ExploreCommand, ShowsProgressOnATerminalOnly) {
  const std::vector<std::string> command =
      racelab({"explore", "count/bankrace:n=6", "--all", "--time", "0.5"});
  Surroundings terminal = surroundings();
  terminal.terminal = true;
  terminal.before = [] { ::setenv("TERM", "xterm", 1); };
  const std::string progress = run(command, terminal).err;
  EXPECT_THAT(progress, HasSubstr("executions, "));
  EXPECT_THAT(progress, Not(HasSubstr("\033"))) << "NO_COLOR may be set";
  terminal.before = [] { ::setenv("TERM", "dumb", 1); };
  EXPECT_EQ(run(command, terminal).err, "");
  EXPECT_EQ(run(command, surroundings()).err, "");
}

}  // namespace
}  // namespace racelab_test
