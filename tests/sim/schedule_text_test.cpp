#include <sim/schedule/text_format.hpp>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sim/base/random.hpp>

namespace {

using sim::format_schedule;
using sim::parse_schedule;
using sim::Schedule;
using sim::ScheduledChoice;
using sim::ScheduledStep;
using sim::ScheduleError;

constexpr std::string_view kFull =
    "racelab schedule 1\n"
    "scenario  bank/double-spend\n"
    "found-by  exhaustive\n"
    "replay    strict\n"
    "timeouts  3\n"
    "spurious  1\n"
    "expect    invariant \"no account is negative\": alice = -600.00\n"
    "algorithm check-then-act\n"
    "start     alice 1000.00   bob 500.00\n"
    "1 read alice.balance = 1000.00\n"
    "2.1 try_lock bob.lock failed\n"
    "choice 2 value -> 3\n"
    "choice 2 spurious -> yes\n"
    "choice 2.1 spurious -> no\n"
    "12 compare_exchange head failed = non-null\n"
    "end\n";

/// A schedule file that consists of a first line, `line` and the end.
std::string with_line(std::string_view line) {
  return "racelab schedule 1\n" + std::string{line} + "\nend\n";
}

/// Returns "line:column: message", or an empty text if the text is a valid schedule.
std::string error_of(std::string_view text) {
  const auto parsed = parse_schedule(text);
  const auto* const error = std::get_if<ScheduleError>(&parsed);
  if (error == nullptr) return {};
  return std::to_string(error->line) + ":" + std::to_string(error->column) + ": " + error->message;
}

Schedule parsed(std::string_view text) {
  auto result = parse_schedule(text);
  if (auto* const schedule = std::get_if<Schedule>(&result)) return std::move(*schedule);
  ADD_FAILURE() << error_of(text);
  return {};
}

ScheduledStep step_of(std::string_view line) {
  const Schedule schedule = parsed(with_line(line));
  if (schedule.entries.size() != 1) return {};
  return std::get<ScheduledStep>(schedule.entries[0].what);
}

void expect_equal(const Schedule& a, const Schedule& b) {
  EXPECT_EQ(a.scenario, b.scenario);
  EXPECT_EQ(a.found_by, b.found_by);
  EXPECT_EQ(a.expect, b.expect);
  EXPECT_EQ(a.bounds, b.bounds);
  ASSERT_EQ(a.program.size(), b.program.size());
  for (std::size_t i = 0; i < a.program.size(); ++i) {
    EXPECT_EQ(a.program[i].key, b.program[i].key);
    EXPECT_EQ(a.program[i].value, b.program[i].value);
  }
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    EXPECT_EQ(a.entries[i].what, b.entries[i].what) << "entry " << i;
  }
}

// ---------------------------------------------------------------------------------------------
// Valid schedules

TEST(ScheduleText, ReadsEveryKindOfLine) {
  const Schedule schedule = parsed(kFull);
  EXPECT_EQ(schedule.scenario, "bank/double-spend");
  EXPECT_EQ(schedule.found_by, "exhaustive");
  EXPECT_EQ(schedule.expect->text, "invariant \"no account is negative\": alice = -600.00");
  ASSERT_EQ(schedule.program.size(), 2U);
  EXPECT_EQ(schedule.program[0].key, "algorithm");
  EXPECT_EQ(schedule.program[0].value, "check-then-act");
  EXPECT_EQ(schedule.program[1].key, "start");
  EXPECT_EQ(schedule.program[1].value, "alice 1000.00   bob 500.00");
  EXPECT_EQ(schedule.bounds, (sim::Bounds{3, 1}));
  ASSERT_EQ(schedule.entries.size(), 6U);
  EXPECT_EQ(std::get<ScheduledStep>(schedule.entries[0].what),
            (ScheduledStep{"1", "read", "alice.balance", false, "1000.00"}));
  EXPECT_EQ(std::get<ScheduledStep>(schedule.entries[1].what),
            (ScheduledStep{"2.1", "try_lock", "bob.lock", true, std::nullopt}));
  EXPECT_EQ(std::get<ScheduledChoice>(schedule.entries[2].what),
            (ScheduledChoice{"2", sim::ChoiceKind::value, 3}));
  EXPECT_EQ(std::get<ScheduledChoice>(schedule.entries[3].what),
            (ScheduledChoice{"2", sim::ChoiceKind::spurious, 1}));
  EXPECT_EQ(std::get<ScheduledChoice>(schedule.entries[4].what),
            (ScheduledChoice{"2.1", sim::ChoiceKind::spurious, 0}));
  EXPECT_EQ(std::get<ScheduledStep>(schedule.entries[5].what),
            (ScheduledStep{"12", "compare_exchange", "head", true, "non-null"}));
}

TEST(ScheduleText, NotesWhereEachLineStands) {
  const Schedule schedule = parsed(kFull);
  EXPECT_EQ(schedule.program[1].line, 9U);
  EXPECT_EQ(schedule.program[1].column, 11U);
  EXPECT_EQ(schedule.entries[0].line, 10U);
  EXPECT_EQ(schedule.entries[5].line, 15U);
}

TEST(ScheduleText, FormatsToTheSameText) {
  EXPECT_EQ(format_schedule(parsed(kFull)), kFull);
}

TEST(ScheduleText, AcceptsAScheduleWithNothingInIt) {
  const Schedule schedule = parsed("racelab schedule 1\nend\n");
  EXPECT_TRUE(schedule.entries.empty());
  EXPECT_FALSE(schedule.expect);
}

TEST(ScheduleText, IgnoresCommentsBlankLinesAndIndentation) {
  const Schedule schedule = parsed(
      "racelab schedule 1\n# scenario no\n\n   \t \n  \t# 1 load x\n\tscenario\tcount/ninc\n"
      "   1   load \t x   =   5  \t\n\n  end  \n\n# after the end\n");
  EXPECT_EQ(schedule.scenario, "count/ninc");
  ASSERT_EQ(schedule.entries.size(), 1U);
  EXPECT_EQ(std::get<ScheduledStep>(schedule.entries[0].what),
            (ScheduledStep{"1", "load", "x", false, "5"}));
}

TEST(ScheduleText, AcceptsLineEndsOfWindows) {
  std::string text;
  for (const char c : kFull) text += c == '\n' ? std::string{"\r\n"} : std::string(1, c);
  expect_equal(parsed(text), parsed(kFull));
}

TEST(ScheduleText, AcceptsAByteOrderMark) {
  expect_equal(parsed("\xEF\xBB\xBF" + std::string{kFull}), parsed(kFull));
}

TEST(ScheduleText, DoesNotNeedTheLastLineEnd) {
  expect_equal(parsed(kFull.substr(0, kFull.size() - 1)), parsed(kFull));
}

TEST(ScheduleText, KeepsWordsOfTheGrammarThatAreNames) {
  EXPECT_EQ(step_of("1 end failed"), (ScheduledStep{"1", "end", "failed", false, std::nullopt}));
  EXPECT_EQ(step_of("1 choice failed failed"),
            (ScheduledStep{"1", "choice", "failed", true, std::nullopt}));
  EXPECT_EQ(step_of("1 = = = ="), (ScheduledStep{"1", "=", "=", false, "="}));
  EXPECT_EQ(step_of("1 load x = failed = # no comment"),
            (ScheduledStep{"1", "load", "x", false, "failed = # no comment"}));
}

TEST(ScheduleText, ReadsEscapes) {
  EXPECT_EQ(step_of("1 lo\\x20ad x\\x5c = \\x20a\\x0Ab\\x00\\xfF"),
            (ScheduledStep{"1", "lo ad", "x\\", false, std::string{" a\nb\0\xFF", 6}}));
}

TEST(ScheduleText, KeepsBytesThatAreNoAscii) {
  EXPECT_EQ(step_of("1 load größe = \xFF\xFE"),
            (ScheduledStep{"1", "load", "größe", false, "\xFF\xFE"}));
}

TEST(ScheduleText, EscapesOnlyWhatMustBe) {
  const sim::ScheduleEntry entry{ScheduledStep{"1", "lo ad", "a\\b", false, " x y\tz "}, 0};
  EXPECT_EQ(sim::format_entry(entry), "1 lo\\x20ad a\\x5cb = \\x20x y\\x09z\\x20");
}

// ---------------------------------------------------------------------------------------------
// Invalid schedules, and the places of their errors

struct Wrong {
  const char* text;
  const char* error;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.error;
}

/// Each text is the second line of a file.
class WrongLine : public testing::TestWithParam<Wrong> {};

TEST_P(WrongLine, IsRefusedWithItsPlace) {
  EXPECT_EQ(error_of(with_line(GetParam().text)), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, WrongLine,
    testing::Values(
        Wrong{"1", "2:2: expected an operation, found the end of the line"},
        Wrong{"1 load", "2:7: expected an object, found the end of the line"},
        Wrong{"1 load   ", "2:10: expected an object, found the end of the line"},
        Wrong{"1 load x =", "2:11: expected a value after \"=\""},
        Wrong{"1 load x failed =  ", "2:20: expected a value after \"=\""},
        Wrong{"1 load x =5", "2:10: unexpected \"=5\""},
        Wrong{"1 load x Failed", "2:10: unexpected \"Failed\""},
        Wrong{"1 load x failed failed", "2:17: unexpected \"failed\""},
        Wrong{"1 load x = 5\\", "2:13: a backslash starts an escape \\xNN, two hexadecimal digits"},
        Wrong{"1 load \\x4g", "2:8: a backslash starts an escape \\xNN, two hexadecimal digits"},
        Wrong{"1 \\n x", "2:3: a backslash starts an escape \\xNN, two hexadecimal digits"},
        Wrong{
            "1x load x",
            "2:2: \"1x\" is not a task: a task is a number, or numbers with dots, as in 2 or 2.1"},
        Wrong{"1..2 load x",
              "2:3: \"1..2\" is not a task: a task is a number, or numbers with dots, as in 2 or "
              "2.1"},
        Wrong{
            "  1. load x",
            "2:4: \"1.\" is not a task: a task is a number, or numbers with dots, as in 2 or 2.1"},
        Wrong{"1 load x\t=\t5\x7F", "2:13: control character 0x7f: is this a text file?"},
        Wrong{"1 load\rx", "2:7: control character 0x0d: is this a text file?"},
        Wrong{"# \x1B[31m", "2:3: control character 0x1b: is this a text file?"}));

INSTANTIATE_TEST_SUITE_P(
    Choices, WrongLine,
    testing::Values(
        Wrong{"choice", "2:7: expected a task, found the end of the line"},
        Wrong{"choice x value -> 1",
              "2:8: \"x\" is not a task: a task is a number, or numbers with dots, as in 2 or 2.1"},
        Wrong{"choice 1", "2:9: expected a kind of choice, found the end of the line"},
        Wrong{"choice 1 schedule -> 1",
              "2:10: \"schedule\" is not a kind of choice: expected \"value\", \"notify\" or "
              "\"spurious\""},
        Wrong{"choice 1 spurious -> maybe", "2:22: expected \"-> no\" or \"-> yes\""},
        Wrong{"choice 1 spurious yes", "2:19: expected \"-> no\" or \"-> yes\""},
        Wrong{"choice 1 value", "2:15: expected \"->\" and an index"},
        Wrong{"choice 1 value 3", "2:16: expected \"->\" and an index"},
        Wrong{"choice 1 value ->3", "2:16: expected \"->\" and an index"},
        Wrong{"choice 1 value ->", "2:18: expected an index, found the end of the line"},
        Wrong{"choice 1 value -> -1", "2:19: expected an index, found \"-1\""},
        Wrong{"choice 1 value -> 4294967296", "2:19: expected an index, found \"4294967296\""},
        Wrong{"choice 1 value -> 1 2", "2:21: unexpected \"2\""}));

INSTANTIATE_TEST_SUITE_P(
    Headers, WrongLine,
    testing::Values(
        Wrong{"scenario", "2:9: \"scenario\" has no value"},
        Wrong{"start   ", "2:9: \"start\" has no value"},
        Wrong{"scenarió x",
              "2:1: \"scenarió\" is not a key of a header line: a key has only lower-case letters, "
              "digits and hyphens"},
        Wrong{"found_by x",
              "2:1: \"found_by\" is not a key of a header line: a key has only lower-case letters, "
              "digits and hyphens"},
        Wrong{"Scenario x",
              "2:1: expected a step (it starts with a task's number), \"choice\", \"end\" or a "
              "header line"},
        Wrong{"-1 load x",
              "2:1: expected a step (it starts with a task's number), \"choice\", \"end\" or a "
              "header line"},
        Wrong{"expect \\y", "2:8: a backslash starts an escape \\xNN, two hexadecimal digits"},
        Wrong{"scenario a\nscenario b", "3:1: duplicate header line \"scenario\""},
        Wrong{"found-by a\n  found-by b", "3:3: duplicate header line \"found-by\""},
        Wrong{"expect a\nexpect b", "3:1: duplicate header line \"expect\""},
        Wrong{"timeouts 1\ntimeouts 1", "3:1: duplicate header line \"timeouts\""},
        Wrong{"timeouts many", "2:10: expected a number, found \"many\""},
        Wrong{"spurious -1", "2:10: expected a number, found \"-1\""},
        Wrong{"spurious 1000001", "2:10: \"spurious\" is at most 1000000"},
        Wrong{"spurious 1 2", "2:12: unexpected \"2\""},
        Wrong{"1 load x\nscenario b", "3:1: a header line may not follow the first step"},
        Wrong{"choice 1 value -> 0\nscenario b",
              "3:1: a header line may not follow the first step"},
        Wrong{"end x", "2:5: unexpected \"x\""},
        Wrong{"end", "3:1: nothing may follow the line \"end\""},
        Wrong{"end\n1 load x", "3:1: nothing may follow the line \"end\""}));

/// Each text is a whole file.
class WrongFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, IsRefusedWithItsPlace) {
  EXPECT_EQ(error_of(GetParam().text), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Files, WrongFile,
    testing::Values(
        Wrong{"", "1:1: the file is empty: its first line must be \"racelab schedule 1\""},
        Wrong{"\n1 load x\nend\n",
              "1:1: this is not a schedule: its first line must be \"racelab schedule 1\""},
        Wrong{"# comment\nracelab schedule 1\nend\n",
              "1:1: this is not a schedule: its first line must be \"racelab schedule 1\""},
        Wrong{"racelab schedules 1\nend\n",
              "1:1: this is not a schedule: its first line must be \"racelab schedule 1\""},
        Wrong{"racelab schedule", "1:17: expected a version, found the end of the line"},
        Wrong{"racelab schedule 2\nend\n",
              "1:18: version \"2\" of the format; this racelab reads version 1"},
        Wrong{"racelab schedule 1 beta\nend\n", "1:20: unexpected \"beta\""},
        Wrong{"\x7F"
              "ELF\x02\x01",
              "1:1: control character 0x7f: is this a text file?"},
        Wrong{"racelab schedule 1",
              "1:19: the file is truncated: a schedule closes with the line \"end\""},
        Wrong{"racelab schedule 1\n1 load x",
              "2:9: the file is truncated: a schedule closes with the line \"end\""},
        Wrong{"racelab schedule 1\n1 load x\r\n",
              "2:9: the file is truncated: a schedule closes with the line \"end\""}));

TEST(ScheduleText, RefusesAFileWithAByteOfZero) {
  EXPECT_EQ(error_of(std::string_view{"racelab schedule 1\n1 load \0x\nend\n", 32}),
            "2:8: control character 0x00: is this a text file?");
}

TEST(ScheduleText, RefusesAFileThatIsCutOffAtAnyByte) {
  for (std::size_t size = 0; size + 1 < kFull.size(); ++size) {
    EXPECT_NE(error_of(kFull.substr(0, size)), "") << "cut to " << size << " bytes";
  }
}

// ---------------------------------------------------------------------------------------------
// Any bytes

/// Checks what every error must have: a place in the text or directly after it, and a message of
/// one line.
void expect_located(std::string_view text) {
  const auto result = parse_schedule(text);
  const auto* const error = std::get_if<ScheduleError>(&result);
  if (error == nullptr) return;
  std::size_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  EXPECT_GE(error->line, 1U);
  EXPECT_LE(error->line, lines);
  EXPECT_GE(error->column, 1U);
  EXPECT_LE(error->column, text.size() + 1);
  EXPECT_NE(error->message, "");
  EXPECT_EQ(error->message.find('\n'), std::string::npos) << error->message;
}

TEST(ScheduleText, SurvivesEveryChangeOfOneByte) {
  std::string text{kFull};
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const char before = std::exchange(text[at], static_cast<char>(byte));
      expect_located(text);
      text[at] = before;
    }
  }
}

TEST(ScheduleText, SurvivesRandomMutations) {
  sim::Random random{1};
  constexpr std::string_view kPieces[] = {"\\",
                                          "\\x",
                                          "\n",
                                          "end",
                                          "choice ",
                                          "->",
                                          "=",
                                          " ",
                                          "1.",
                                          "failed",
                                          std::string_view{"\0", 1},
                                          "\xFF",
                                          "\r"};
  const auto below = [&random](std::size_t bound) {
    return static_cast<std::size_t>(random.below(static_cast<std::uint32_t>(bound)));
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string text{kFull};
    for (std::size_t mutations = 1 + below(6); mutations > 0; --mutations) {
      const std::size_t at = below(text.size() + 1);
      switch (below(3)) {
        case 0:
          text.insert(at, kPieces[below(std::size(kPieces))]);
          break;
        case 1:
          text.erase(at, below(20));
          break;
        default:
          text.insert(at, text.substr(below(text.size() + 1), below(40)));
      }
    }
    expect_located(text);
  }
}

RC_GTEST_PROP(ScheduleText, GivesAScheduleOrALocatedErrorForAnyBytes, (const std::string& text)) {
  expect_located(text);
  expect_located(with_line(text));
}

// ---------------------------------------------------------------------------------------------
// Round trip

rc::Gen<std::string> text_of_any_bytes() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::arbitrary<char>(),
                     rc::gen::element(' ', '\t', '\n', '\r', '\\', '=', '#', 'x', '0', '\0'))));
}

rc::Gen<std::string> task_name() {
  return rc::gen::map(rc::gen::nonEmpty<std::vector<std::uint8_t>>(), [](const auto& numbers) {
    std::string name;
    for (const std::uint8_t number : numbers) {
      name += (name.empty() ? "" : ".") + std::to_string(number);
    }
    return name;
  });
}

rc::Gen<sim::ScheduleEntry> entry() {
  const auto step =
      rc::gen::map(rc::gen::tuple(task_name(), text_of_any_bytes(), text_of_any_bytes(),
                                  rc::gen::arbitrary<bool>(), rc::gen::maybe(text_of_any_bytes())),
                   [](const auto& parts) {
                     const auto& [task, operation, object, failed, value] = parts;
                     ScheduledStep made{task, operation, object, failed, std::nullopt};
                     if (value) made.value = *value;
                     return sim::ScheduleEntry{made, 0};
                   });
  const auto choice = rc::gen::map(
      rc::gen::pair(task_name(), rc::gen::arbitrary<std::uint32_t>()), [](const auto& parts) {
        return sim::ScheduleEntry{
            ScheduledChoice{parts.first, sim::ChoiceKind::value, parts.second}, 0};
      });
  const auto spurious =
      rc::gen::map(rc::gen::pair(task_name(), rc::gen::inRange(0U, 2U)), [](const auto& parts) {
        return sim::ScheduleEntry{
            ScheduledChoice{parts.first, sim::ChoiceKind::spurious, parts.second}, 0};
      });
  return rc::gen::oneOf(step, step, choice, spurious);
}

rc::Gen<Schedule> any_schedule() {
  const auto key = rc::gen::element<std::string>("algorithm", "start", "task", "x-2", "ending");
  const auto lines = rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
      rc::gen::pair(key, text_of_any_bytes()));
  return rc::gen::map(
      rc::gen::tuple(rc::gen::maybe(text_of_any_bytes()), rc::gen::maybe(text_of_any_bytes()),
                     rc::gen::maybe(text_of_any_bytes()), lines,
                     rc::gen::pair(rc::gen::inRange(0U, sim::kBoundMax + 1),
                                   rc::gen::inRange(0U, sim::kBoundMax + 1)),
                     rc::gen::container<std::vector<sim::ScheduleEntry>>(entry())),
      [](const auto& parts) {
        const auto& [scenario, found_by, expect, program, bounds, entries] = parts;
        Schedule schedule;
        if (scenario) schedule.scenario = *scenario;
        if (found_by) schedule.found_by = *found_by;
        if (expect) schedule.expect.emplace(*expect);
        for (const auto& [k, value] : program) schedule.program.push_back({k, value});
        schedule.bounds = {bounds.first, bounds.second};
        schedule.entries = entries;
        return schedule;
      });
}

RC_GTEST_PROP(ScheduleText, GivesBackEverySchedule, ()) {
  const Schedule schedule = *any_schedule();
  const std::string text = format_schedule(schedule);
  const auto result = parse_schedule(text);
  if (const auto* const error = std::get_if<ScheduleError>(&result)) {
    RC_FAIL(error->message + " in\n" + text);
  }
  const auto& again = std::get<Schedule>(result);
  RC_ASSERT(again.scenario == schedule.scenario);
  RC_ASSERT(again.found_by == schedule.found_by);
  RC_ASSERT(again.expect == schedule.expect);
  RC_ASSERT(again.bounds == schedule.bounds);
  RC_ASSERT(again.program.size() == schedule.program.size());
  for (std::size_t i = 0; i < again.program.size(); ++i) {
    RC_ASSERT(again.program[i].key == schedule.program[i].key);
    RC_ASSERT(again.program[i].value == schedule.program[i].value);
  }
  RC_ASSERT(again.entries.size() == schedule.entries.size());
  for (std::size_t i = 0; i < again.entries.size(); ++i) {
    RC_ASSERT(again.entries[i].what == schedule.entries[i].what);
  }
}

RC_GTEST_PROP(ScheduleText, FormatsEveryScheduleToTextWithoutControlCharacters, ()) {
  for (const char c : format_schedule(*any_schedule())) {
    RC_ASSERT(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
  }
}

}  // namespace
