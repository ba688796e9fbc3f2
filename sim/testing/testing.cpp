#include <sim/testing/testing.hpp>

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/process/jobs.hpp>
#include <sim/report/summary.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/testing/test_run.hpp>

namespace sim {
namespace {

/// The budgets of steps for shrinking a failure and for explaining it.
constexpr std::uint64_t kShrinkSteps = 1'000'000;

namespace fs = std::filesystem;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kEventsMax = 200;

std::string count_text(std::uint64_t number, const char* what) {
  return fmt::format("{} {}{}", with_commas(number), what, number == 1 ? "" : "s");
}

std::string strength(const Exploration& found, const SearchOptions& search) {
  std::string text = search.strategy;
  if (const std::string details = describe_search(search); !details.empty()) {
    text += ", " + details;
  }
  const char* const unit = !found.complete                ? "execution"
                           : counts_traces(found, search) ? "trace"
                                                          : "interleaving";
  text += fmt::format(", {}complete: {}, at most {}", found.complete ? "" : "not ",
                      count_text(found.executions, unit), count_text(found.max_depth, "step"));
  if (!found.complete) text += "; " + why_it_ended(found, search);
  return text + not_modelled_text(found);
}

/// One test, from its options to its report.
class Testing final : public JobsWatcher {
 public:
  Testing(const Program& program, const TestOptions& options, const ExpectedFailure* expected)
      : program_(bounded(program, options.search)), options_(options), expected_(expected) {
    detail::check_test_options(options_, "TestOptions");
    report_.search = options_.search;
    if (!options_.search.executions && !options_.time) {
      report_.search.executions = kTestExecutions;
    }
  }

  TestReport explore() {
    search();
    judge();
    return std::move(report_);
  }

  TestReport replay(const std::string& file) {
    std::variant<Schedule, std::string> read = read_schedule(file);
    if (const auto* const problem = std::get_if<std::string>(&read)) {
      fail(printable(*problem) + "\n");
      return std::move(report_);
    }
    const auto& schedule = std::get<Schedule>(read);
    report_.scenario = schedule.scenario;
    program_.bounds = schedule.bounds;
    if (schedule.scenario != program_.name) {
      report_.verdict = TestReport::Verdict::skipped;
      say(fmt::format("{} is a schedule of {}, not of this test", file,
                      printable(schedule.scenario)));
      return std::move(report_);
    }
    judge(replayed(schedule), schedule, file);
    return std::move(report_);
  }

  /// Called as soon as a failure is known.
  void on_group(const FailureGroup& group) override {
    if (report_.recording) return;
    report_.recording = group.recording;
    found_by_ = found_by(report_.search, group);
    if (!is_expected()) record();
  }

 private:
  [[nodiscard]] bool is_expected() const {
    return expected_ != nullptr && report_.recording &&
           expected_->matches(report_.recording->outcome);
  }

  void search() {
    ExploreOptions explore_options = detail::explore_options(options_);
    // A strategy that samples counts its executions itself.
    if (!strategy_info(report_.search.strategy).capabilities.samples) {
      explore_options.executions_max = report_.search.executions;
    }
    JobsReport found =
        detail::run_search(program_, options_, report_.search, explore_options, *this);
    report_.found = std::move(found.saved.found);
    lost_ = std::move(found.lost);
  }

  // The report.

  void say(const std::string& line) {
    report_.summary = line;
    report_.text += line + "\n";
  }

  void fail(const std::string& text) {
    report_.verdict = TestReport::Verdict::failed;
    report_.text += text;
  }

  void judge() {
    const Exploration& found = report_.found;
    if (is_expected()) {
      judge_expected();
    } else if (report_.recording) {
      show_failure();
    } else if (expected_ != nullptr) {
      fail(fmt::format("NOT FOUND  {}\n", expected_->describe()));
    }
    for (const std::string& cause : lost_) {
      if (!failure_ends_process())
        fail(fmt::format("A process was ended by its last execution ({})\n", cause));
    }
    if (found.reason == StopReason::unsupported) {
      fail(fmt::format("NOT SUPPORTED  by {}: {}\n", report_.search.strategy, found.problem));
    } else if (!found.problem.empty()) {
      fail(nondeterminism_text(found.problem));
    } else if (!found.interleaved && found.failures == 0 && options_.must_interleave) {
      fail(kNothingInterleaved);
    }
    if (found.open_invariants && counts_traces(found, report_.search))
      report_.text += kOpenInvariants;
    if (found.abandoned > 0) {
      report_.text +=
          fmt::format("{} did not end when the execution was stopped; what they owned is leaked\n",
                      count_text(found.abandoned, "task"));
    }
    report_.text += unsupported_text(found);
    if (!found.complete && !found.parts.empty()) {
      report_.text += parts_text(found, report_.search) + "\n";
    }
    say(strength(found, report_.search));
    if (report_.passed() && is_expected()) {
      report_.summary =
          fmt::format("found {}; {}", report_.recording->outcome.summary(), report_.summary);
      report_.text = report_.summary + "\n";
    }
  }

  /// Whether the reported failure is one that ends its process.
  [[nodiscard]] bool failure_ends_process() const {
    return report_.recording && ends_process(report_.recording->outcome.kind);
  }

  void show_failure() {
    if (expected_ != nullptr) {
      report_.text += fmt::format("ANOTHER FAILURE  than {}\n\n", expected_->describe());
    }
    if (options_.shrink) diagnose();
    say_written();
    fail(recording_text() + written_);
  }

  /// The recorded execution and, if it is known, the cause of its failure.
  [[nodiscard]] std::string recording_text() const {
    TimelineOptions timeline{kWidth, kEventsMax};
    if (why_) timeline.necessary = why_->necessary;
    if (why_) return failure_text(*report_.recording, *why_, timeline) + "\n";
    return execution_text(*report_.recording, timeline) + "\n";
  }

  [[nodiscard]] Prober prober() const {
    return Prober{detail::probe_options(options_, kShrinkSteps)};
  }

  /// Shrinks the failure, and looks for its cause.
  void diagnose() {
    Prober shrinker = prober();
    Shrunk shrunk = shrink(program_, report_.recording->trace(), shrinker);
    if (!shrunk.recording.outcome.failed()) return;
    const bool simpler = shrunk.after < shrunk.before;
    report_.recording = std::move(shrunk.recording);
    Prober explainer = prober();
    why_ = explain(program_, *report_.recording, explainer);
    if (!simpler) return;
    found_by_ += ", shrunk";
    if (!file_.error.empty() || file_.path.empty()) return;
    file_ = file_.was_there ? write_new_file(path_, schedule_text())
                            : rewrite_new_file(path_, file_, schedule_text());
  }

  /// Checks that the expected failure happens again when its schedule is replayed.
  void judge_expected() {
    const std::string text = schedule_text();
    std::variant<Schedule, ScheduleError> parsed = parse_schedule(text);
    const auto& schedule = std::get<Schedule>(parsed);
    const Replayed again = replayed(schedule);
    const std::string summary = report_.recording->outcome.summary();
    if (again.is_as_recorded(schedule)) return;
    fail(fmt::format(
        "found {}, but its schedule leads to something else when it is replayed: "
        "{}\n{}",
        summary, again.divergence ? again.divergence->message : again.recording.outcome.summary(),
        text));
  }

  [[nodiscard]] Replayed replayed(const Schedule& schedule) const {
    return detail::run_replay(program_, options_, schedule);
  }

  void judge(const Replayed& replayed, const Schedule& schedule, const std::string& file) {
    report_.recording = replayed.recording;
    if (replayed.divergence) {
      fail(fmt::format("DIVERGED  {}: {}\n", place_of(*replayed.divergence, file),
                       printable(replayed.divergence->message)));
      say("replayed: the schedule no longer fits the test");
      return;
    }
    const Outcome& outcome = replayed.recording.outcome;
    if (outcome.failed() && options_.shrink &&
        (!ends_process(outcome.kind) || detail::is_isolated(options_))) {
      Prober explainer = prober();
      why_ = explain(program_, *report_.recording, explainer);
    }
    const std::string text = recording_text();
    if (expected_ != nullptr ? !expected_->matches(outcome) : outcome.failed()) {
      fail(text);
    } else {
      report_.text += text;
    }
    if (replayed.is_as_recorded(schedule)) {
      say(schedule.expect ? "replayed: the recorded outcome happened again"
                          : "replayed: the schedule names no outcome to expect");
    } else if (outcome.failed()) {
      say(fmt::format("replayed: another outcome than the recorded one: {}",
                      schedule.expect->text));
    } else {
      say(fmt::format("replayed: it no longer fails with {}", schedule.expect->text));
    }
  }

  // The schedule of a failure.

  [[nodiscard]] std::string schedule_text() const {
    return format_schedule(schedule_of(program_, *report_.recording, found_by_));
  }

  void record() {
    const std::string text = schedule_text();
    std::error_code none;
    const fs::path directory{options_.directory.empty() ? "." : options_.directory};
    fs::create_directories(directory, none);
    const fs::path path = fs::absolute(directory / default_file_name(program_.name), none);
    path_ = path.lexically_normal().string();
    file_ = write_new_file(path_, text);
  }

  void say_written() {
    if (!file_.error.empty()) {
      written_ =
          fmt::format("{}; the schedule that was not written:\n{}", file_.error, schedule_text());
      return;
    }
    report_.schedule = file_.path;
    written_ =
        fmt::format("{} {}\n", file_.was_there ? "already recorded in" : "recorded in", file_.path);
    if (options_.replay_command) {
      report_.replay = options_.replay_command(file_.path);
      written_ += fmt::format("replay it:  {}\n", report_.replay);
    }
  }

  Program program_;
  const TestOptions& options_;
  const ExpectedFailure* const expected_;
  TestReport report_;
  std::string found_by_;
  std::string path_;  ///< the path for the schedule of the failure
  WrittenFile file_;
  std::string written_;  ///< where the schedule was written, or why it could not be
  std::optional<Explanation> why_;
  std::vector<std::string> lost_;
};

TestReport run(const Program& program, const TestOptions& options,
               const ExpectedFailure* expected) {
  Testing testing{program, options, expected};
  return options.replay ? testing.replay(*options.replay) : testing.explore();
}

}  // namespace

bool ExpectedFailure::matches(const Outcome& outcome) const {
  return outcome.failed() && (!kind || *kind == outcome.kind) &&
         outcome.summary().find(text) != std::string::npos;
}

std::string ExpectedFailure::describe() const {
  const std::string word{kind ? to_string(*kind) : "a failure"};
  return text.empty() ? word : fmt::format("{} with \"{}\"", word, text);
}

TestReport run_test(const Program& program, const TestOptions& options) {
  return run(program, options, nullptr);
}

TestReport run_expecting(const Program& program, const ExpectedFailure& expected,
                         const TestOptions& options) {
  if (!expected.kind && expected.text.empty()) {
    throw UsageError("an expected failure names its kind, or some of its text");
  }
  return run(program, options, &expected);
}

}  // namespace sim
