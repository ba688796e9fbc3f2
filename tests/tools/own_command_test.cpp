// racelab::main in programs with their own scenarios.

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

class OwnCommand : public InFreshDirectory {};

TEST_F(OwnCommand, HasOnlyItsOwnScenarios) {
  const Finished listed = run_crashing({"list"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_THAT(listed.out, HasSubstr("\ncrash/abort "));
  EXPECT_THAT(listed.out, testing::Not(HasSubstr("bank/")));
  EXPECT_THAT(listed.out, testing::Not(HasSubstr("count/")));
}

TEST_F(OwnCommand, IsNamedInWhatItSays) {
  const Finished refused = run_crashing({"explore", "crash/abrot"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "crashing_scenarios: there is no scenario \"crash/abrot\"; did you mean crash/abort?; "
            "`crashing_scenarios list` shows all\n");
  EXPECT_THAT(run_crashing({"--help"}).out, HasSubstr("Usage: crashing_scenarios "));
  EXPECT_THAT(run_crashing({"--version"}).out,
              ContainsRegex("^racelab [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(OwnCommand, SaysHowToReplayAsItWasStarted) {
  const std::string spaced = (here() / "my tests").string();
  ASSERT_EQ(::symlink(RACELAB_CRASHING, spaced.c_str()), 0);
  Surroundings by_path = surroundings();
  by_path.by_name = false;
  const Finished found = run({spaced, "explore", "fail/uncaught-exception"}, by_path);
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.out,
              HasSubstr("replay it:  '" + spaced + "' replay fail-uncaught-exception.schedule\n"));
  const Finished refused = run({spaced, "replay", "gone"}, by_path);
  EXPECT_EQ(refused.err, "my tests: gone: No such file or directory\n");
}

TEST_F(OwnCommand, WithoutAScenarioSaysHowToRegisterOne) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"list"}, {"list", "--json"}, {"explore", "x"}}) {
    std::vector<std::string> command = arguments;
    command.insert(command.begin(), RACELAB_NO_SCENARIOS);
    const Finished refused = run(command, surroundings());
    EXPECT_EQ(refused.code, 4);
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, StartsWith("no_scenarios: no scenario is registered in this program. "
                                        "Put RACELAB_SCENARIO (sim/registration.hpp) into"));
  }
  EXPECT_EQ(run({RACELAB_NO_SCENARIOS, "--help"}, surroundings()).code, 0);
}

TEST_F(OwnCommand, RefusesAnythingWhereANameIsRegisteredTwice) {
  for (const char* const command : {"list", "selfcheck"}) {
    const Finished refused = run({RACELAB_REGISTERED_TWICE, command}, surroundings());
    EXPECT_EQ(refused.code, 4) << command;
    EXPECT_EQ(refused.out, "") << command;
    EXPECT_THAT(refused.err,
                ContainsRegex("^registered_twice: scenario mine/twice is registered twice: at "
                              ".*registered_twice\\.cpp:12 and at "
                              ".*registered_twice\\.cpp:13\n$"));
  }
}

TEST_F(OwnCommand, HasTheCommandsThatItRegisters) {
  const Finished counted = run({RACELAB_REGISTERED_TWICE, "count", "a", "b"}, surroundings());
  EXPECT_EQ(counted.code, 7);
  EXPECT_EQ(counted.out, "3 count\n");
  EXPECT_THAT(run({RACELAB_REGISTERED_TWICE, "--help"}, surroundings()).out,
              ContainsRegex("count +counts arguments\n"));
}

TEST_F(OwnCommand, RefusesACommandThatIsThereAlready) {
  Surroundings shadowed = surroundings();
  shadowed.before = [] { ::setenv("SHADOW_LIST", "1", 1); };
  for (const char* const command : {"list", "count", "--help"}) {
    const Finished refused = run({RACELAB_REGISTERED_TWICE, command}, shadowed);
    EXPECT_EQ(refused.code, 4) << command;
    EXPECT_EQ(refused.err,
              "registered_twice: the command \"list\" is registered twice, or its name is not "
              "a valid name for a command\n")
        << command;
  }
}

}  // namespace
}  // namespace racelab_test
