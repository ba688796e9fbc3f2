#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <sim/scenario.hpp>

namespace racelab {

/// What a command tells the shell.
enum ExitCode : int {
  kSuccess = 0,
  kFailureFound = 1,   ///< explore: a failure; replay: another outcome than the recorded one
  kBadUsage = 2,       ///< or bad input
  kDiverged = 3,       ///< replay: the schedule does not fit the program
  kCouldNot = 4,       ///< not deterministic, nothing could interleave, no file could be written
  kInterrupted = 130,  ///< Ctrl-C
};

inline constexpr std::uint32_t kSteps = 10'000;  ///< in one execution, where no more are asked for
inline constexpr std::uint32_t kStepsMax = 100'000'000;

struct ListOptions {
  bool json = false;
};

struct ExploreCommand {
  std::string scenario;
  std::string strategy = "dpor";
  bool strategy_given = false;
  std::uint64_t seed = 1;
  std::uint64_t from = 0;                    ///< the first execution of a seed
  std::optional<std::uint32_t> preemptions;  ///< bound of `bounded`
  std::uint32_t pct_depth = 3;
  std::uint32_t jobs = 1;
  std::optional<std::uint64_t> executions;
  std::optional<double> seconds;
  std::uint32_t steps = kSteps;
  double hang_seconds = 10;
  bool all = false;
  bool json = false;
  std::optional<std::string> out;
  std::optional<std::string> checkpoint;  ///< where an unfinished search goes
  double checkpoint_seconds = 60;         ///< from one to the next, of a long run
  std::optional<std::string> resume;      ///< a checkpoint to go on from
};

struct SelfcheckCommand {
  std::uint32_t jobs = 1;
  bool json = false;
};

struct ReplayCommand {
  std::string file;
  std::uint32_t times = 1;
  std::optional<std::uint32_t> steps;  ///< none: kSteps more than the schedule has
  double hang_seconds = 10;
  bool json = false;
};

/// The subcommands.
ExitCode list(const sim::Registry& registry, const ListOptions& options);
ExitCode explore(const sim::Registry& registry, const ExploreCommand& command);
ExitCode replay(const sim::Registry& registry, const ReplayCommand& command);
ExitCode selfcheck(const SelfcheckCommand& command);
ExitCode show(const sim::Registry& registry, const ReplayCommand& command);

}  // namespace racelab
