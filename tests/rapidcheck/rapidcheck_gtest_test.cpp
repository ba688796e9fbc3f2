// Properties with GoogleTest as their user meets them: the binary of the guide, run in a child
// process.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using testing::HasSubstr;

/// The rest of the line after `begin`; empty if `text` has no such line.
std::string line_after(const std::string& text, const std::string& begin) {
  const std::size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  const std::size_t from = at + begin.size();
  return text.substr(from, text.find('\n', from) - from);
}

class PropertyTests : public testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& here() const { return directory_.path(); }
  [[nodiscard]] Finished run_in(const std::vector<std::string>& command,
                                const std::map<std::string, std::string>& environment) const {
    Surroundings surroundings{here()};
    surroundings.before = [&] {
      for (const char* const name : {"RC_PARAMS", "RACELAB_REPLAY", "RACELAB_OUT"}) {
        ::unsetenv(name);
      }
      for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    };
    return run(command, surroundings);
  }
  [[nodiscard]] Finished run_shop(const std::string& filter,
                                  const std::map<std::string, std::string>& environment) const {
    return run_in({RACELAB_SHOP, "--gtest_filter=" + filter}, environment);
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(PropertyTests, AFailureIsShrunkAndPrintedAsTheGuideShowsIt) {
  const Finished found = run_shop("Shop.*", {{"RC_PARAMS", "seed=1"}});
  EXPECT_EQ(found.code, 1) << found.out << found.err;
  const std::size_t from = found.out.find("Falsifiable after");
  const std::size_t to = found.out.find("recorded in ");
  ASSERT_NE(to, std::string::npos) << found.out;
  EXPECT_THAT(read_file(RACELAB_GUIDE), HasSubstr("\n" + found.out.substr(from, to - from)));
}

TEST_F(PropertyTests, ThePrintedLineRunsTheInputAndItsInterleavingAgain) {
  for (const char* const seed : {"seed=1", "seed=2", "seed=3"}) {
    const Finished found = run_shop("Shop.*", {{"RC_PARAMS", seed}});
    const std::string file = line_after(found.out, "recorded in ");
    EXPECT_THAT(read_file(file), HasSubstr("\nscenario  Shop.SellsNoMoreThanItHas\n")) << seed;
    const std::string command = line_after(found.out, "replay it:  ");
    const Finished again = run_in({"/bin/sh", "-c", "cd / && " + command}, {});
    EXPECT_EQ(again.code, 1) << seed;
    EXPECT_THAT(again.out, HasSubstr("replayed: the recorded outcome happened again\n")) << seed;
    // From the input to the end of the timeline.
    const std::size_t from = found.out.find("(stock ");
    const std::size_t to = found.out.find("recorded in ");
    EXPECT_THAT(again.out, HasSubstr(found.out.substr(from, to - from))) << seed;
    std::filesystem::remove(file);
  }
}

TEST_F(PropertyTests, OtherPropertiesAreSkippedUnderAReplay) {
  const Finished found = run_shop("Shop.*", {{"RC_PARAMS", "seed=1"}});
  const Finished again = run_shop("*", {{"RACELAB_REPLAY", line_after(found.out, "recorded in ")}});
  EXPECT_THAT(again.out, HasSubstr("[  FAILED  ] Shop.SellsNoMoreThanItHas"));
  EXPECT_THAT(again.out, HasSubstr("[  SKIPPED ] FixedShop.SellsNoMoreThanItHas"));
}

TEST_F(PropertyTests, RcParamsReproduceTheInputAlone) {
  const Finished found = run_shop("Shop.*", {{"RC_PARAMS", "seed=1"}});
  const std::string schedule = read_file(line_after(found.out, "recorded in "));
  const std::string input = line_after(schedule, ", input ");
  const Finished again =
      run_shop("*", {{"RC_PARAMS", input.substr(0, input.find(':'))}, {"RACELAB_OUT", "again"}});
  EXPECT_THAT(again.out, HasSubstr("Falsifiable after 1 test"));
  EXPECT_THAT(again.out, HasSubstr("[  SKIPPED ] FixedShop.SellsNoMoreThanItHas"));
  EXPECT_EQ(read_file(here() / "again" / "Shop-SellsNoMoreThanItHas.schedule"), schedule);
}

TEST_F(PropertyTests, APassSaysHowStrongItIs) {
  const Finished passed = run_shop("FixedShop.*", {{"RC_PARAMS", "seed=1"}});
  EXPECT_EQ(passed.code, 0) << passed.out;
  EXPECT_THAT(passed.out, HasSubstr("[  racelab ] 50 cases, 50 of them explored completely; "));
  EXPECT_THAT(read_file(RACELAB_GUIDE), HasSubstr(line_after(passed.out, "[  racelab ] ")));
}

}  // namespace
}  // namespace racelab_test
