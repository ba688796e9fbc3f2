#pragma once

// The subcommands of `racelab`: the options of each, as command.cpp parses them, and the function
// that runs it. Each function prints its result and returns the exit code for the shell.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <sim/scenario.hpp>
#include <sim/schedule/debugging.hpp>
#include <sim/search/options.hpp>

namespace racelab {

/// Exit codes for the shell.
enum ExitCode : int {
  kSuccess = 0,
  kFailureFound = 1,   ///< explore: a failure; replay: an outcome other than the recorded one
  kBadUsage = 2,       ///< wrong options, or input that cannot be read
  kDiverged = 3,       ///< replay: the schedule does not fit the program
  kCouldNot = 4,       ///< nondeterminism, nothing to interleave, or a file not written
  kInterrupted = 130,  ///< Ctrl-C
};

using sim::kStackKib;
using sim::kStackKibMax;
using sim::kStackKibMin;
using sim::kSteps;
using sim::kStepsMax;

/// The options of `racelab list`.
struct ListOptions {
  bool json = false;
};

/// The options of `racelab explore`.
struct ExploreCommand : sim::SearchOptions {
  std::string scenario;
  std::uint32_t jobs = 1;
  std::optional<double> seconds;
  std::uint32_t steps = kSteps;
  std::uint32_t stack_kib = kStackKib;
  double hang_seconds = 10;
  bool all = false;
  bool no_shrink = false;  ///< keep failures as they were found, and do not explain them
  bool json = false;
  std::optional<std::string> out;
  std::optional<std::string> checkpoint;  ///< file for an unfinished search
  double checkpoint_seconds = 60;         ///< between two checkpoints of a long run
  std::optional<std::string> resume;      ///< file of the checkpoint to continue from
};

/// The options of `racelab shrink`.
struct ShrinkCommand {
  std::string file;
  std::optional<std::string> out;
  std::uint32_t stack_kib = kStackKib;
  double hang_seconds = 10;
  bool json = false;
};

/// The options of `racelab compare`.
struct CompareCommand {
  std::string before;
  std::string after;
  std::uint32_t steps = kSteps;
  std::uint32_t stack_kib = kStackKib;
  double hang_seconds = 10;
  bool json = false;
};

/// The options of `racelab selfcheck`.
struct SelfcheckCommand {
  std::uint32_t jobs = 1;
  bool json = false;
};

/// The options of `racelab replay`.
struct ReplayCommand {
  std::string file;
  std::optional<std::string> scenario;  ///< replay on this scenario instead of the schedule's own
  bool follow = false;                  ///< see sim::ReplayMode::follow
  std::uint32_t times = 1;
  std::optional<std::uint32_t> steps;  ///< empty: see sim::replay_steps_max()
  std::uint32_t stack_kib = kStackKib;
  double hang_seconds = 10;
  bool json = false;
  bool debug = false;     ///< replay in this process, for a debugger
  sim::DebugStops stops;  ///< where to stop in the debugger
};

/// The options of `racelab show`.
struct ShowCommand : ReplayCommand {
  // Files to export the execution to.
  std::optional<std::string> html;
  std::optional<std::string> svg;
  std::optional<std::string> perfetto;
  std::optional<std::string> otlp;  ///< a file, or a collector's address
};

// The subcommands. Each prints its result, and errors to standard error, and returns the exit code.
ExitCode list(const sim::Registry& registry, const ListOptions& options);
ExitCode explore(const sim::Registry& registry, const ExploreCommand& command);
ExitCode replay(const sim::Registry& registry, const ReplayCommand& command);
ExitCode shrink(const sim::Registry& registry, const ShrinkCommand& command);
ExitCode compare(const sim::Registry& registry, const CompareCommand& command);
ExitCode selfcheck(const SelfcheckCommand& command);
ExitCode show(const sim::Registry& registry, const ShowCommand& command);

}  // namespace racelab
