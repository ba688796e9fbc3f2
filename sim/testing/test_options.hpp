#pragma once

// The options of a test that explores its program, and the same options as texts from the
// environment or a command line.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/search/options.hpp>

namespace sim {

/// The budget of executions of a test that sets no budget of executions or time.
inline constexpr std::uint64_t kTestExecutions = 100'000;

/// The options of a test in a test framework: how it explores its program, or which schedule it
/// replays.
struct TestOptions {
  SearchOptions search{};
  /// Parameters of the strategy that set_test_option() has set. A strategy that does not take one
  /// of them is refused, while parameters in code give way to a strategy that is set as text.
  StrategyParameters given{};
  std::optional<std::chrono::nanoseconds> time{};         ///< budget of real time
  std::uint32_t steps_max = kSteps;                       ///< limit for one execution
  std::size_t stack_bytes = EngineOptions{}.stack_bytes;  ///< size for each task
  /// Explore in a child process, so that a crash or an endless loop of the code under test is a
  /// failure with a schedule. Forks, so no other threads should run.
  bool isolate = false;
  std::uint32_t jobs =
      1;  ///< child processes that share the search; more than one implies `isolate`
  /// An isolated execution that makes no step for this long counts as hung.
  std::chrono::milliseconds hang_timeout{10'000};
  bool shrink = true;           ///< shrink a failure, and look for its cause
  bool must_interleave = true;  ///< a test in which nothing could interleave does not pass
  std::string directory{};      ///< where schedules are written; empty: the working directory
  std::optional<std::string> replay{};  ///< a schedule file to replay instead of exploring
  /// Returns the command that replays a schedule file. The report of a failure shows it.
  std::function<std::string(const std::string& file)> replay_command{};
};

/// An option that can be given as text, in the environment or on a command line.
struct TestSetting {
  const char* name;     ///< as in "pct_depth"
  const char* allowed;  ///< what its values are
  const char* meaning;
};

/// All settings, in the order in which help texts list them.
const std::vector<TestSetting>& test_settings();

/// Sets the option of the setting `name` to `value`. Returns an empty text. If `value` is not
/// allowed, sets nothing and returns a message such as 'pct_depth is "0"; allowed: 1 to 1000'.
/// Throws UsageError if no setting has this name.
std::string set_test_option(TestOptions& options, std::string_view name, const std::string& value);

/// The environment variable of a setting: "pct_depth" makes "RACELAB_PCT_DEPTH".
std::string environment_name(std::string_view name);

/// Sets the options that the environment has variables for. Returns an empty text, or one line for
/// each variable whose value is not allowed.
std::string apply_environment(TestOptions& options);

}  // namespace sim
