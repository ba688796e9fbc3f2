// What the command prints does not mix with what the code under test prints, and names and values
// of the code under test cannot control a terminal.

#include <string>
#include <vector>

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

class Output : public InFreshDirectory {};

TEST_F(Output, OfTheCodeUnderTestGoesToStandardError) {
  const std::vector<std::vector<std::string>> commands = {
      {"explore", "output/lines", "--json"},
      {"explore", "output/lines", "--json", "--jobs", "2", "--all"},
      {"replay", "output-lines.schedule", "--json"},
      {"replay", "output-lines.schedule", "--json", "--debug"},
      {"replay", "output-lines.schedule", "--json", "--times", "3"},
      {"show", "output-lines.schedule", "--json"},
      {"shrink", "output-lines.schedule", "--json"},
      {"compare", "output/lines", "output/lines", "--json"},
  };
  for (const std::vector<std::string>& command : commands) {
    const Finished found = run_crashing(command);
    EXPECT_TRUE(json::accept(found.out)) << command.front() << ": " << found.out;
    EXPECT_THAT(found.err, HasSubstr("printed by the body")) << command.front();
  }
}

TEST_F(Output, EscapesControlCharactersOfNamesAndMarks) {
  const Finished found = run_crashing({"explore", "output/escapes"});
  EXPECT_EQ(found.code, 1) << found.err;
  EXPECT_THAT(found.out, HasSubstr("x\\x1b[31m\\ny"));
  EXPECT_THAT(found.out, HasSubstr("say \\x1b]0;title\\x07"));
  for (const Finished& one : {found, run_crashing({"replay", "output-escapes.schedule"}),
                              run_crashing({"show", "output-escapes.schedule"})}) {
    EXPECT_THAT(one.out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(one.out, Not(HasSubstr("\a")));
  }
  EXPECT_EQ(run_crashing({"replay", "output-escapes.schedule"}).code, 0);
}

TEST_F(Output, ANameThatIsTooLongForAFileIsShortened) {
  std::string name = "output/a-name-that-is-too-long-for-a-file";
  for (int i = 0; i < 6; ++i) name += "-a-name-that-is-too-long-for-a-file";
  const Finished found = run_crashing({"explore", name, "--json"});
  EXPECT_EQ(found.code, 1) << found.err;
  const std::string file = json::parse(found.out).at("first_failure").at("schedule");
  EXPECT_TRUE(exists(file)) << file;
  EXPECT_EQ(run_crashing({"replay", file}).code, 0);
}

}  // namespace
}  // namespace racelab_test
