#include <sim/testing/gtest.hpp>

#include <gtest/gtest-spi.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/process/debugger.hpp>
#include <sim/process/standstill_watch.hpp>
#include <sim/testing/test_run.hpp>

namespace sim {
namespace {

namespace fs = std::filesystem;

// ---------------------------------------------------------------------------------------------
// Options

constexpr std::string_view kFlagBegin = "--racelab_";

/// The flags of this process: those that init_testing() was given or, if it was not called, those
/// that the process was started with.
class Flags {
 public:
  static Flags& of_this_process() {
    static Flags flags;
    return flags;
  }

  /// Reads `argument` if it is a flag of racelab, valid or not. Returns whether it is one.
  bool take(std::string_view argument) {
    if (!argument.starts_with(kFlagBegin)) return false;
    const std::string problem = read(argument.substr(kFlagBegin.size()));
    if (!problem.empty()) problems_ += problem + "\n";
    return true;
  }
  void note_given() { given_ = true; }

  /// The errors of the flags, one line for each invalid flag.
  [[nodiscard]] const std::string& problems() {
    read_command_line();
    return problems_;
  }
  void apply(TestOptions& options) {
    read_command_line();
    for (const auto& [name, value] : values_) {
      static_cast<void>(set_test_option(options, name, value));
    }
  }

 private:
  void read_command_line() {
    if (std::exchange(given_, true)) return;
    std::ifstream file{"/proc/self/cmdline"};
    for (std::string argument; std::getline(file, argument, '\0');) take(argument);
  }

  /// Reads one flag. Returns an error message, or an empty text if the flag is valid.
  std::string read(std::string_view flag) {
    const std::string name{flag.substr(0, flag.find('='))};
    const auto& all = test_settings();
    if (std::none_of(all.begin(), all.end(), [&](const auto& s) { return s.name == name; })) {
      std::string known;
      for (const TestSetting& s : all) known += fmt::format(" {}{}", kFlagBegin, s.name);
      return fmt::format("{}{} is not a flag of racelab; the flags are{}", kFlagBegin, name, known);
    }
    if (name.size() == flag.size()) {
      return fmt::format("{0}{1} needs a value, as in {0}{1}=VALUE", kFlagBegin, name);
    }
    TestOptions tried;
    const std::string value{flag.substr(name.size() + 1)};
    const std::string problem = set_test_option(tried, name, value);
    if (!problem.empty()) return fmt::format("{}{}", kFlagBegin, problem);
    values_.emplace_back(name, value);
    return {};
  }

  bool given_ = false;
  std::vector<std::pair<std::string, std::string>> values_;
  std::string problems_;
};

/// Overrides options from code by those of the environment, and these by flags. Returns the error
/// messages; empty if all options are valid.
std::string override_options(TestOptions& options) {
  const std::string problems = apply_environment(options);
  Flags& flags = Flags::of_this_process();
  flags.apply(options);
  return flags.problems() + problems;
}

/// Fails the test program once if an environment variable or a flag is invalid.
class CheckedOptions final : public testing::Environment {
 public:
  void SetUp() override {
    TestOptions options;
    const std::string problems = override_options(options);
    if (!problems.empty()) FAIL() << problems;
  }
};

const testing::Environment* const checked_options =
    testing::AddGlobalTestEnvironment(new CheckedOptions);

/// The directory of PATH in --gtest_output=xml:PATH; empty without this flag.
fs::path output_directory() {
  const std::string output = GTEST_FLAG_GET(output);
  const std::size_t colon = output.find(':');
  if (colon == std::string::npos) return {};
  const fs::path path{output.substr(colon + 1)};
  return path.parent_path();
}

/// The directory into which the tests write their other outputs.
std::string default_directory() {
  const char* const undeclared = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  if (undeclared != nullptr && *undeclared != '\0') return undeclared;
  return output_directory().string();
}

// ---------------------------------------------------------------------------------------------
// The test that is running

/// Numbers the explorations of the running test.
class Explorations final : public testing::EmptyTestEventListener {
 public:
  static Explorations& of_this_run() {
    static Explorations* const listener = [] {
      auto* const made = new Explorations;
      testing::UnitTest::GetInstance()->listeners().Append(made);  // which owns it
      return made;
    }();
    return *listener;
  }
  void OnTestStart(const testing::TestInfo& /*info*/) override { count_ = 0; }
  int next() { return ++count_; }

 private:
  int count_ = 0;
};

struct RunningTest {
  std::string name;      ///< "Suite.Name", as --gtest_filter takes it
  std::string scenario;  ///< "Suite.Name", and from the second exploration on "Suite.Name#2", …
  bool disabled = false;
};

RunningTest running_test() {
  const testing::TestInfo* const info = testing::UnitTest::GetInstance()->current_test_info();
  if (info == nullptr) {
    throw UsageError("racelab explores inside a test only, not in a set-up of a whole suite");
  }
  RunningTest test;
  test.name = fmt::format("{}.{}", info->test_suite_name(), info->name());
  const int number = Explorations::of_this_run().next();
  test.scenario = number == 1 ? test.name : fmt::format("{}#{}", test.name, number);
  test.disabled = test.name.find("DISABLED_") != std::string::npos;
  return test;
}

/// The path of this executable.
std::string executable() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? "./test" : path.string();
}

std::string replay_command(const RunningTest& test, const std::string& file) {
  return fmt::format("RACELAB_REPLAY={} {} --gtest_filter={}{}", shell_word(file),
                     shell_word(executable()), shell_word(test.name),
                     test.disabled ? " --gtest_also_run_disabled_tests" : "");
}

// ---------------------------------------------------------------------------------------------
// GoogleTest's own assertions inside a body

/// Joins the lines of `text` to one line.
std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    if (part.empty()) continue;
    if (!line.empty()) line += line.back() == ':' ? " " : ", ";
    line += part;
  }
  return printable(std::move(line));
}

/// While an object of this class lives, a failed assertion of GoogleTest inside an execution is a
/// failure of the execution, and not yet of the test.
class AssertionsInTasks final : public testing::ScopedFakeTestPartResultReporter {
 public:
  AssertionsInTasks() : ScopedFakeTestPartResultReporter(INTERCEPT_ONLY_CURRENT_THREAD, &others_) {}

  /// GoogleTest holds a lock during this call, so the task must not be stopped before it returns.
  void ReportTestPartResult(const testing::TestPartResult& result) override {
    Engine* const engine = Engine::current_or_null();
    if (engine == nullptr || engine->running_task() == nullptr) {
      ScopedFakeTestPartResultReporter::ReportTestPartResult(result);
      return;
    }
    const SourceLocation where{result.file_name() == nullptr ? "unknown file" : result.file_name(),
                               static_cast<std::uint32_t>(std::max(0, result.line_number()))};
    if (result.failed()) {
      const std::string message =
          engine->observer() == nullptr ? std::string{} : one_line(result.message());
      engine->fail_at_next_point(OutcomeKind::assertion, message, where);
    } else if (result.skipped()) {
      engine->fail_at_next_point(OutcomeKind::misuse,
                                 "GTEST_SKIP() in an execution: skip before exploring", where);
    }
  }

  /// The results that were reported outside of tasks. They must be reported again after this object
  /// has been destroyed.
  [[nodiscard]] std::vector<testing::TestPartResult> results_outside_tasks() const {
    std::vector<testing::TestPartResult> all;
    for (int i = 0; i < others_.size(); ++i) all.push_back(others_.GetTestPartResult(i));
    return all;
  }

 private:
  testing::TestPartResultArray others_;
};

// ---------------------------------------------------------------------------------------------
// Reports to GoogleTest

/// Says that the running test stands still or is about to crash.
void say_standstill(const Outcome& outcome) {
  const testing::TestInfo* const info = testing::UnitTest::GetInstance()->current_test_info();
  std::string text =
      fmt::format("[  racelab ] {}.{}: {}{}\n", info->test_suite_name(), info->name(),
                  outcome.kind == OutcomeKind::hang ? "stands still, " : "", outcome.summary());
  if (!outcome.place().empty()) text += fmt::format("             in {}\n", outcome.place());
  text += "             --racelab_isolate makes it a failure with a schedule\n";
  std::fputs(text.c_str(), stderr);
}

void skip(const std::string& why) {
  GTEST_SKIP() << why;
}

/// Reports how strong a passed test was, in XML and JSON reports and on the console.
void report_strength(const RunningTest& test, const TestReport& report) {
  std::string key = "racelab";
  const std::size_t number = test.scenario.find('#');
  if (number != std::string::npos) key += "_" + test.scenario.substr(number + 1);
  testing::Test::RecordProperty(key, report.summary);
  if (!GTEST_FLAG_GET(brief)) std::printf("[  racelab ] %s\n", report.summary.c_str());
}

void tell(const RunningTest& test, const TestReport& report, SourceLocation where) {
  if (report.failed()) {
    ADD_FAILURE_AT(where.file, static_cast<int>(where.line)) << "\n" << report.text;
  } else if (report.verdict == TestReport::Verdict::skipped) {
    // The schedule may be one of another exploration of this test.
    if (report.scenario != test.name && !report.scenario.starts_with(test.name + "#")) {
      skip(report.summary);
    }
  } else {
    report_strength(test, report);
  }
}

}  // namespace

TestReport explore_as_test(
    const std::function<TestReport(const std::string& name, const TestOptions& options)>& run,
    const TestOptions& options, SourceLocation where) {
  TestReport report;
  try {
    const RunningTest test = running_test();
    TestOptions all = options;
    if (const std::string problems = override_options(all); !problems.empty()) {
      throw UsageError(problems);
    }
    if (all.directory.empty()) all.directory = default_directory();
    if (!all.replay_command) {
      all.replay_command = [&](const std::string& file) { return replay_command(test, file); };
    }
    std::vector<testing::TestPartResult> others;
    {
      const AssertionsInTasks assertions;
      std::optional<StandstillWatch> watch;
      // A debugger may pause the test.
      if (!detail::is_isolated(all) && !is_traced()) {
        watch.emplace(all.hang_timeout, say_standstill);
      }
      report = run(test.scenario, all);
      others = assertions.results_outside_tasks();
    }
    for (const testing::TestPartResult& other : others) {
      GTEST_MESSAGE_AT_(other.file_name(), other.line_number(), other.message(), other.type());
    }
    tell(test, report, where);
  } catch (const std::exception& error) {
    report.verdict = TestReport::Verdict::failed;
    report.text = fmt::format("{}\n", error.what());
    ADD_FAILURE_AT(where.file, static_cast<int>(where.line)) << report.text;
  }
  return report;
}

TestReport explore_test(const Body& body, const TestOptions& options, SourceLocation where) {
  const auto run = [&](const std::string& name, const TestOptions& all) {
    return run_test({name, {}, body}, all);
  };
  return explore_as_test(run, options, where);
}

TestReport expect_failure(const Body& body, const ExpectedFailure& expected,
                          const TestOptions& options, SourceLocation where) {
  const auto run = [&](const std::string& name, const TestOptions& all) {
    return run_expecting({name, {}, body}, expected, all);
  };
  return explore_as_test(run, options, where);
}

void init_testing(int* argc, char** argv) {
  Flags& flags = Flags::of_this_process();
  flags.note_given();
  int kept = std::min(1, *argc);
  for (int i = kept; i < *argc; ++i) {
    if (!flags.take(argv[i])) argv[kept++] = argv[i];
  }
  if (kept < *argc) argv[kept] = nullptr;
  *argc = kept;
}

}  // namespace sim
