#include <sim/testing/rapidcheck.hpp>

#include <atomic>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <variant>

#include <fmt/format.h>
#include <rapidcheck/detail/Configuration.h>
#include <rapidcheck/detail/TestListener.h>

#include <sim/base/printable.hpp>
#include <sim/base/trace.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/process/jobs.hpp>
#include <sim/process/replay.hpp>
#include <sim/report/cause.hpp>
#include <sim/report/summary.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/explorer.hpp>

namespace sim::detail {
namespace {

/// That may be spent to explain a failure.
constexpr std::uint64_t kExplainSteps = 1'000'000;

namespace fs = std::filesystem;
using rc::detail::CaseResult;
using Inputs = std::unordered_map<std::string, rc::detail::Reproduce>;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kEventsMax = 200;
constexpr std::string_view kInput = ", input ";
constexpr const char* kOwnFailure = "a failure of the property itself";

/// Follows rapidcheck on its way to a smaller input: which shrink of which it tries.
class ShrinkPath final : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription& /*description*/) override {}
  void onShrinkTried(const rc::detail::CaseDescription& /*shrink*/, bool accepted) override {
    ++tried_.back();
    if (!accepted) return;
    --tried_.back();
    tried_.push_back(0);
  }
  void onTestFinished(const rc::detail::TestMetadata& /*metadata*/,
                      const rc::detail::TestResult& /*result*/) override {}

  /// To the input that is tried now.
  [[nodiscard]] const std::vector<std::size_t>& here() const { return tried_; }

 private:
  std::vector<std::size_t> tried_{0};
};

/// "reproduce=…", as RC_PARAMS takes it.
std::string text_of(const std::string& name, const rc::detail::Reproduce& input) {
  rc::detail::Configuration configuration;
  configuration.reproduce.emplace(name, input);
  // Behind it there is the seed, which means nothing then.
  const std::string text = configToMinimalString(configuration);
  return text.substr(0, text.find(' '));
}

/// Tells an input that was copied whole from one that was not; rapidcheck does not.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = hash_step(hash, static_cast<unsigned char>(c));
  return fmt::format("{:08x}", hash & 0xFFFF'FFFFU);
}

/// As the origin of a schedule has it, behind the strategy.
std::string signed_input(const std::string& reproduce) {
  return fmt::format("{}{}:{}", kInput, reproduce, checksum(reproduce));
}

/// The input that signed_input() put into the origin of a schedule, with the property it is one of.
/// Empty where there is none; nothing is in it where it was damaged.
std::optional<Inputs> input_in(const std::string& found_by) {
  const std::size_t at = found_by.find(kInput);
  if (at == std::string::npos) return std::nullopt;
  const std::string text = found_by.substr(at + kInput.size());
  const std::size_t colon = text.find(':');
  const std::string reproduce = text.substr(0, colon);
  if (colon == std::string::npos || text.substr(colon + 1) != checksum(reproduce)) return Inputs{};
  return rc::detail::configFromString(reproduce).reproduce;
}

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

/// What the source code calls a failure: the condition of an assertion, the name of an invariant,
/// the rule that was broken. Empty if it has no words for it.
std::string_view literal_of(const Outcome& outcome) {
  if (const auto* const invariant = outcome.as<InvariantViolation>()) return invariant->name;
  if (const auto* const assertion = outcome.as<AssertionFailure>()) return assertion->check.literal;
  const auto* const misuse = outcome.as<Misuse>();
  const auto* const check = misuse == nullptr ? nullptr : std::get_if<FailedCheck>(&misuse->reason);
  return check == nullptr ? std::string_view{} : check->literal;
}

/// What must stay the same while a failure is shrunk: its kind and what the source code calls it
/// or, if that has no words for it, its place. The values and tasks of one execution are not in it.
std::string sort_of(const Outcome& outcome) {
  const std::string_view literal = literal_of(outcome);
  return fmt::format("{} {}", to_string(outcome.kind),
                     literal.empty() ? outcome.place() : fmt::format("\"{}\"", literal));
}

/// A failing execution, and of which program.
struct Failure {
  Program program;
  Recording recording;
  std::string found_by;
};

/// What one search came to.
struct Searched {
  Exploration found;
  std::optional<Failure> failure;
};

/// Explores a program up to a failure of the sort that is looked for.
class Search final : public JobsWatcher {
 public:
  Search(const Program& program, const TestOptions& options, std::string sort)
      : program_(program), options_(options), sort_(std::move(sort)) {}

  Searched run(SearchOptions search, std::uint64_t executions) {
    search.executions = executions;
    search_ = search;
    ExploreOptions explore_options;
    explore_options.engine.steps_max = options_.steps_max;
    explore_options.engine.stack_bytes = options_.stack_bytes;
    explore_options.time_max = options_.time;
    explore_options.executions_max = executions;
    explore_options.all = !sort_.empty();
    explore_options.interrupt = &found_;
    const StrategyMaker make = strategy_maker(program_, search);
    if (!options_.isolate && options_.jobs == 1) {
      const auto strategy = make(explore_options.engine);
      searched_.found = sim::explore(program_, *strategy, explore_options,
                                     [this](const FailureGroup& group) { on_group(group); });
      return std::move(searched_);
    }
    JobsOptions jobs;
    jobs.explore = explore_options;
    jobs.jobs = options_.jobs;
    jobs.hang_timeout = options_.hang_timeout;
    JobsReport report = explore_in_jobs(program_, make, jobs, *this);
    searched_.found = std::move(report.saved.found);
    if (report.unreproduced) {
      searched_.found.problem = "the same steps did not end so when they were run again";
    } else if (!report.lost.empty() && !searched_.failure) {
      searched_.found.problem =
          fmt::format("a process did not survive its last execution ({})", report.lost.front());
    }
    return std::move(searched_);
  }

  void on_group(const FailureGroup& group) override {
    const bool wanted = sort_.empty() || sort_of(group.recording.outcome) == sort_;
    if (searched_.failure || !wanted) return;
    searched_.failure = {program_, group.recording, found_by(search_, group)};
    found_ = true;
  }

 private:
  const Program& program_;
  const TestOptions& options_;
  const std::string sort_;  ///< empty: any
  SearchOptions search_;
  Searched searched_;
  std::atomic<bool> found_ = false;
};

/// One check of a property, from its options to its report.
class Run final : public PropertyRun {
 public:
  Run(std::string name, const PropertyOptions& options)
      : name_(std::move(name)), options_(options) {}

  PropertyReport check(const rc::detail::Property& property) {
    refuse_nonsense();
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
  /// Here, where rapidcheck does not yet take exceptions for failures of the property.
  void refuse_nonsense() const {
    const TestOptions& test = options_.test;
    static_cast<void>(strategy_info(test.search.strategy));
    if (options_.cases && *options_.cases < 1)
      throw UsageError("PropertyOptions: cases are at least 1");
    if (test.search.executions && *test.search.executions < 1) {
      throw UsageError("PropertyOptions: executions of a case are at least 1");
    }
    if (test.search.pct_depth < 1) throw UsageError("PropertyOptions: pct_depth is at least 1");
    if (test.steps_max < 1 || test.steps_max > kStepsMax) {
      throw UsageError(fmt::format("PropertyOptions: steps_max is 1 to {}", kStepsMax));
    }
    if (test.jobs < 1 || test.jobs > kJobsMax) {
      throw UsageError(fmt::format("PropertyOptions: jobs are 1 to {}", kJobsMax));
    }
  }

  // Cases.

  /// The property; each input that is generated is noted.
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

  /// A case that fails by itself is no smaller form of one that fails when it is explored.
  void note_own_failure() {
    if (sort_.empty()) sort_ = kOwnFailure;
    if (sort_ != kOwnFailure) throw CaseResult{CaseResult::Type::Discard, "another failure"};
  }

  CaseResult explore(Program program) {
    if (program.name.empty()) program.name = name_;
    if (options_.test.replay) return replay(program);
    program = bounded(std::move(program), options_.test.search);
    Searched searched = search(program);
    if (sort_.empty()) count(searched.found);
    if (searched.failure) return failed(std::move(*searched.failure));
    if (searched.found.problem.empty()) return {CaseResult::Type::Success, "no execution failed"};
    const std::string sort{to_string(OutcomeKind::nondeterminism)};
    if (sort_.empty()) sort_ = sort;
    return {sort_ == sort ? CaseResult::Type::Failure : CaseResult::Type::Discard,
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

  [[nodiscard]] Searched search(const Program& program) const {
    const TestOptions& test = options_.test;
    const std::uint64_t budget = test.search.executions.value_or(
        test.time ? std::numeric_limits<std::uint64_t>::max() : kCaseExecutions);
    if (test.strategy_given) return Search{program, test, {}}.run(test.search, budget);
    TestOptions half = test;
    if (half.time) *half.time /= 2;
    Searched traces = Search{program, half, {}}.run(test.search, budget - budget / 2);
    const bool unsupported = traces.found.reason == StopReason::unsupported;
    if (traces.failure || traces.found.complete) return traces;
    if (!unsupported && !traces.found.problem.empty()) return traces;
    SearchOptions sampling = test.search;
    sampling.strategy = "pos";
    Searched samples = Search{program, half, {}}.run(sampling, budget / 2);
    samples.found.merge(traces.found);
    samples.found.complete = false;
    return samples;
  }

  void count(const Exploration& found) {
    ++report_.cases;
    report_.complete += found.complete ? 1 : 0;
    report_.interleaved += found.interleaved ? 1 : 0;
    report_.executions += found.executions;
    open_invariants_ |= found.open_invariants;
  }

  CaseResult failed(Failure failure) {
    const std::string sort = sort_of(failure.recording.outcome);
    const std::string summary = failure.recording.outcome.summary();
    if (sort_.empty()) {
      sort_ = sort;
      expected_ = options_.expected && options_.expected->matches(failure.recording.outcome);
      if (!expected_) unshrunk_ = write(failure, text_of(name_, input_), "-unshrunk.schedule");
    } else if (sort_ != sort) {
      if (!expected_) keep_other(failure, sort);
      return {CaseResult::Type::Discard, "another failure"};
    }
    failure_ = std::move(failure);
    return {CaseResult::Type::Failure, summary};
  }

  /// What shrinking meets on its way is not what is being shrunk, but is not lost either.
  void keep_other(const Failure& failure, const std::string& sort) {
    if (others_.contains(sort)) return;
    rc::detail::Reproduce input = input_;
    input.shrinkPath = shrinks_.here();
    const std::string reproduce = text_of(name_, input);
    const WrittenFile file = write(failure, reproduce, "-other.schedule");
    others_[sort] =
        fmt::format("a smaller input fails in another way: {}\n{}\n",
                    failure.recording.outcome.summary(), place_of(failure, file, reproduce));
  }

  // Files.

  [[nodiscard]] Schedule schedule_for(const Failure& failure, const std::string& input) const {
    return schedule_of(failure.program, failure.recording,
                       failure.found_by + (input.empty() ? "" : signed_input(input)));
  }

  [[nodiscard]] WrittenFile write(const Failure& failure, const std::string& input,
                                  std::string_view suffix) const {
    std::error_code none;
    const fs::path directory{options_.test.directory.empty() ? "." : options_.test.directory};
    fs::create_directories(directory, none);
    const fs::path path = fs::absolute(directory / default_file_name(name_, suffix), none);
    return write_new_file(path.lexically_normal().string(),
                          format_schedule(schedule_for(failure, input)));
  }

  [[nodiscard]] std::string place_of(const Failure& failure, const WrittenFile& file,
                                     const std::string& input) const {
    if (file.error.empty()) {
      return fmt::format("{} {}", file.was_there ? "already recorded in" : "recorded in",
                         file.path);
    }
    return fmt::format("{}; this is the schedule that should be there:\n{}", file.error,
                       format_schedule(schedule_for(failure, input)));
  }

  /// Puts the inputs of the schedule that is to be replayed in place of `inputs`. False where there
  /// is nothing to run.
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

  // What is said, and what it means.

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
    report_.reproduce = text_of(name_, result.reproduce);
    if (!failure_) {
      fail(message_of(result) +
           fmt::format("run this input again:  RC_PARAMS=\"{}\"\n", report_.reproduce));
      return;
    }
    simplify();
    result.description = failure_text();
    const std::string doubt = doubts();
    if (expected_ && doubt.empty()) {
      report_.text += message_of(result);
    } else {
      if (options_.expected)
        fail(fmt::format("ANOTHER FAILURE  than {}\n\n", options_.expected->describe()));
      fail(message_of(result));
      record();
      report_.text += doubt;
      for (const auto& [sort, text] : others_) report_.text += text;
    }
    report_.recording = std::move(failure_->recording);
  }

  /// What happened and, unless nobody wants to know, why.
  [[nodiscard]] std::string failure_text() {
    TimelineOptions timeline{kWidth, kEventsMax};
    if (!options_.test.shrink) return execution_text(failure_->recording, timeline);
    ProbeOptions probe_options;
    probe_options.engine.steps_max = options_.test.steps_max;
    probe_options.engine.stack_bytes = options_.test.stack_bytes;
    probe_options.steps_max = kExplainSteps;
    probe_options.isolated = options_.test.isolate || options_.test.jobs > 1;
    probe_options.hang_timeout = options_.test.hang_timeout;
    Prober prober{probe_options};
    const Explanation why = explain(failure_->program, failure_->recording, prober);
    timeline.necessary = why.necessary;
    return execution_text(failure_->recording, timeline) + "\n" +
           cause_text(failure_->recording, why, timeline);
  }

  void record() {
    const WrittenFile file = write(*failure_, report_.reproduce, ".schedule");
    report_.text += place_of(*failure_, file, report_.reproduce) + "\n";
    if (!file.error.empty()) return;
    report_.schedule = file.path;
    forget_unshrunk();
    if (options_.test.replay_command) {
      report_.replay = options_.test.replay_command(file.path);
      report_.text += fmt::format("replay it:  {}\n", report_.replay);
    }
  }

  /// Looks for an execution of the shrunk input that fails alike with fewer preemptions.
  void simplify() {
    const std::size_t preemptions = failure_->recording.preemptions();
    if (preemptions == 0) return;
    SearchOptions fewer;
    fewer.strategy = "bounded";
    fewer.preemptions = static_cast<std::uint32_t>(preemptions - 1);
    const Program program = failure_->program;
    Searched searched =
        Search{program, options_.test, sort_}.run(fewer, options_.simplify_executions);
    if (searched.failure) failure_ = std::move(searched.failure);
  }

  /// Only what this run has written itself.
  void forget_unshrunk() {
    if (!unshrunk_ || !unshrunk_->error.empty() || unshrunk_->was_there) return;
    std::error_code none;
    fs::remove(unshrunk_->path, none);
  }

  /// Replays what was recorded. Empty where it comes to the same.
  [[nodiscard]] std::string doubts() const {
    const Schedule schedule = schedule_for(*failure_, {});
    ReplayOptions replay_options;
    replay_options.engine.steps_max = options_.test.steps_max;
    replay_options.engine.stack_bytes = options_.test.stack_bytes;
    replay_options.hang_timeout = options_.test.hang_timeout;
    const Replayed again = options_.test.isolate
                               ? replay_isolated(failure_->program, schedule, replay_options)
                               : sim::replay(failure_->program, schedule, replay_options);
    if (again.is_as_recorded(schedule)) return {};
    return nondeterminism_text(fmt::format(
        "replayed, the schedule leads to {}",
        again.divergence ? again.divergence->message : again.recording.outcome.summary()));
  }

  const std::string name_;
  const PropertyOptions& options_;
  PropertyReport report_;
  rc::detail::Reproduce input_;  ///< the one generated last
  ShrinkPath shrinks_;
  std::string sort_;  ///< of the failure that is being shrunk; empty before it
  std::optional<Failure> failure_;
  std::optional<WrittenFile> unshrunk_;
  std::map<std::string, std::string> others_;  ///< by their sort: what there is to say of them
  std::optional<TestReport> replayed_;
  bool expected_ = false;  ///< it is what PropertyOptions::expected says
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
