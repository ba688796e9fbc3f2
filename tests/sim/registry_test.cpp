#include <sim/scenario.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/engine/engine.hpp>
#include <sim/schedule/text_format.hpp>

namespace {

using sim::Arguments;
using sim::Parameter;
using sim::Program;
using sim::Registry;
using sim::Schedule;
using sim::ScheduleError;

/// The arguments with which a scenario was made last.
Arguments given;

Registry registry() {
  Registry made;
  const auto make = [](const Arguments& arguments) {
    given = arguments;
    return Program{};
  };
  made.add({"bank/double-spend", "", true, {}, make});
  made.add({"bank/locked", "", false, {}, make});
  made.add({"count/ring",
            "",
            false,
            {Parameter{"n", 3, 2, 15, "tasks"}, Parameter{"rounds", 1, -1, 9, "times round"}},
            make});
  return made;
}

std::string name_of(std::string_view spec) {
  const auto made = registry().make(spec);
  const auto* const program = std::get_if<Program>(&made);
  return program == nullptr ? "refused: " + std::get<std::string>(made) : program->name;
}

std::string problem_of(std::string_view spec) {
  const auto made = registry().make(spec);
  const auto* const problem = std::get_if<std::string>(&made);
  return problem == nullptr ? "made " + std::get<Program>(made).name : *problem;
}

// ---------------------------------------------------------------------------------------------
// Names and parameters

TEST(Registry, MakesAScenarioByItsName) {
  EXPECT_EQ(name_of("bank/locked"), "bank/locked");
  EXPECT_TRUE(given.empty());
}

TEST(Registry, FillsInParametersThatAreNotGiven) {
  EXPECT_EQ(name_of("count/ring"), "count/ring:n=3,rounds=1");
  EXPECT_EQ(given, (Arguments{{"n", 3}, {"rounds", 1}}));
}

TEST(Registry, TakesParametersInAnyOrderAndNamesThemInOne) {
  EXPECT_EQ(name_of("count/ring:rounds=-1,n=15"), "count/ring:n=15,rounds=-1");
  EXPECT_EQ(given, (Arguments{{"n", 15}, {"rounds", -1}}));
}

TEST(Registry, MakesTheNameItGaveAgain) {
  EXPECT_EQ(name_of(name_of("count/ring:n=2")), "count/ring:n=2,rounds=1");
}

TEST(Registry, RefusesANameThatIsTaken) {
  Registry twice = registry();
  try {
    twice.add({"bank/locked", "", false, {}, {}});
    FAIL() << "added twice";
  } catch (const sim::UsageError& error) {
    EXPECT_STREQ(error.what(), "scenario bank/locked is registered twice");
  }
  EXPECT_EQ(twice.scenarios().size(), 3U);
}

std::string refusal_of(sim::Scenario scenario) {
  Registry full = registry();
  try {
    full.add(std::move(scenario));
    return "added";
  } catch (const sim::UsageError& error) {
    EXPECT_EQ(full.scenarios().size(), 3U);
    return error.what();
  }
}

Program nothing(const Arguments&) {
  return {};
}

TEST(Registry, NamesBothPlacesOfANameThatIsTaken) {
  Registry full = registry();
  full.add({"mine", "", false, {}, nothing, {"a.cpp", 3}});
  try {
    full.add({"mine", "", false, {}, nothing, {"b.cpp", 4}});
    FAIL() << "added twice";
  } catch (const sim::UsageError& error) {
    EXPECT_STREQ(error.what(), "scenario mine is registered twice: at a.cpp:3 and at b.cpp:4");
  }
  EXPECT_EQ(refusal_of({"bank/locked", "", false, {}, nothing, {"b.cpp", 4}}),
            "scenario bank/locked is registered twice at b.cpp:4");
}

TEST(Registry, RefusesANameThatNoCommandLineAndNoScheduleCanHave) {
  const std::string reason =
      ": its name must not be empty, nor have a blank, a control character or a \":\"";
  for (const std::string name : {"", "a:b", "a b", "a\nb", "a\tb", " a", "a\x7F"}) {
    EXPECT_EQ(refusal_of({name, "", false, {}, nothing, {"a.cpp", 3}}),
              "scenario \"" + name + "\" at a.cpp:3" + reason);
  }
  EXPECT_EQ(refusal_of({"größe/=,-", "", false, {}, nothing}), "added");
}

TEST(Registry, RefusesParametersThatContradictThemselves) {
  const auto with = [](std::vector<Parameter> parameters) {
    return refusal_of({"x", "", false, std::move(parameters), nothing});
  };
  EXPECT_EQ(with({{"n", 0, 1, 5, ""}}),
            "scenario \"x\": the default of its parameter n is 0, which is not within 1 to 5");
  EXPECT_EQ(with({{"n", 6, 1, 5, ""}}),
            "scenario \"x\": the default of its parameter n is 6, which is not within 1 to 5");
  EXPECT_EQ(with({{"n", 1, 1, 5, ""}, {"m", 1, 1, 5, ""}, {"n", 1, 1, 5, ""}}),
            "scenario \"x\": it has two parameters n");
  for (const std::string name : {"", "a b", "a=b", "a,b", "a:b"}) {
    EXPECT_EQ(with({{name, 1, 1, 5, ""}}),
              "scenario \"x\": the name of its parameter \"" + name +
                  "\" must not be empty, nor have a blank, a control character, \":\", \",\" or "
                  "\"=\"");
  }
  EXPECT_EQ(with({{"n", 1, 1, 1, ""}}), "added");
}

TEST(Registry, RefusesAScenarioOfNothing) {
  EXPECT_EQ(refusal_of({"x", "", false, {}, {}}), "scenario \"x\": it has nothing to run");
}

TEST(Registry, KeepsScenariosInTheOrderOfTheirNames) {
  Registry full = registry();
  for (const char* const name : {"z", "a", "bank/late", "count"}) {
    full.add({name, "", false, {}, nothing});
  }
  std::string names;
  for (const sim::Scenario& scenario : full.scenarios()) names += scenario.name + " ";
  EXPECT_EQ(names, "a bank/double-spend bank/late bank/locked count count/ring z ");
  for (const sim::Scenario& scenario : full.scenarios()) {
    EXPECT_EQ(full.find(scenario.name), &scenario);
  }
  EXPECT_EQ(full.find("bank"), nullptr);
}

TEST(Registry, ProposesTheNameThatComesNearest) {
  EXPECT_EQ(problem_of("bank/doublespend"),
            "there is no scenario \"bank/doublespend\"; did you mean bank/double-spend?");
  EXPECT_EQ(problem_of("Bank/Locked"),
            "there is no scenario \"Bank/Locked\"; did you mean bank/locked?");
  EXPECT_EQ(problem_of("rnig:n=2"), "there is no scenario \"rnig\"; did you mean count/ring?");
}

TEST(Registry, ProposesNothingWhereNothingIsNear) {
  EXPECT_EQ(problem_of("philosophers"), "there is no scenario \"philosophers\"");
  EXPECT_EQ(problem_of(""), "there is no scenario \"\"");
  EXPECT_EQ(problem_of(":n=2"), "there is no scenario \"\"");
  EXPECT_EQ(std::get<std::string>(Registry{}.make("x")), "there is no scenario \"x\"");
}

TEST(Registry, RefusesAParameterThatTheScenarioDoesNotHave) {
  EXPECT_EQ(problem_of("bank/locked:n=2"),
            "\"n=2\" is not a parameter; bank/locked takes no parameters");
  const std::string takes =
      "count/ring takes n=3 (2 to 15: tasks), rounds=1 (-1 to 9: times round)";
  EXPECT_EQ(problem_of("count/ring:m=2"), "\"m=2\" is not a parameter; " + takes);
  EXPECT_EQ(problem_of("count/ring:5"), "\"5\" is not a parameter; " + takes);
  EXPECT_EQ(problem_of("count/ring:"), "\"\" is not a parameter; " + takes);
  EXPECT_EQ(problem_of("count/ring:n=2,"), "\"\" is not a parameter; " + takes);
  EXPECT_EQ(problem_of("count/ring:N=2"), "\"N=2\" is not a parameter; " + takes);
  EXPECT_EQ(problem_of("count/ring: n=2"), "\" n=2\" is not a parameter; " + takes);
}

TEST(Registry, RefusesAParameterThatIsGivenTwice) {
  EXPECT_EQ(problem_of("count/ring:n=2,rounds=1,n=2"), "n is given twice");
}

TEST(Registry, RefusesAValueThatIsNoNumberInItsRange) {
  for (const std::string value : {"", "1", "16", "-3", "+3", "3.0", "3 ", " 3", "x", "0x3", "3n",
                                  "99999999999999999999", "-99999999999999999999"}) {
    EXPECT_EQ(problem_of("count/ring:n=" + value),
              "n=\"" + value + "\" must be a whole number from 2 to 15");
  }
}

// ---------------------------------------------------------------------------------------------
// The program of a schedule

Schedule schedule_of(std::string_view header) {
  auto parsed = sim::parse_schedule("racelab schedule 1\n" + std::string{header} + "end\n");
  EXPECT_TRUE(std::holds_alternative<Schedule>(parsed)) << std::get<ScheduleError>(parsed).message;
  return std::get<Schedule>(std::move(parsed));
}

std::string error_for(std::string_view header) {
  const auto made = registry().program_of(schedule_of(header));
  const auto* const error = std::get_if<ScheduleError>(&made);
  if (error == nullptr) return "made " + std::get<Program>(made).name;
  return std::to_string(error->line) + ":" + std::to_string(error->column) + ": " + error->message;
}

TEST(Registry, FindsTheProgramOfAScheduleByItsScenario) {
  EXPECT_EQ(error_for("found-by x\nscenario count/ring:n=4\n"), "made count/ring:n=4,rounds=1");
}

TEST(Registry, NamesThePlaceOfAScenarioThatIsNotThere) {
  EXPECT_EQ(error_for("found-by x\nscenario   bank/lokced\n"),
            "3:12: there is no scenario \"bank/lokced\"; did you mean bank/locked?");
  EXPECT_EQ(error_for("scenario count/ring:n=1\n"),
            "2:10: n=\"1\" must be a whole number from 2 to 15");
}

TEST(Registry, RefusesAScheduleOfNothing) {
  EXPECT_EQ(error_for("found-by x\n"),
            "1:1: the header has no line \"scenario\"; add one that names the program");
}

TEST(Registry, RefusesHeaderLinesThatNoReaderKnows) {
  EXPECT_EQ(error_for("scenario bank/locked\nalgorithm x\nstart y\n"),
            "3:1: this program does not know header lines \"algorithm\"");
}

TEST(Registry, LetsTheReaderOfAHeaderLineBuildTheProgram) {
  Registry with_reader = registry();
  with_reader.add_reader("algorithm", [](const Schedule& schedule) {
    using Result = std::variant<Program, ScheduleError>;
    if (schedule.program[0].value == "bad") return Result{ScheduleError{7, 8, "bad indeed"}};
    return Result{Program{}};
  });
  const auto good = with_reader.program_of(schedule_of("scenario not/known\nalgorithm good\n"));
  ASSERT_TRUE(std::holds_alternative<Program>(good));
  EXPECT_EQ(std::get<Program>(good).name, "not/known");
  const auto bad = with_reader.program_of(schedule_of("algorithm bad\n"));
  ASSERT_TRUE(std::holds_alternative<ScheduleError>(bad));
  EXPECT_EQ(std::get<ScheduleError>(bad).message, "bad indeed");
}

}  // namespace
