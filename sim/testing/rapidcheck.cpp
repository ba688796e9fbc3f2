#include <sim/testing/rapidcheck.hpp>

#include <filesystem>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>
#include <variant>

#include <fmt/format.h>
#include <rapidcheck/detail/Configuration.h>

#include <sim/base/printable.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/report/summary.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/search/explorer.hpp>
#include <sim/testing/property_files.hpp>
#include <sim/testing/property_input.hpp>
#include <sim/testing/property_search.hpp>
#include <sim/testing/test_run.hpp>

namespace sim::detail {
namespace {

/// Steps that may be spent to explain a failure.
constexpr std::uint64_t kExplainSteps = 1'000'000;

using rc::detail::CaseResult;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kEventsMax = 200;
constexpr const char* kOwnFailure = "a failure of the property itself";

std::string text_of(const rc::detail::Example& example) {
  std::string text;
  for (const auto& [type, value] : example) text += fmt::format("{}:\n{}\n", type, value);
  return text;
}

std::string message_of(const rc::detail::TestResult& result) {
  std::ostringstream text;
  printResultMessage(result, text);
  return text.str() + "\n";
}

/// The text that the source code has for a failure: the condition of an assertion, the name of an
/// invariant, or the rule that was broken. Empty if it has no such text.
std::string_view literal_of(const Outcome& outcome) {
  if (const auto* const invariant = outcome.as<InvariantViolation>()) return invariant->name;
  if (const auto* const assertion = outcome.as<AssertionFailure>()) return assertion->check.literal;
  const auto* const misuse = outcome.as<Misuse>();
  const auto* const check = misuse == nullptr ? nullptr : std::get_if<FailedCheck>(&misuse->reason);
  return check == nullptr ? std::string_view{} : check->literal;
}

/// What must stay the same while a failure is shrunk: its kind and its literal_of() or, if that is
/// empty, its place. The values and tasks of one execution are not part of it.
std::string signature_of(const Outcome& outcome) {
  const std::string_view literal = literal_of(outcome);
  return fmt::format("{} {}", to_string(outcome.kind),
                     literal.empty() ? outcome.place() : fmt::format("\"{}\"", literal));
}

/// One check of a property, from its options to its report.
class Run final : public PropertyRun {
 public:
  Run(std::string name, const PropertyOptions& options)
      : name_(std::move(name)), options_(options), files_(name_, options.test.directory) {}

  PropertyReport check(const rc::detail::Property& property) {
    check_options();
    Inputs inputs = rc::detail::configuration().reproduce;
    if (options_.test.replay && !read_replay(inputs)) return std::move(report_);
    conclude(checkProperty(noting(property), {name_, name_}, parameters(), shrinks_, inputs));
    return std::move(report_);
  }

  CaseResult explore(const std::function<PropertyCase()>& make) override {
    try {
      return explore(make().program);
    } catch (const CaseResult& result) {
      if (result.type == CaseResult::Type::Failure) note_own_failure();
      throw;
    } catch (const rc::GenerationFailure&) {
      throw;
    } catch (...) {
      note_own_failure();
      throw;
    }
  }

 private:
  /// Throws UsageError for options that are out of range or contradict each other. Must be called
  /// outside of rapidcheck, which takes exceptions for failures of the property.
  void check_options() const {
    const TestOptions& test = options_.test;
    check_test_options(test, "PropertyOptions");
    if (options_.cases && *options_.cases < 1)
      throw UsageError("PropertyOptions: cases must be at least 1");
    if (test.search.executions && *test.search.executions < 1) {
      throw UsageError("PropertyOptions: executions of a case must be at least 1");
    }
  }

  // Cases.

  /// Wraps the property so that each generated input is stored in input_.
  [[nodiscard]] rc::detail::Property noting(const rc::detail::Property& property) {
    return [this, property](const rc::Random& random, int size) {
      input_ = {random, size, {}};
      return property(random, size);
    };
  }

  [[nodiscard]] rc::detail::TestParams parameters() const {
    rc::detail::TestParams parameters = rc::detail::configuration().testParams;
    parameters.seed = options_.seed.value_or(parameters.seed);
    parameters.maxSuccess = options_.cases.value_or(parameters.maxSuccess);
    if (options_.shrink) parameters.disableShrinking = !*options_.shrink;
    return parameters;
  }

  /// Called if a case fails in the property itself, before its program is explored. If the failure
  /// being shrunk was found by exploration, the case is not a smaller form of it and is discarded.
  void note_own_failure() {
    if (signature_.empty()) signature_ = kOwnFailure;
    if (signature_ != kOwnFailure) throw CaseResult{CaseResult::Type::Discard, "another failure"};
  }

  CaseResult explore(Program program) {
    if (program.name.empty()) program.name = name_;
    if (options_.test.replay) return replay(program);
    program = bounded(std::move(program), options_.test.search);
    CaseSearch searched = search_case(program, options_.test, kCaseExecutions);
    if (signature_.empty()) count(searched.found);
    if (searched.failure) return failed(std::move(*searched.failure));
    if (searched.found.problem.empty()) return {CaseResult::Type::Success, "no execution failed"};
    const std::string signature{to_string(OutcomeKind::nondeterminism)};
    if (signature_.empty()) signature_ = signature;
    return {signature_ == signature ? CaseResult::Type::Failure : CaseResult::Type::Discard,
            searched.found.reason == StopReason::unsupported
                ? fmt::format("NOT SUPPORTED  by {}: {}", options_.test.search.strategy,
                              searched.found.problem)
                : nondeterminism_text(searched.found.problem)};
  }

  CaseResult replay(const Program& program) {
    replayed_ = run_test(program, options_.test);
    return {replayed_->failed() ? CaseResult::Type::Failure : CaseResult::Type::Success,
            replayed_->text};
  }

  void count(const Exploration& found) {
    ++report_.cases;
    report_.complete += found.complete ? 1 : 0;
    report_.interleaved += found.interleaved ? 1 : 0;
    report_.executions += found.executions;
    open_invariants_ |= found.open_invariants;
  }

  CaseResult failed(PropertyFailure failure) {
    const std::string signature = signature_of(failure.recording.outcome);
    const std::string summary = failure.recording.outcome.summary();
    if (signature_.empty()) {
      signature_ = signature;
      expected_ = options_.expected && options_.expected->matches(failure.recording.outcome);
      if (!expected_)
        unshrunk_ = files_.write(failure, reproduce_text(name_, input_), "-unshrunk.schedule");
    } else if (signature_ != signature) {
      if (!expected_) keep_other(failure, signature);
      return {CaseResult::Type::Discard, "another failure"};
    }
    failure_ = std::move(failure);
    return {CaseResult::Type::Failure, summary};
  }

  /// Writes the schedule of another failure that was found while shrinking, so that it is not lost.
  void keep_other(const PropertyFailure& failure, const std::string& signature) {
    if (others_.contains(signature)) return;
    rc::detail::Reproduce input = input_;
    input.shrinkPath = shrinks_.here();
    const std::string reproduce = reproduce_text(name_, input);
    const WrittenFile file = files_.write(failure, reproduce, "-other.schedule");
    others_[signature] =
        fmt::format("a smaller input fails in another way: {}\n{}\n",
                    failure.recording.outcome.summary(), place_text(file, failure, reproduce));
  }

  // Files.

  /// Sets `inputs` to the input of the schedule to replay. Returns false if there is nothing to
  /// run; the report then has the reason.
  bool read_replay(Inputs& inputs) {
    const std::string& file = *options_.test.replay;
    std::variant<Schedule, std::string> read = read_schedule(file);
    if (const auto* const problem = std::get_if<std::string>(&read)) {
      fail(printable(*problem) + "\n");
      return false;
    }
    const std::optional<Inputs> input = input_in(std::get<Schedule>(read).found_by);
    if (input && input->empty()) {
      fail(fmt::format("{}: the input at the end of its line \"found-by\" is damaged\n", file));
      return false;
    }
    if (input && input->contains(name_)) {
      inputs = *input;
      return true;
    }
    report_.verdict = TestReport::Verdict::skipped;
    if (input) report_.scenario = input->begin()->first;
    say(input ? fmt::format("{} is a schedule of {}, not of this property", file,
                            printable(report_.scenario))
              : fmt::format("{} names no input of a property", file));
    return false;
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

  void conclude(const rc::detail::TestResult& result) {
    if (replayed_) {
      conclude_replay(result);
      return;
    }
    if (result.is<rc::detail::FailureResult>()) {
      conclude_failure(result.get<rc::detail::FailureResult>());
    } else if (!result.is<rc::detail::SuccessResult>()) {
      fail(message_of(result));
    } else if (report_.cases == 0) {
      report_.verdict = TestReport::Verdict::skipped;
      say("RC_PARAMS names no input of this property");
      return;
    } else {
      if (!result.get<rc::detail::SuccessResult>().distribution.empty()) {
        report_.text += message_of(result);
      }
      if (options_.expected) fail(fmt::format("NOT FOUND  {}\n", options_.expected->describe()));
      if (report_.interleaved == 0 && options_.test.must_interleave) fail(kNothingInterleaved);
      if (open_invariants_) report_.text += kOpenInvariants;
    }
    say(fmt::format(
        "{} cases, {} of them explored completely; {} could not interleave; {} "
        "executions",
        with_commas(report_.cases), with_commas(report_.complete),
        with_commas(report_.cases - report_.interleaved), with_commas(report_.executions)));
  }

  void conclude_replay(const rc::detail::TestResult& result) {
    report_.recording = replayed_->recording;
    report_.schedule = *options_.test.replay;
    report_.scenario = replayed_->scenario;
    report_.verdict = replayed_->verdict;
    report_.summary = replayed_->summary;
    if (result.is<rc::detail::FailureResult>()) {
      report_.input = text_of(result.get<rc::detail::FailureResult>().counterExample);
    }
    report_.text = report_.input + (report_.input.empty() ? "" : "\n") + replayed_->text;
  }

  void conclude_failure(rc::detail::FailureResult result) {
    report_.input = text_of(result.counterExample);
    report_.reproduce = reproduce_text(name_, result.reproduce);
    if (!failure_) {
      fail(message_of(result) +
           fmt::format("run this input again:  RC_PARAMS=\"{}\"\n", report_.reproduce));
      return;
    }
    simplify();
    result.description = failure_text();
    const std::string warning = replay_warning();
    if (expected_ && warning.empty()) {
      report_.text += message_of(result);
    } else {
      if (options_.expected)
        fail(fmt::format("ANOTHER FAILURE  than {}\n\n", options_.expected->describe()));
      fail(message_of(result));
      record();
      report_.text += warning;
      for (const auto& [signature, text] : others_) report_.text += text;
    }
    report_.recording = std::move(failure_->recording);
  }

  /// The failure and, unless the options exclude it, its cause.
  [[nodiscard]] std::string failure_text() {
    TimelineOptions timeline{kWidth, kEventsMax};
    if (!options_.test.shrink) return execution_text(failure_->recording, timeline);
    Prober prober{probe_options(options_.test, kExplainSteps)};
    const Explanation why = explain(failure_->program, failure_->recording, prober);
    timeline.necessary = why.necessary;
    return sim::failure_text(failure_->recording, why, timeline);
  }

  void record() {
    const WrittenFile file = files_.write(*failure_, report_.reproduce, ".schedule");
    report_.text += place_text(file, *failure_, report_.reproduce) + "\n";
    if (!file.error.empty()) return;
    report_.schedule = file.path;
    forget_unshrunk();
    if (options_.test.replay_command) {
      report_.replay = options_.test.replay_command(file.path);
      report_.text += fmt::format("replay it:  {}\n", report_.replay);
    }
  }

  /// Looks for an execution of the shrunk input that fails in the same way with fewer preemptions.
  void simplify() {
    const std::size_t preemptions = failure_->recording.preemptions();
    if (preemptions == 0) return;
    SearchOptions fewer;
    fewer.strategy = "bounded";
    fewer.preemptions = static_cast<std::uint32_t>(preemptions - 1);
    const Program program = failure_->program;
    const auto fails_alike = [this](const Outcome& outcome) {
      return signature_of(outcome) == signature_;
    };
    CaseSearch searched =
        search_for(fails_alike, program, options_.test, fewer, options_.simplify_executions);
    if (searched.failure) failure_ = std::move(searched.failure);
  }

  /// Removes the file of the unshrunk failure, if this run has written it.
  void forget_unshrunk() {
    if (!unshrunk_ || !unshrunk_->error.empty() || unshrunk_->was_there) return;
    std::error_code none;
    std::filesystem::remove(unshrunk_->path, none);
  }

  /// Replays the recorded failure. Returns an empty text if it happens again, or else a warning.
  [[nodiscard]] std::string replay_warning() const {
    const Schedule schedule = schedule_for(*failure_, {});
    const Replayed again = run_replay(failure_->program, options_.test, schedule);
    if (again.is_as_recorded(schedule)) return {};
    return nondeterminism_text(fmt::format(
        "replayed, the schedule leads to {}",
        again.divergence ? again.divergence->message : again.recording.outcome.summary()));
  }

  const std::string name_;
  const PropertyOptions& options_;
  const PropertyFiles files_;
  PropertyReport report_;
  rc::detail::Reproduce input_;  ///< the input that was generated last
  ShrinkPath shrinks_;
  std::string signature_;  ///< signature_of() the failure that is being shrunk; empty before the
                           ///< first failure
  std::optional<PropertyFailure> failure_;
  std::optional<WrittenFile> unshrunk_;
  std::map<std::string, std::string>
      others_;  ///< reports on other failures, by their signature_of()
  std::optional<TestReport> replayed_;
  bool expected_ = false;  ///< whether the failure is the one that PropertyOptions::expected names
  bool open_invariants_ = false;
};

}  // namespace

PropertyReport check_property(
    const std::string& name, const PropertyOptions& options,
    const std::function<rc::detail::Property(PropertyRun&)>& make_property) {
  Run run{name, options};
  return run.check(make_property(run));
}

}  // namespace sim::detail
