#pragma once

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

/// The failure that a test is there to find: of a kind, or with a text in its Outcome::summary(),
/// or both. The text is the user's own search in what people read; the library decides nothing by
/// it.
struct ExpectedFailure {
  ExpectedFailure(OutcomeKind of_kind, std::string with_text = {})
      : kind(of_kind), text(std::move(with_text)) {}
  ExpectedFailure(std::string with_text) : text(std::move(with_text)) {}
  ExpectedFailure(const char* with_text) : text(with_text) {}

  std::optional<OutcomeKind> kind;
  std::string text;

  [[nodiscard]] bool matches(const Outcome& outcome) const;
  /// As in: deadlock with "alice.lock".
  [[nodiscard]] std::string describe() const;
};

/// What became of a test, in values and in words.
struct TestReport {
  enum class Verdict : std::uint8_t {
    passed,
    failed,
    skipped,  ///< the schedule to replay is one of another test
  };
  Verdict verdict = Verdict::passed;
  /// One line: how strong the result is. As in "dpor, complete: 18 traces, at most 7 steps".
  std::string summary;
  /// All there is to say. Of a failure: the outcome, the timeline, where its schedule is, how to
  /// replay it, and the summary. Ends with a line end.
  std::string text;
  SearchOptions search;  ///< as it was run, where nothing was replayed
  Exploration found;     ///< likewise
  /// Of the failure, or of what was replayed.
  std::optional<Recording> recording;
  std::string schedule;  ///< the file that the failure's schedule was written to; may be empty
  std::string scenario;  ///< that the replayed schedule is of
  std::string replay;    ///< the command that replays it, where TestOptions::replay_command is set

  [[nodiscard]] bool passed() const { return verdict == Verdict::passed; }
  [[nodiscard]] bool failed() const { return verdict == Verdict::failed; }
};

/// Explores `program` as `options` say, up to the first failure; its schedule is written as soon as
/// it is known, to a file that was not there. Or replays a schedule: where it no longer fails, that
/// is a pass. Neither prints nor looks at the environment. Throws what explore() and
/// explore_in_jobs() throw, and UsageError for options that mean nothing.
TestReport run_test(const Program& program, const TestOptions& options);

/// The same for a program with a bug. Passes where the first failure found is the expected one, and
/// its schedule leads to it again; then no file is written.
TestReport run_expecting(const Program& program, const ExpectedFailure& expected,
                         const TestOptions& options);

}  // namespace sim
