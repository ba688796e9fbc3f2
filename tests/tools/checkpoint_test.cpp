// A checkpoint says which program and build it belongs to, and is refused by another one.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Checkpoints : public InFreshDirectory {
 protected:
  void SetUp() override {
    const std::vector<std::string> arguments{"explore", "count/lastzero:n=10", "--executions",
                                             "9",       "--checkpoint",        "c"};
    ASSERT_EQ(run_racelab(arguments).code, 0);
  }
  /// Resumes the checkpoint, with a member changed.
  [[nodiscard]] Finished resume_with(const std::string& member, const json& value) const {
    json file = json::parse(read("c"));
    file.at(member) = value;
    write("c", file.dump());
    return run_racelab({"explore", "--resume", "c"});
  }
};

TEST_F(Checkpoints, AreRefusedByAnotherBuildOfTheProgram) {
  std::string program = read_file(RACELAB_COMMAND);
  // The note with the build id: sizes of name and id, its type, and the name.
  constexpr std::string_view kNote{"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0", 16};
  const std::size_t note = program.find(kNote);
  if (note == std::string::npos) {
    program += "\n";  // a file without an id is known by its bytes
  } else {
    program[note + kNote.size()] = static_cast<char>(program[note + kNote.size()] + 1);
  }
  std::filesystem::create_directory(here() / "other");
  const std::filesystem::path other =
      here() / "other" / std::filesystem::path{RACELAB_COMMAND}.filename();
  write_file(other, program);
  std::filesystem::permissions(other, std::filesystem::perms::owner_all);
  const Finished refused = run({other.string(), "explore", "--resume", "c"}, surroundings());
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(
      refused.err,
      "racelab: c: it cannot be resumed: it is of another build of racelab: explore it anew\n");
  EXPECT_EQ(run_racelab({"explore", "--resume", "c"}).code, 0);
}

TEST_F(Checkpoints, AreRefusedByAnotherProgram) {
  const Finished refused = run_crashing({"explore", "--resume", "c"});
  EXPECT_EQ(refused.code, 2);
  // It does not even have the scenario.
  EXPECT_THAT(refused.err, HasSubstr("count/lastzero"));
}

TEST_F(Checkpoints, AreRefusedIfTheScenarioWasRenamedInTheFile) {
  const Finished refused = resume_with("scenario", "count/lastzero:n=9");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the file was changed or damaged"));
}

TEST_F(Checkpoints, AreRefusedIfAnOptionWasChangedInTheFile) {
  const Finished refused = resume_with("seed", 7);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the file was changed or damaged"));
}

}  // namespace
}  // namespace racelab_test
