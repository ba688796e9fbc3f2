// `racelab explore` with the default search: what it says of its parts, and of its coverage.

#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

class DefaultSearchCommand : public InFreshDirectory {};

TEST_F(DefaultSearchCommand, SaysWhatEachPartOfTheDefaultSearchDid) {
  const Finished found = run_racelab({"explore", "count/readers:n=4"});
  EXPECT_THAT(found.out, HasSubstr("16 executions, each a different trace, 0 failed; complete"));
  EXPECT_THAT(found.out, ContainsRegex("\nin all: dpor 16 .complete., bounded [0-9]+, random "));
  const json report = json::parse(run_racelab({"explore", "count/readers:n=4", "--json"}).out);
  EXPECT_EQ(report.at("executions"), 16);
  EXPECT_EQ(report.at("parts").at(0).at("strategy"), "dpor");
  EXPECT_EQ(report.at("parts").at(0).at("executions"), 16);
  EXPECT_EQ(report.at("parts").at(0).at("complete"), true);
  const json part = json::parse(
      run_racelab({"explore", "count/lastzero:n=12", "--executions", "500", "--json"}).out);
  std::uint64_t sum = 0;
  for (const json& one : part.at("parts")) sum += one.at("executions").get<std::uint64_t>();
  EXPECT_EQ(sum, 500U);
  EXPECT_EQ(part.at("executions"), 500);
  EXPECT_EQ(part.at("traces"), nullptr);
}

TEST_F(DefaultSearchCommand, LooksOnlyAtTheExecutionsOfTheSearchForItsCoverage) {
  for (const char* const strategy : {"random", "dpor", "portfolio"}) {
    const json report = json::parse(run_racelab({"explore", "count/lastzero:n=8", "--strategy",
                                                 strategy, "--executions", "37", "--json"})
                                        .out);
    EXPECT_EQ(report.at("executions"), 37);
    EXPECT_EQ(report.at("coverage").at("executions"), 37) << strategy;
  }
}

TEST_F(DefaultSearchCommand, ExploresCompletelyWhereTasksYield) {
  for (const char* const strategy : {"portfolio", "dpor", "exhaustive"}) {
    const Finished found = run_crashing({"explore", "odd/spins", "--strategy", strategy});
    EXPECT_EQ(found.code, 0) << strategy;
    EXPECT_THAT(found.out, HasSubstr("0 failed; complete"));
  }
}

}  // namespace
}  // namespace racelab_test
