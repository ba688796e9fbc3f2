// `racelab replay` and `racelab show` as users run them.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A schedule written by hand: with other accounts and comments, and without a scenario.
constexpr const char* kByHand =
    "racelab schedule 1\n"
    "\n"
    "# Both see 50, both take 30.\n"
    "expect    invariant \"no account is negative\": dora = -10.00\n"
    "task      1 transfer dora erik 30\n"
    "task      2 transfer dora erik 30.5\n"
    "start     dora 50.5   erik 0\n"
    "algorithm check-then-act\n"
    "1 read dora.balance\n"
    "2 read dora.balance = 50.50\n"
    "1 deduct dora.balance\n"
    "2 deduct dora.balance\n"
    "end\n";

class ReplayCommand : public InFreshDirectory {
 protected:
  /// Replays a file with this text.
  [[nodiscard]] Finished replay(std::string_view text) const {
    write("x.schedule", text);
    return run_racelab({"replay", "x.schedule"});
  }
  /// The schedule that `explore` records for a scenario.
  [[nodiscard]] std::string recorded(const std::string& scenario) const {
    EXPECT_EQ(run_racelab({"explore", scenario, "--out", "recorded.schedule"}).code, 1);
    return read("recorded.schedule");
  }
};

// ---------------------------------------------------------------------------------------------
// The recorded outcome and other outcomes

TEST_F(ReplayCommand, RepeatsARecordedFailure) {
  const Finished replayed = replay(recorded("bank/double-spend"));
  EXPECT_EQ(replayed.code, 0);
  EXPECT_EQ(replayed.err, "");
  EXPECT_THAT(replayed.out,
              StartsWith("FAILED  invariant \"no account is negative\": alice = -600.00\n"));
  EXPECT_THAT(replayed.out, HasSubstr("\nthe recorded outcome happened again\n"));
}

TEST_F(ReplayCommand, RepeatsItAThousandTimes) {
  write("x.schedule", recorded("bank/deadlock"));
  const Finished replayed = run_racelab({"replay", "x.schedule", "--times", "1000"});
  EXPECT_EQ(replayed.code, 0);
  EXPECT_THAT(replayed.out, HasSubstr("\n1000 of 1000 replays were the same, bit for bit\n"));
}

TEST_F(ReplayCommand, ReadsABanksScheduleThatWasWrittenByHand) {
  const Finished replayed = replay(kByHand);
  EXPECT_EQ(replayed.code, 0) << replayed.out << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("transfer dora erik 30.50"));
  EXPECT_THAT(replayed.out, HasSubstr("dora -10.00   erik 0.00"));
}

TEST_F(ReplayCommand, AcceptsAScheduleThatExpectsNothing) {
  const Finished replayed = replay(
      "racelab schedule 1\nalgorithm check-then-act\nstart a 1 b 1\ntask 1 transfer a b 1\nend\n");
  EXPECT_EQ(replayed.code, 0);
  EXPECT_THAT(replayed.out, HasSubstr("the schedule names no outcome to expect\n"
                                      "after the end of the schedule, 3 more choices were made"));
}

TEST_F(ReplayCommand, SaysThatAFailureNoLongerHappens) {
  const Finished replayed = replay(replaced(kByHand, "30.5\n", "20.50\n"));
  EXPECT_EQ(replayed.code, 1);
  EXPECT_THAT(replayed.out,
              HasSubstr("ANOTHER OUTCOME\n"
                        "  expected  invariant \"no account is negative\": dora = -10.00\n"
                        "  found     passed\n"
                        "it no longer fails\n"));
}

TEST_F(ReplayCommand, SaysThatItFailsInAnotherWay) {
  const Finished replayed = replay(replaced(kByHand, "30.5\n", "40.50\n"));
  EXPECT_EQ(replayed.code, 1);
  EXPECT_THAT(replayed.out, HasSubstr("  found     invariant \"no account is negative\": dora = "
                                      "-20.00\n"));
  EXPECT_THAT(replayed.out, Not(HasSubstr("no longer")));
}

TEST_F(ReplayCommand, NamesTheStepAndLineWhereTheScheduleIsImpossible) {
  const Finished replayed =
      replay(replaced(kByHand, "2 deduct dora.balance\n", "2 credit erik.balance\n"));
  EXPECT_EQ(replayed.code, 3);
  EXPECT_EQ(replayed.out,
            "DIVERGED  x.schedule:12: step 4: expected credit erik.balance by task 2; it is about "
            "to deduct dora.balance\n");
}

TEST_F(ReplayCommand, NamesTheStepOfAValueThatIsAnother) {
  const Finished replayed = replay(replaced(kByHand, "= 50.50", "= 50.5"));
  EXPECT_EQ(replayed.code, 3);
  EXPECT_EQ(replayed.out,
            "DIVERGED  x.schedule:10: step 2: expected read dora.balance by task 2 to give 50.5; "
            "it gave 50.50\n");
}

TEST_F(ReplayCommand, ShowsNoControlCharactersOfAFile) {
  const Finished replayed = replay(replaced(kByHand, "1 deduct dora", "1 deduct \\x1b[31mdora"));
  EXPECT_EQ(replayed.code, 3);
  EXPECT_THAT(replayed.out, HasSubstr("deduct ?[31mdora.balance by task 1"));
}

TEST_F(ReplayCommand, PrintsJson) {
  write("x.schedule", kByHand);
  const Finished replayed = run_racelab({"replay", "x.schedule", "--json"});
  EXPECT_EQ(replayed.code, 0);
  const json report = json::parse(replayed.out);
  EXPECT_EQ(report.at("same"), true);
  EXPECT_EQ(report.at("expected"), report.at("found"));
  EXPECT_EQ(report.at("outcome").at("kind"), "invariant");
  EXPECT_EQ(report.at("divergence"), nullptr);
  EXPECT_EQ(report.at("steps"), 4);
  EXPECT_EQ(report.at("events").size(), 6U);  // with two checks
}

TEST_F(ReplayCommand, PrintsJsonOfADivergence) {
  write("x.schedule", replaced(kByHand, "1 deduct", "3 deduct"));
  const Finished replayed = run_racelab({"replay", "x.schedule", "--json"});
  EXPECT_EQ(replayed.code, 3);
  const json divergence = json::parse(replayed.out).at("divergence");
  EXPECT_EQ(divergence.at("step"), 3);
  EXPECT_EQ(divergence.at("line"), 11);
  EXPECT_EQ(divergence.at("message"),
            "expected deduct dora.balance by task 3, which cannot run here; task 1 is about to "
            "deduct dora.balance, task 2 is about to deduct dora.balance");
}

TEST_F(ReplayCommand, EndsOnControlC) {
  write("x.schedule", kByHand);
  Process replaying{
      {"/bin/sh", "-c",
       "echo ready; exec " + std::string{RACELAB_COMMAND} + " replay x.schedule --times 1000000"},
      surroundings()};
  replaying.wait_for("ready\n");
  ::usleep(100'000);
  replaying.interrupt();
  EXPECT_EQ(replaying.wait().code, 130);
}

// ---------------------------------------------------------------------------------------------
// Files that are not schedules

TEST_F(ReplayCommand, RefusesAFileThatIsNotThere) {
  for (const char* const command : {"replay", "show"}) {
    const Finished refused = run_racelab({command, "gone.schedule"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(refused.err, "racelab: gone.schedule: No such file or directory\n");
  }
}

TEST_F(ReplayCommand, RefusesADirectory) {
  const Finished refused = run_racelab({"replay", "."});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err, "racelab: .: Is a directory\n");
}

TEST_F(ReplayCommand, RefusesAFileThatMayNotBeRead) {
  write("x.schedule", kByHand);
  ::chmod((here() / "x.schedule").c_str(), 0);
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const Finished refused = run_racelab({"replay", "x.schedule"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err, "racelab: x.schedule: Permission denied\n");
}

TEST_F(ReplayCommand, RefusesAnEmptyFile) {
  const Finished refused = replay("");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "racelab: x.schedule:1:1: the file is empty: its first line must be \"racelab schedule "
            "1\"\n");
}

TEST_F(ReplayCommand, RefusesABinaryFile) {
  write("x.schedule", read_file(RACELAB_COMMAND).substr(0, 100'000));
  const Finished refused = run_racelab({"replay", "x.schedule"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is this a text file?"));
}

TEST_F(ReplayCommand, RefusesAHugeFile) {
  write("x.schedule", kByHand);
  std::filesystem::resize_file(here() / "x.schedule", std::uintmax_t{1} << 40U);
  const Finished refused = run_racelab({"replay", "x.schedule"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err, "racelab: x.schedule: File too large\n");
}

TEST_F(ReplayCommand, NamesThePlaceOfWhatIsWrongInAFile) {
  const auto refused = [&](std::string_view from, std::string_view to) {
    const Finished finished = replay(replaced(kByHand, from, to));
    EXPECT_EQ(finished.code, 2);
    EXPECT_EQ(finished.out, "");
    return finished.err;
  };
  EXPECT_EQ(refused("1 read dora.balance", "1 read"),
            "racelab: x.schedule:9:7: expected an object, found the end of the line\n");
  EXPECT_EQ(refused("\nend\n", "\n"),
            "racelab: x.schedule:12:22: the file is truncated: a schedule closes with the line "
            "\"end\"\n");
  EXPECT_EQ(refused("check-then-act", "check-and-act"),
            "racelab: x.schedule:8:11: expected one of check-then-act, lost-update, ordered-locks, "
            "request-order-locks, optimistic, got \"check-and-act\"\n");
  EXPECT_EQ(refused("dora 50.5", "dora --50.5"),
            "racelab: x.schedule:7:16: expected an amount of money, as in 1000 or 1000.00, got "
            "\"--50.5\"\n");
  EXPECT_EQ(refused("   erik 0", "   erik"),
            "racelab: x.schedule:7:23: account erik has no balance\n");
  EXPECT_EQ(refused("   erik 0", "   dora 0"),
            "racelab: x.schedule:7:23: account dora is listed twice\n");
  EXPECT_EQ(refused("2 transfer dora erik", "2 transfer dora eric"),
            "racelab: x.schedule:6:27: there is no account \"eric\" in \"start\"\n");
  EXPECT_EQ(refused("2 transfer dora erik", "2 transfer erik erik"),
            "racelab: x.schedule:6:27: the two accounts of a transfer must differ\n");
  EXPECT_EQ(refused("erik 30.5", "erik 0.00"),
            "racelab: x.schedule:6:32: the amount must be positive\n");
  EXPECT_EQ(refused("task      2", "task      3"),
            "racelab: x.schedule:6:11: expected task 2: tasks are numbered from 1, in order\n");
  EXPECT_EQ(refused("erik 30.5\n", "erik 30.5 now\n"),
            "racelab: x.schedule:6:37: expected one of check-then-act, lost-update, ordered-locks, "
            "request-order-locks, optimistic, got \"now\"\n");
  EXPECT_EQ(refused("erik 30.5\n", "erik 30.5 optimistic now\n"),
            "racelab: x.schedule:6:11: expected a line like: task 1 transfer alice bob 800.00\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "past      3 read dora.balance = 50"),
            "racelab: x.schedule:3:11: there is no task 3\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "past      1 reads dora.balance = 50"),
            "racelab: x.schedule:3:13: expected a step of a transfer, got \"reads\"\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "past      1 read dora.balance == 50"),
            "racelab: x.schedule:3:31: unexpected \"==\"\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "until     1 two steps"),
            "racelab: x.schedule:3:13: expected a number up to 4294967295, got \"two\"\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "gives-up  1 2"),
            "racelab: x.schedule:3:11: expected a line like: gives-up 1 2 steps\n");
  EXPECT_EQ(refused("# Both see 50, both take 30.", "lock      x"),
            "racelab: x.schedule:3:11: unknown header \"lock\"; the headers of a bank's schedule "
            "are algorithm, start, task, past, until, gives-up\n");
  EXPECT_EQ(refused("algorithm check-then-act\n", ""),
            "racelab: x.schedule:7:11: the line \"algorithm\" is missing\n");
}

TEST_F(ReplayCommand, RefusesMoreAccountsThanASumCanHold) {
  std::string accounts;
  for (int i = 0; i < 1100; ++i) accounts += " a" + std::to_string(i) + " 90071992547409.91";
  const Finished refused = replay(replaced(kByHand, "   erik 0", "   erik 0" + accounts));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr(": expected at most 500 accounts\n"));
}

TEST_F(ReplayCommand, RefusesAnAccountThatWouldUpsetATerminal) {
  const Finished refused = replay(replaced(kByHand, "   erik 0", "   er\\x0aik 0"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "racelab: x.schedule:7:23: an account's name must not contain control characters\n");
}

TEST_F(ReplayCommand, NamesThePlaceOfAScenarioThatIsNotThere) {
  const Finished refused = replay("racelab schedule 1\nscenario bank/lokced\nend\n");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "racelab: x.schedule:2:10: there is no scenario \"bank/lokced\"; did you mean "
            "bank/locked?\n");
}

// ---------------------------------------------------------------------------------------------
// show

class ShowCommand : public ReplayCommand {};

TEST_F(ShowCommand, ShowsTheHeaderAndTheTimeline) {
  write("x.schedule", recorded("bank/double-spend"));
  const Finished shown = run_racelab({"show", "x.schedule"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, StartsWith("scenario  bank/double-spend\nfound by  dpor, shrunk\n"
                                    "algorithm check-then-act\n"));
  EXPECT_THAT(shown.out,
              HasSubstr("    1  read alice.balance = 1000.00 [a>]\n"
                        "       check 1000.00 >= 800.00? yes\n"
                        "    2~                                      read alice.balance = 1000.00 "
                        "[b>]\n"));
  EXPECT_THAT(shown.out,
              HasSubstr("    5  deduct alice.balance = -600.00 [>b]  <-- fails here\n"
                        "    ~  a preemption: the task before could have continued\n"
                        "\n"
                        "FAILS BECAUSE  check-then-act\n"
                        "    a   task 1 reads alice.balance (step 1) before task 2 deducts it "
                        "(step 3), and\n"
                        "    b   task 2 reads alice.balance (step 2) before task 1 deducts it "
                        "(step 5).\n"
                        "        Each of these orders is necessary: no execution with it alone "
                        "reversed fails in this way (5\n"
                        "        executions were run, all there are).\n"));
}

TEST_F(ShowCommand, DoesNotMindAnotherOutcome) {
  write("x.schedule", replaced(kByHand, "30.5\n", "20.50\n"));
  const Finished shown = run_racelab({"show", "x.schedule"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("\nPASSED\n"));
}

TEST_F(ShowCommand, SaysWhereAScheduleDoesNotFit) {
  write("x.schedule", replaced(kByHand, "1 deduct", "3 deduct"));
  const Finished shown = run_racelab({"show", "x.schedule"});
  EXPECT_EQ(shown.code, 3);
  EXPECT_THAT(shown.out, HasSubstr("DIVERGED  x.schedule:11: step 3: "));
}

}  // namespace
}  // namespace racelab_test
