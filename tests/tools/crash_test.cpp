// Code under test that crashes or hangs: the execution is recorded and can be replayed.

#include <chrono>
#include <string>

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

constexpr const char* kHangTime = "0.5";

class CrashingCode : public InFreshDirectory {
 protected:
  /// Explores and expects `outcome`, recorded in `file` and replayed.
  void expect_recorded(const std::string& scenario, const std::string& file,
                       const std::string& outcome) const {
    const Finished found = run_crashing({"explore", scenario, "--hang-time", kHangTime});
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(found.err, "");
    EXPECT_THAT(found.out, HasSubstr("FAILED  " + outcome + "\n"));
    EXPECT_THAT(found.out, HasSubstr("replay it:  crashing_scenarios replay " + file + "\n"));
    EXPECT_THAT(read(file), HasSubstr("\nexpect    " + outcome + "\n"));
    const Finished replayed = run_crashing({"replay", file, "--hang-time", kHangTime});
    EXPECT_EQ(replayed.code, 0) << replayed.out << replayed.err;
    EXPECT_THAT(replayed.out, HasSubstr("the recorded outcome happened again\n"));
  }
};

TEST_F(CrashingCode, ThatReadsNowhereIsRecorded) {
  expect_recorded("crash/segmentation-fault", "crash-segmentation-fault.schedule",
                  "crash SIGSEGV in task 2");
  EXPECT_THAT(read("crash-segmentation-fault.schedule"),
              HasSubstr("\n1 store x = 1\n2 load x = 1\nend\n"));
}

TEST_F(CrashingCode, ThatAbortsIsRecorded) {
  expect_recorded("crash/abort", "crash-abort.schedule", "crash SIGABRT in task 2");
}

TEST_F(CrashingCode, ThatOverflowsItsStackIsRecorded) {
  expect_recorded("crash/stack-overflow", "crash-stack-overflow.schedule",
                  "crash stack overflow in task 2");
}

TEST_F(CrashingCode, ThatNeedsMoreStackIsGivenMore) {
  expect_recorded("deep/megabyte", "deep-megabyte.schedule", "crash stack overflow in task 2");
  const Finished found = run_crashing({"explore", "deep/megabyte", "--stack-kib", "8192"});
  EXPECT_EQ(found.code, 0) << found.out << found.err;
  const Finished replayed =
      run_crashing({"replay", "deep-megabyte.schedule", "--stack-kib", "8192"});
  EXPECT_EQ(replayed.code, 1) << replayed.out << replayed.err;
}

TEST_F(CrashingCode, ThatExitsIsRecorded) {
  expect_recorded("crash/exit", "crash-exit.schedule", "crash exit(3) was called in task 2");
}

TEST_F(CrashingCode, ThatLoopsForEverIsRecorded) {
  expect_recorded("hang/endless-loop", "hang-endless-loop.schedule",
                  "hang endless loop without a scheduling point in task 2");
}

TEST_F(CrashingCode, ThatThrowsIsRecorded) {
  expect_recorded("fail/uncaught-exception", "fail-uncaught-exception.schedule",
                  "uncaught-exception nobody catches this");
}

TEST_F(CrashingCode, ThatFailsBeforeItCrashesIsRecordedAsItsFailure) {
  const Finished found = run_crashing({"explore", "crash/after-a-failure"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("FAILED  invariant \"x is small\"\n"));
  EXPECT_THAT(found.out, HasSubstr("A process was ended by its last execution (SIGABRT)"));
  EXPECT_THAT(found.out, Not(HasSubstr("not deterministic")));
  EXPECT_EQ(run_crashing({"replay", "crash-after-a-failure.schedule"}).code, 0);
}

TEST_F(CrashingCode, DivergesAsUsualWhereItCrashesWhenStopped) {
  ASSERT_EQ(run_crashing({"explore", "crash/after-a-failure"}).code, 1);
  write("other.schedule", replaced(read("crash-after-a-failure.schedule"), "1 store x = 2",
                                   "1 store x = 2\n1 load x"));
  write("other.schedule", replaced(read("other.schedule"), "1 store x = 2\n", ""));
  const Finished replayed = run_crashing({"replay", "other.schedule"});
  EXPECT_EQ(replayed.code, 3);
  EXPECT_THAT(replayed.out, HasSubstr("DIVERGED  other.schedule:6: step 1: "));
}

TEST_F(CrashingCode, DoesNotTakeEarlierFailuresWithIt) {
  const Finished found = run_crashing({"explore", "crash/and-failure", "--all"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("FAILED  assertion \"seen != 2\"\n"));
  EXPECT_THAT(found.out, HasSubstr("recorded in crash-and-failure.schedule\n"));
  EXPECT_THAT(found.out, HasSubstr("FAILED  crash SIGABRT in task 2\n"));
  EXPECT_THAT(found.out, HasSubstr("recorded in crash-and-failure-2.schedule\n"));
  EXPECT_EQ(run_crashing({"replay", "crash-and-failure.schedule"}).code, 0);
  EXPECT_EQ(run_crashing({"replay", "crash-and-failure-2.schedule"}).code, 0);
}

TEST_F(CrashingCode, IsReportedAsJson) {
  const Finished found = run_crashing({"explore", "crash/abort", "--json"});
  EXPECT_EQ(found.code, 1);
  const json report = json::parse(found.out);
  EXPECT_EQ(report.at("complete"), false);
  EXPECT_EQ(report.at("first_failure").at("kind"), "crash");
  EXPECT_EQ(report.at("first_failure").at("message"), "SIGABRT in task 2");
  const Finished replayed = run_crashing({"replay", "crash-abort.schedule", "--json"});
  EXPECT_EQ(json::parse(replayed.out).at("same"), true);
}

TEST_F(CrashingCode, SpinsUpToTheStepBoundAndReplaysWithoutBeingToldTheBound) {
  const Finished found = run_crashing({"explore", "hang/livelock", "--steps", "500"});
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out, HasSubstr("FAILED  step-bound more than "));
  EXPECT_THAT(found.out, HasSubstr("        task 1 spins on b"));
  EXPECT_THAT(found.out, HasSubstr("FAILS BECAUSE  livelock\n"));
  EXPECT_THAT(found.out, Not(HasSubstr("left out")));
  EXPECT_EQ(run_crashing({"replay", "hang-livelock.schedule"}).code, 0);
  EXPECT_THAT(run_crashing({"show", "hang-livelock.schedule"}).out, Not(HasSubstr("left out")));
}

TEST_F(CrashingCode, StopsAtCtrlCInTheMiddleOfAnExecution) {
  Process process{crashing({"explore", "hang/endless-steps", "--steps", "50000000", "--strategy",
                            "random", "--executions", "1"}),
                  surroundings()};
  process.wait_for("strategy random");
  process.interrupt();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(process.wait().code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{3});
}

TEST_F(CrashingCode, ReplaysMoreStepsThanTheUsualBound) {
  const Finished found =
      run_crashing({"explore", "hang/livelock", "--steps", "20000", "--no-shrink"});
  EXPECT_EQ(found.code, 1);
  EXPECT_EQ(run_crashing({"replay", "hang-livelock.schedule"}).code, 0);
}

TEST_F(CrashingCode, ThatSpinsShrinksToWhatReplays) {
  ASSERT_EQ(run_crashing({"explore", "hang/livelock", "--steps", "50"}).code, 1);
  const Finished shrunk = run_crashing({"shrink", "hang-livelock.schedule"});
  EXPECT_EQ(shrunk.code, 0) << shrunk.err;
  EXPECT_EQ(run_crashing({"replay", "hang-livelock-shrunk.schedule"}).code, 0);
}

TEST_F(CrashingCode, ThatIsNotDeterministicIsNoFailure) {
  const Finished found = run_crashing({"explore", "odd/nondeterministic"});
  EXPECT_EQ(found.code, 4);
  EXPECT_THAT(found.out, HasSubstr("NOT DETERMINISTIC  execution 1: run twice with the same "
                                   "choices, it did something else at step 4: expected task 3: "
                                   "store y; got task 3: store y, with another result\n"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(CrashingCode, ThatDoesNotInterleaveIsNoPass) {
  const Finished found = run_crashing({"explore", "odd/one-after-the-other"});
  EXPECT_EQ(found.code, 4);
  EXPECT_THAT(found.out, HasSubstr("NOTHING INTERLEAVED"));
}

}  // namespace
}  // namespace racelab_test
