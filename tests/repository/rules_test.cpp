// Each rule finds a planted violation, and leaves alone what only looks like one.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tests/repository/rules.hpp>

namespace repository {
namespace {

SourceFile file(std::string name, std::vector<std::string> lines) {
  return {std::move(name), std::move(lines)};
}

/// The lines of the violations, for one comparison.
std::vector<std::size_t> lines_of(const Violations& violations) {
  std::vector<std::size_t> lines;
  for (const Violation& violation : violations) lines.push_back(violation.line);
  return lines;
}

using Lines = std::vector<std::size_t>;

TEST(Rooms, AreTheDirectoriesOfSimAndHttpAndTheFrontDoors) {
  EXPECT_EQ(room_of("sim/search/dpor/dpor.hpp"), "sim/search");
  EXPECT_EQ(room_of("sim/sync.hpp"), "sim");
  EXPECT_EQ(room_of("sim/strategies/exhaustive.hpp"), "sim");
  EXPECT_EQ(room_of("http/lab.hpp"), "http");
  EXPECT_EQ(room_of("bank/transfers/optimistic.hpp"), "bank");
  EXPECT_EQ(room_of("tests/sim/run.hpp"), "tests");
}

TEST(Floors, AreOneAboveTheOther) {
  EXPECT_LT(floor_of("sim/base"), floor_of("sim/memory"));
  EXPECT_LT(floor_of("sim/search"), floor_of("sim/process"));
  EXPECT_LT(floor_of("sim/examples"), floor_of("sim"));
  EXPECT_LT(floor_of("bank"), floor_of("http"));
  EXPECT_EQ(floor_of("sim/attic"), -1);
}

TEST(Floors, AnIncludeOfAHigherRoomIsFound) {
  const auto found = against_the_floors(
      file("sim/base/a.hpp", {"#include <sim/base/b.hpp>", "#include <sim/engine/engine.hpp>"}));
  EXPECT_EQ(lines_of(found), Lines{2});
  EXPECT_TRUE(against_the_floors(file("sim/engine/a.hpp", {"#include <sim/base/b.hpp>"})).empty());
  EXPECT_FALSE(against_the_floors(file("bank/a.cpp", {"#include <http/lab.hpp>"})).empty());
}

TEST(Floors, ARoomDoesNotUseTheFrontDoors) {
  EXPECT_EQ(lines_of(against_the_floors(file("sim/sync/a.hpp", {"#include <sim/check.hpp>"}))),
            Lines{1});
  EXPECT_TRUE(against_the_floors(file("bank/a.hpp", {"#include <sim/check.hpp>"})).empty());
}

TEST(Floors, ARoomThatTheTableDoesNotHaveIsFound) {
  EXPECT_EQ(lines_of(against_the_floors(file("sim/attic/a.hpp", {}))), Lines{0});
}

TEST(Circles, AreFoundBetweenRoomsAndNotWithinOne) {
  const std::vector<SourceFile> files{
      file("sim/base/a.hpp", {"#include <sim/base/b.hpp>"}),
      file("sim/base/b.hpp", {"#include <sim/base/a.hpp>"}),
      file("http/server/a.hpp", {"#include <http/lab/a.hpp>", "#include <sim/base/a.hpp>"}),
      file("http/lab/b.hpp", {"#include <http/server/b.hpp>"}),
      file("tools/a.cpp", {"#include <http/lab/a.hpp>"})};
  std::vector<std::string> rooms;
  for (const Violation& violation : circles_between_rooms(files)) rooms.push_back(violation.file);
  EXPECT_EQ(rooms, (std::vector<std::string>{"http/lab", "http/server"}));
}

TEST(Messages, ThatAreReadToDecideSomethingAreFound) {
  const auto found = parsed_messages(
      file("sim/search/a.cpp", {
                                   "if (outcome.message.find(\"held\") > 0) return;",
                                   "auto it = outcome.summary()",
                                   "    .substr(0, 3);",
                                   "return error->cause == \"held\";",
                                   "std::regex_search(outcome.message, match, held);",
                                   "std::string_view{e.what()}.size();",
                               }));
  EXPECT_EQ(lines_of(found), (Lines{1, 2, 4, 5}));
}

TEST(Messages, ThatAreOnlyWrittenOrNamedAreNot) {
  EXPECT_TRUE(parsed_messages(file("sim/search/a.cpp",
                                   {
                                       "// message.find(\"x\")",
                                       "print(\"message.find(x)\");",
                                       "out += outcome.message;",
                                       "last_message_length.find(x);",
                                       "if (outcome.summary() == other.summary()) return;",
                                       "the_message.empty();",
                                   }))
                  .empty());
  EXPECT_TRUE(parsed_messages(file("tests/a.cpp", {"x.message.find(\"y\");"})).empty());
}

TEST(Headers, SayWhatTheyAreForBeforeTheirIncludes) {
  const std::string once = "#pragma once";
  const std::string include = "#include <vector>";
  const auto without = [](std::vector<std::string> lines) {
    return !unexplained_header(file("sim/base/a.hpp", std::move(lines))).empty();
  };
  EXPECT_TRUE(without({once, "", include, "", "// Says in a sentence what it is for."}));
  EXPECT_TRUE(without({once, "", "// Small tools.", "", include}));
  EXPECT_TRUE(without({once, "", "/// Says in a sentence what the class is for.", "class A;"}));
  EXPECT_TRUE(without({once, "", "// no sentence ends in this line of text", include}));
  EXPECT_FALSE(
      without({once, "", "// Says in a sentence, which may", "// span lines, what.", "", include}));
  EXPECT_TRUE(unexplained_header(file("bank/a.hpp", {once})).empty());
  EXPECT_TRUE(unexplained_header(file("sim/base/a.cpp", {include})).empty());
}

TEST(FrontDoors, OnlyInclude) {
  EXPECT_TRUE(more_than_a_front_door(file("sim/check.hpp", {"#pragma once", "", "// Checks.",
                                                            "#include <sim/engine/check.hpp>"}))
                  .empty());
  EXPECT_EQ(lines_of(more_than_a_front_door(file("sim/check.hpp", {"#pragma once", "int x;"}))),
            Lines{2});
  EXPECT_EQ(lines_of(more_than_a_front_door(file("sim/check.cpp", {}))), Lines{0});
  EXPECT_TRUE(more_than_a_front_door(file("sim/engine/check.hpp", {"int x;"})).empty());
}

TEST(Idioms, AreFoundInCommentsAndTextsAndAcrossLines) {
  EXPECT_EQ(lines_of(idioms(file("sim/base/a.hpp",
                                 {
                                     "/// -1 if there is none.",
                                     "// It waits for",
                                     "// ever, and so on.",
                                     "print(\"runs for ever\");",
                                     "print(\"there are \"",
                                     "      \"none\");",
                                     "int likewise;  // such a one",
                                 }))),
            (Lines{1, 7, 7, 2, 4}));
  EXPECT_EQ(lines_of(idioms(file("tests/a.py", {"if x is None:", "  y = 1  # Likewise."}))),
            Lines{2});
  EXPECT_EQ(lines_of(idioms(file("tools/run", {"#!/bin/sh", "# For ever."}))), Lines{2});
  EXPECT_TRUE(idioms(file("a.hpp", {"// is nonempty; unlikewise; therefore vera"})).empty());
}

TEST(Idioms, InDocumentsAreFoundOutsideProgramOutput) {
  EXPECT_EQ(lines_of(idioms(file("docs/a.md",
                                 {
                                     "If there is",
                                     "none, stop.",
                                     "```console",
                                     "there is none",
                                     "```",
                                     "```cpp",
                                     "// likewise",
                                     "```",
                                 }))),
            (Lines{1, 7}));
  EXPECT_TRUE(idioms(file("LICENSE", {"for ever"})).empty());
  EXPECT_TRUE(idioms(file("schedules/a.schedule", {"expect there is none"})).empty());
}

TEST(Idioms, ACommentDoesNotBeginWithOf) {
  EXPECT_EQ(lines_of(idioms(file("sim/base/a.hpp",
                                 {
                                     "/// Of a task, its name.",
                                     "int a;  ///< of all tasks",
                                     "/* Of what is left. */",
                                     "// The size",
                                     "// of a task.",
                                     "print(\"// Of a task\");",
                                     "auto b = R\"(",
                                     "// Of a task)\";  // Of the other.",
                                     "int c = 1'000;  // Of 'these'.",
                                 }))),
            (Lines{1, 2, 3, 8, 9}));
  EXPECT_EQ(lines_of(idioms(file("CMakeLists.txt", {"# Of all.", "set(a \"# of b\")"}))), Lines{1});
}

TEST(Length, IsAtMostFourHundredLinesInTheProduct) {
  EXPECT_TRUE(too_long(file("http/a.cpp", std::vector<std::string>(400))).empty());
  EXPECT_EQ(lines_of(too_long(file("http/a.cpp", std::vector<std::string>(401)))), Lines{0});
  EXPECT_TRUE(too_long(file("tests/a.cpp", std::vector<std::string>(401))).empty());
}

}  // namespace
}  // namespace repository
