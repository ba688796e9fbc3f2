#include <sim/testing/test_options.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

namespace sim {
namespace {

constexpr double kTimeMin_s = 0.001;
constexpr double kTimeMax_s = 31'536'000;
constexpr double kHangTimeMin_s = 0.1;
constexpr double kHangTimeMax_s = 86'400;

/// `text` as a number from `min` to `max`, both inclusive; empty if it is anything else.
template <class Number>
std::optional<Number> number(const std::string& text, Number min, Number max) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  // Both comparisons are false for NaN.
  const bool fits = error == std::errc{} && rest == end && value >= min && value <= max;
  return fits ? std::optional{value} : std::nullopt;
}

/// Sets `to` to the number in `text`. Returns false, and sets nothing, if it is not allowed.
template <class Target, class Number>
bool set_number(Target& to, const std::string& text, Number min, Number max) {
  const auto value = number<Number>(text, min, max);
  if (value) to = *value;
  return value.has_value();
}

template <class Duration, class Target>
bool set_seconds(Target& to, const std::string& text, double min, double max) {
  const auto value = number<double>(text, min, max);
  if (value) to = std::chrono::duration_cast<Duration>(std::chrono::duration<double>{*value});
  return value.has_value();
}

bool set_text(std::string& to, const std::string& text) {
  to = text;
  return !text.empty();
}

bool set_strategy(TestOptions& options, const std::string& text) {
  if (find_strategy(text) == nullptr) return false;
  options.search.strategy = text;
  const StrategyParameters& takes = strategy_info(text).takes;
  const SearchOptions usual;
  SearchOptions& search = options.search;
  if (!takes.seed && !options.given.seed) search.seed = usual.seed;
  if (!takes.from && !options.given.from) search.from = usual.from;
  if (!takes.preemptions && !options.given.preemptions) search.preemptions.reset();
  if (!takes.pct_depth && !options.given.pct_depth) search.pct_depth = usual.pct_depth;
  if (!takes.stay && !options.given.stay) search.stay_percent = usual.stay_percent;
  return true;
}

bool set_isolate(TestOptions& options, const std::string& text) {
  options.isolate = text == "1";
  return text == "0" || text == "1";
}

bool set_replay(TestOptions& options, const std::string& text) {
  return set_text(options.replay.emplace(), text);
}

struct Setting : TestSetting {
  bool (*set)(TestOptions& options, const std::string& text);
};

const std::vector<Setting>& settings() {
  using O = TestOptions;
  using S = const std::string;
  constexpr std::uint64_t kMax64 = std::numeric_limits<std::uint64_t>::max();
  static const std::string names = [] {
    std::string text;
    for (const StrategyInfo& info : strategies()) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", info.name);
    }
    return text;
  }();
  static const std::vector<Setting> all{
      {{"strategy", names.c_str(), "which executions to run"}, set_strategy},
      {{"seed", "a whole number", "seed of a strategy that samples"},
       [](O& o, S& s) { return set_number(o.search.seed, s, std::uint64_t{0}, kMax64); }},
      {{"from", "a whole number",
        "number of the first execution to run, in the sequence of the seed"},
       [](O& o, S& s) { return set_number(o.search.from, s, std::uint64_t{0}, kMax64); }},
      {{"preemptions", "0 to 100000000", "the most preemptions that bounded tries"},
       [](O& o, S& s) { return set_number(o.search.preemptions, s, 0U, kStepsMax); }},
      {{"pct_depth", "1 to 1000", "depth of the bugs that pct looks for"},
       [](O& o, S& s) { return set_number(o.search.pct_depth, s, 1U, kPctDepthMax); }},
      {{"stay", "0 to 99, in percent", "probability that sticky stays with its task"},
       [](O& o, S& s) { return set_number(o.search.stay_percent, s, 0U, kStayPercentMax); }},
      {{"timeouts", "0 to 1000000",
        "how many timed waits of one task may time out in one execution"},
       [](O& o, S& s) { return set_number(o.search.timeouts, s, 0U, kBoundMax); }},
      {{"spurious", "0 to 1000000",
        "how many waits of one task may wake, and compare_exchange_weak may fail, spuriously in "
        "one execution"},
       [](O& o, S& s) { return set_number(o.search.spurious, s, 0U, kBoundMax); }},
      {{"executions", "a whole number, at least 1", "stop after this many executions"},
       [](O& o, S& s) { return set_number(o.search.executions, s, std::uint64_t{1}, kMax64); }},
      {{"time", "0.001 to 31536000, in seconds", "stop after this much real time"},
       [](O& o, S& s) {
         return set_seconds<std::chrono::nanoseconds>(o.time, s, kTimeMin_s, kTimeMax_s);
       }},
      {{"steps", "1 to 100000000", "limit on the steps of one execution"},
       [](O& o, S& s) { return set_number(o.steps_max, s, 1U, kStepsMax); }},
      {{"stack_kib", "16 to 1048576", "size of each task's stack, in KiB"},
       [](O& o, S& s) {
         std::uint32_t kib = 0;
         const bool set = set_number(kib, s, kStackKibMin, kStackKibMax);
         if (set) o.stack_bytes = std::size_t{kib} * 1024;
         return set;
       }},
      {{"isolate", "0 or 1",
        "explore in a child process, so that a crash or a hang is a failure with a schedule"},
       set_isolate},
      {{"shrink", "0 or 1", "shrink a failure, and look for its cause"},
       [](O& o, S& s) {
         if (s != "0" && s != "1") return false;
         o.shrink = s == "1";
         return true;
       }},
      {{"jobs", "1 to 1024", "number of child processes that share the search"},
       [](O& o, S& s) { return set_number(o.jobs, s, 1U, kJobsMax); }},
      {{"hang_time", "0.1 to 86400, in seconds",
        "an isolated execution that makes no step for this long counts as hung"},
       [](O& o, S& s) {
         return set_seconds<std::chrono::milliseconds>(o.hang_timeout, s, kHangTimeMin_s,
                                                       kHangTimeMax_s);
       }},
      {{"replay", "a schedule file", "replay this file instead of exploring"}, set_replay},
      {{"out", "a directory", "where to write the schedules of failures"},
       [](O& o, S& s) { return set_text(o.directory, s); }},
  };
  return all;
}

}  // namespace

const std::vector<TestSetting>& test_settings() {
  static const std::vector<TestSetting> all{settings().begin(), settings().end()};
  return all;
}

std::string set_test_option(TestOptions& options, std::string_view name, const std::string& value) {
  const auto setting = std::find_if(settings().begin(), settings().end(),
                                    [&](const Setting& s) { return s.name == name; });
  if (setting == settings().end()) {
    throw UsageError(fmt::format("there is no test option \"{}\": see sim::test_settings()", name));
  }
  TestOptions changed = options;
  if (!setting->set(changed, value)) {
    return fmt::format("{} is \"{}\"; allowed: {}", name, value, setting->allowed);
  }
  options = std::move(changed);
  const auto note = [&](std::string_view given_name, bool& given) { given |= name == given_name; };
  note("seed", options.given.seed);
  note("from", options.given.from);
  note("preemptions", options.given.preemptions);
  note("pct_depth", options.given.pct_depth);
  note("stay", options.given.stay);
  return {};
}

std::string environment_name(std::string_view name) {
  std::string upper = "RACELAB_";
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

std::string apply_environment(TestOptions& options) {
  std::string problems;
  for (const TestSetting& setting : test_settings()) {
    const std::string variable = environment_name(setting.name);
    const char* const value = std::getenv(variable.c_str());
    if (value == nullptr) continue;
    const std::string problem = set_test_option(options, setting.name, value);
    if (problem.empty()) continue;
    problems += fmt::format("{}{}{}", problems.empty() ? "" : "\n", variable,
                            problem.substr(std::string_view{setting.name}.size()));
  }
  return problems;
}

}  // namespace sim
