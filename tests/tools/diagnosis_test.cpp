// Shrinking, causes, `compare`, `replay --follow` and coverage; see docs/explain.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// ---------------------------------------------------------------------------------------------
// The cause of each known bug, as an expert would state it

struct KnownCause {
  const char* scenario;
  const char* pattern;
  std::vector<std::string> orders;
};

void PrintTo(const KnownCause& known, std::ostream* out) {
  *out << known.scenario;
}

class Cause : public InFreshDirectory, public testing::WithParamInterface<KnownCause> {};

TEST_P(Cause, IsNamedWhereExploringEnds) {
  const KnownCause& known = GetParam();
  const Finished found = run_racelab({"explore", known.scenario, "--strategy", "dpor", "--json"});
  EXPECT_EQ(found.code, 1);
  const json failure = json::parse(found.out).at("first_failure");
  EXPECT_EQ(failure.at("cause").at("pattern"), known.pattern);
  EXPECT_EQ(failure.at("cause").at("necessary").get<std::vector<std::string>>(), known.orders);
  EXPECT_EQ(failure.at("shrunk").at("fewest_preemptions"), true);
  // The written schedule replays to the same failure.
  const Finished replayed = run_racelab({"replay", failure.at("schedule").get<std::string>()});
  EXPECT_EQ(replayed.code, 0) << replayed.out;
}

TEST_P(Cause, FitsOnAScreen) {
  const Finished found = run_racelab({"explore", GetParam().scenario, "--strategy", "dpor"});
  const std::size_t begin = found.out.find("\nFAILS BECAUSE  " + std::string{GetParam().pattern});
  ASSERT_NE(begin, std::string::npos) << found.out;
  const auto lines =
      std::count(found.out.begin() + static_cast<std::ptrdiff_t>(begin) + 1, found.out.end(), '\n');
  EXPECT_LE(lines, 24);
  for (std::size_t at = 0, end = 0; at < found.out.size(); at = end + 1) {
    end = std::min(found.out.find('\n', at), found.out.size());
    const bool is_cause = at > begin && found.out.substr(at, 2) == "  ";
    EXPECT_LE(is_cause ? end - at : 0, 100U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bugs, Cause,
    testing::Values(
        KnownCause{"bank/deadlock",
                   "lock-order cycle",
                   {"task 1 locks alice.lock (step 1) before task 2 can",
                    "task 2 locks bob.lock (step 2) before task 1 can"}},
        KnownCause{"bank/double-spend",
                   "check-then-act",
                   {"task 1 reads alice.balance (step 1) before task 2 deducts it (step 3)",
                    "task 2 reads alice.balance (step 2) before task 1 deducts it (step 5)"}},
        KnownCause{"bank/double-spend-3",
                   "check-then-act",
                   {"task 2 reads alice.balance (step 1) before task 1 deducts it (step 3)",
                    "task 1 reads alice.balance (step 2) before task 2 deducts it (step 5)"}},
        KnownCause{"bank/lost-update",
                   "lost update",
                   {"task 1 loads alice.balance (step 2) before task 2 stores it (step 5)",
                    "task 2 loads alice.balance (step 4) before task 1 stores it (step 7)"}},
        KnownCause{"count/ninc",
                   "lost update",
                   {"task 2 loads counter (step 1) before task 1 stores it (step 3)",
                    "task 1 loads counter (step 2) before task 2 stores it (step 4)"}},
        KnownCause{"count/philosophers",
                   "lock-order cycle",
                   {"task 2 locks fork[1] (step 1) before task 1 can",
                    "task 1 locks fork[0] (step 2) before task 2 can"}},
        KnownCause{"example/dining-table",
                   "lock-order cycle",
                   {"task 2 locks fork[1] (step 2) before task 1 can",
                    "task 1 locks fork[0] (step 4) before task 2 can"}},
        KnownCause{"example/late-check",
                   "order violation",
                   {"task 1 stores down (step 1) before task 2 loads it (step 2)"}},
        KnownCause{"example/lock-free-queue",
                   "ABA",
                   {"task 1 loads head (step 4) before task 2 does a compare_exchange on it "
                    "(step 10)",
                    "task 2 does a compare_exchange on head (step 24) before task 1 does a "
                    "compare_exchange on it (step 30)"}},
        KnownCause{"example/rw-cache",
                   "atomicity violation",
                   {"task 1 locks page.mutex shared (step 1) before task 2 locks it (step 3)",
                    "task 2 locks page.mutex (step 3) before task 1 locks it (step 5)"}},
        KnownCause{"example/search-party",
                   "stuck barrier",
                   {"task 1 stores found (step 2) before task 2 loads it (step 4)"}},
        KnownCause{"example/snapshot",
                   "read skew",
                   {"task 2 loads sent (step 2) before task 1 does a fetch_add on it (step 4)",
                    "task 1 does a fetch_add on received (step 7) before task 2 loads it (step "
                    "9)"}},
        KnownCause{"example/thread-pool",
                   "lost wake-up",
                   {"task 1 loads pool.stopping (step 2) before the test body stores it (step 3)",
                    "the test body notifies pool.wake_up (step 4) before task 1 begins to wait "
                    "for it (step 5)"}}),
    [](const auto& row) {
      std::string name = row.param.scenario;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
      return name;
    });

// ---------------------------------------------------------------------------------------------
// shrink

class Diagnosis : public InFreshDirectory {
 protected:
  void explore(const std::vector<std::string>& arguments) const {
    ASSERT_EQ(run_racelab(arguments).code, 1);
  }
};

class ShrinkCommand : public Diagnosis {
 protected:
  /// The schedule of a failure that a random search found.
  std::string found_at_random(const std::string& scenario) {
    explore({"explore", scenario, "--strategy", "random", "--seed", "3", "--no-shrink", "--out",
             "x.schedule"});
    return read("x.schedule");
  }
};

TEST_F(ShrinkCommand, WritesBesideWhatItIsGiven) {
  const std::string before = found_at_random("bank/double-spend-3");
  const Finished shrunk = run_racelab({"shrink", "x.schedule"});
  EXPECT_EQ(shrunk.code, 0) << shrunk.err;
  EXPECT_EQ(read("x.schedule"), before);
  EXPECT_THAT(shrunk.out, HasSubstr("\nFAILS BECAUSE  check-then-act\n"));
  EXPECT_THAT(shrunk.out, HasSubstr(" to 1 preemption, 2 tasks, 5 steps of a smaller program ("));
  EXPECT_THAT(shrunk.out,
              HasSubstr("\nno execution of it with fewer preemptions fails in this way: all "
                        "were run\n"));
  EXPECT_THAT(shrunk.out, HasSubstr("\nrecorded in x-shrunk.schedule\n"
                                    "replay it:  racelab replay x-shrunk.schedule\n"
                                    "look at it:  racelab show x-shrunk.schedule\n"));
  EXPECT_EQ(run_racelab({"replay", "x-shrunk.schedule"}).code, 0);
}

TEST_F(ShrinkCommand, GivesTheSameAgain) {
  found_at_random("example/thread-pool");
  const Finished one = run_racelab({"shrink", "x.schedule"});
  const std::string schedule = read("x-shrunk.schedule");
  const Finished other = run_racelab({"shrink", "x.schedule"});
  EXPECT_THAT(other.out, HasSubstr("\nalready recorded in x-shrunk.schedule\n"));
  EXPECT_EQ(read("x-shrunk.schedule"), schedule);
  EXPECT_EQ(one.out.substr(0, one.out.find("\nrecorded")),
            other.out.substr(0, other.out.find("\nalready")));
}

TEST_F(ShrinkCommand, FindsNothingSimplerThanTheSimplest) {
  found_at_random("bank/double-spend");
  ASSERT_EQ(run_racelab({"shrink", "x.schedule", "--out", "y.schedule"}).code, 0);
  const Finished again = run_racelab({"shrink", "y.schedule", "--out", "z.schedule"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("nothing simpler was found: 1 preemption, 2 tasks, 5 steps"));
  EXPECT_EQ(read("z.schedule"), read("y.schedule"));
}

TEST_F(ShrinkCommand, RefusesWhatDoesNotFail) {
  found_at_random("bank/double-spend");
  // A schedule with only a header: the tasks run one after the other.
  const std::string text = read("x.schedule");
  write("y.schedule",
        text.substr(0, text.find("expect")) +
            text.substr(text.find("algorithm"), text.find("\n1 read") - text.find("algorithm")) +
            "\nend\n");
  const Finished refused = run_racelab({"shrink", "y.schedule"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err,
            "racelab: y.schedule: this execution passes: there is no failure to shrink\n");
  EXPECT_EQ(run_racelab({"shrink", "gone.schedule"}).code, 2);
}

TEST_F(ShrinkCommand, IsReportedAsJson) {
  found_at_random("count/ninc:n=4");
  const json report = json::parse(run_racelab({"shrink", "x.schedule", "--json"}).out);
  EXPECT_EQ(report.at("written"), "x-shrunk.schedule");
  EXPECT_EQ(report.at("shrunk").at("scenario"), "count/ninc:n=2");
  EXPECT_EQ(report.at("shrunk").at("after"),
            (json{{"preemptions", 1}, {"tasks", 2}, {"steps", 4}}));
  EXPECT_EQ(report.at("execution").at("cause").at("pattern"), "lost update");
}

TEST_F(ShrinkCommand, ExploringCanDoWithoutIt) {
  const Finished found =
      run_racelab({"explore", "count/ninc", "--no-shrink", "--out", "x.schedule"});
  EXPECT_THAT(found.out, Not(HasSubstr("FAILS BECAUSE")));
  EXPECT_THAT(found.out, HasSubstr("replay it:  racelab replay x.schedule\n"));
  EXPECT_THAT(read("x.schedule"), HasSubstr("found-by  dpor\n"));
}

// ---------------------------------------------------------------------------------------------
// compare

class CompareCommand : public InFreshDirectory {};

TEST_F(CompareCommand, TellsWhatBecomesOfEachFailingInterleaving) {
  const Finished compared = run_racelab({"compare", "bank/double-spend", "bank/locked"});
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_THAT(compared.out,
              HasSubstr("bank/double-spend  8 traces, 6 fail; complete\n"
                        "bank/locked        2 traces, none fails; complete\n"
                        "\n"
                        "the 6 interleavings that fail on bank/double-spend, followed on "
                        "bank/locked:\n"
                        "       6  no longer fails: task 2 waits to lock alice.lock\n"));
}

TEST_F(CompareCommand, TellsWhatStillFails) {
  const Finished compared = run_racelab({"compare", "count/ninc:n=2", "count/ninc:n=3", "--json"});
  EXPECT_EQ(compared.code, 1);
  const json report = json::parse(compared.out);
  EXPECT_EQ(report.at("before").at("failures"), 2);
  EXPECT_EQ(report.at("followed"), 2);
  std::uint64_t still = 0;
  for (const json& fate : report.at("fates")) {
    if (fate.at("fate") == "still fails") still += fate.at("count").get<std::uint64_t>();
  }
  EXPECT_EQ(still, 2U);
}

TEST_F(CompareCommand, HasNothingToFollowWhereNothingFails) {
  const Finished compared = run_racelab({"compare", "bank/locked", "bank/optimistic"});
  EXPECT_EQ(compared.code, 0);
  EXPECT_THAT(compared.out, HasSubstr("no interleaving of bank/locked fails"));
  EXPECT_EQ(run_racelab({"compare", "bank/locked", "bank/gone"}).code, 2);
}

// ---------------------------------------------------------------------------------------------
// replay --follow

class FollowCommand : public Diagnosis {};

TEST_F(FollowCommand, SaysThatAFixedBugNoLongerFails) {
  explore({"explore", "bank/double-spend", "--out", "x.schedule"});
  const Finished followed =
      run_racelab({"replay", "x.schedule", "--follow", "--scenario", "bank/locked"});
  EXPECT_EQ(followed.code, 1);
  EXPECT_THAT(followed.out, HasSubstr("\nit no longer fails\n"
                                      "  put off   x.schedule:11: 2 read alice.balance = 1000.00\n"
                                      "  left out  x.schedule:12: 2 deduct alice.balance = "
                                      "200.00\n"));
  const Finished strict = run_racelab({"replay", "x.schedule", "--scenario", "bank/locked"});
  EXPECT_EQ(strict.code, 3);
  EXPECT_THAT(strict.out, HasSubstr("DIVERGED  x.schedule:10: step 1: "));
}

TEST_F(FollowCommand, FindsTheSameFailureWhereNothingHasChanged) {
  explore({"explore", "bank/double-spend", "--out", "x.schedule"});
  const Finished followed = run_racelab({"replay", "x.schedule", "--follow", "--times", "5"});
  EXPECT_EQ(followed.code, 0);
  EXPECT_THAT(followed.out, HasSubstr("the recorded outcome happened again\n"
                                      "5 of 5 replays were the same, bit for bit\n"));
}

TEST_F(FollowCommand, SaysWhereNothingFits) {
  explore({"explore", "bank/double-spend", "--out", "x.schedule"});
  const Finished other =
      run_racelab({"replay", "x.schedule", "--follow", "--scenario", "count/sb"});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.out, HasSubstr("DIVERGED  x.schedule:10: step 1: the program made none of the "
                                   "steps of the schedule; check that the schedule was recorded "
                                   "on this program\n"));
  const Finished none = run_racelab({"replay", "x.schedule", "--scenario", "bank/nowhere"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("; `racelab list` shows all\n"));
}

TEST_F(FollowCommand, IsSaidByTheFileItself) {
  explore({"explore", "bank/double-spend", "--out", "x.schedule"});
  std::string text = read("x.schedule");
  text.replace(text.find("strict"), 6, "follow");
  write("y.schedule", text);
  const json report = json::parse(run_racelab({"replay", "y.schedule", "--json"}).out);
  EXPECT_EQ(report.at("mode"), "follow");
  EXPECT_EQ(report.at("same"), true);
}

// ---------------------------------------------------------------------------------------------
// Coverage

class Covered : public InFreshDirectory {};

TEST_F(Covered, NamesOrdersThatWereNeverSeen) {
  const Finished passed = run_racelab({"explore", "bank/locked", "--strategy", "dpor"});
  EXPECT_EQ(passed.code, 0);
  EXPECT_THAT(passed.out,
              HasSubstr("seen in both orders: 1 of 3 pairs of conflicting operations, in 2 "
                        "executions\n"
                        "  never  task 2 reads alice.balance before task 1 deducts alice.balance\n"
                        "  never  task 1 reads alice.balance before task 2 deducts "
                        "alice.balance\n"));
}

TEST_F(Covered, IsReportedAsJson) {
  const json report =
      json::parse(run_racelab({"explore", "count/readers", "--strategy", "dpor", "--json"}).out);
  EXPECT_EQ(report.at("coverage"),
            (json{{"executions", 8}, {"pairs", 3}, {"never", json::array()}}));
  const json failed = json::parse(run_racelab({"explore", "count/ninc", "--json"}).out);
  EXPECT_EQ(failed.at("coverage"), nullptr);
}

}  // namespace
}  // namespace racelab_test
