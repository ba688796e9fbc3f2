#pragma once

// Runs one test of a test framework: explores a program up to its first failure, or replays a
// schedule, and returns a report in values and in words. This file prints nothing; the adapters for
// GoogleTest and rapidcheck print the report.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sim/base/outcome.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>
#include <sim/testing/test_options.hpp>

namespace sim {

/// The failure that a test must find, given by its kind, by a text in its Outcome::summary(), or by
/// both. Only this comparison, which the user asks for, depends on the text of an outcome.
struct ExpectedFailure {
  ExpectedFailure(OutcomeKind of_kind, std::string with_text = {})
      : kind(of_kind), text(std::move(with_text)) {}
  ExpectedFailure(std::string with_text) : text(std::move(with_text)) {}
  ExpectedFailure(const char* with_text) : text(with_text) {}

  std::optional<OutcomeKind> kind;
  std::string text;

  /// Whether `outcome` has this kind, if one is given, and its summary contains the text.
  [[nodiscard]] bool matches(const Outcome& outcome) const;
  /// The failure in words, for messages: deadlock with "alice.lock".
  [[nodiscard]] std::string describe() const;
};

/// The result of a test, in values and in words.
struct TestReport {
  enum class Verdict : std::uint8_t {
    passed,
    failed,
    skipped,  ///< the schedule to replay belongs to another test
  };
  Verdict verdict = Verdict::passed;
  /// How strong the result is, in one line, as in "dpor, complete: 18 traces, at most 7 steps".
  std::string summary;
  /// The whole report. For a failure: the outcome, the timeline, where its schedule is, how to
  /// replay it, and the summary. Ends with a line end.
  std::string text;
  SearchOptions search;  ///< the search that was run, if nothing was replayed
  Exploration found;     ///< the result of that search
  /// The execution that failed, or that was replayed.
  std::optional<Recording> recording;
  std::string schedule;  ///< the file that the failure's schedule was written to; may be empty
  std::string scenario;  ///< the scenario of the schedule that was replayed
  std::string replay;    ///< the command that replays `schedule`; see TestOptions::replay_command

  [[nodiscard]] bool passed() const { return verdict == Verdict::passed; }
  [[nodiscard]] bool failed() const { return verdict == Verdict::failed; }
};

/// Explores `program` up to the first failure, and writes the schedule of that failure to a new
/// file as soon as it is known. If TestOptions::replay names a schedule, replays it instead; the
/// test passes if it no longer fails. Neither prints nor reads the environment. Throws what
/// explore() and explore_in_jobs() throw, and UsageError if an option is out of its range.
TestReport run_test(const Program& program, const TestOptions& options);

/// Runs the test of a program with a bug. It passes if the first failure found is the expected one
/// and its schedule leads to it again; no file is written then. Throws what run_test() throws.
TestReport run_expecting(const Program& program, const ExpectedFailure& expected,
                         const TestOptions& options);

}  // namespace sim
