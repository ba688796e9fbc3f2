#pragma once

// Loads a schedule and the program it belongs to, and replays it: the steps that `replay`, `show`,
// `shrink` and `drive` have in common.

#include <optional>
#include <string>
#include <variant>

#include <sim/engine/program.hpp>
#include <sim/scenario.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// A schedule with the program that it runs on.
struct Loaded {
  std::string file;
  sim::Schedule schedule;
  sim::Program program;
};

/// Whether a command's FILE argument is an HTTP address.
[[nodiscard]] bool is_address(const std::string& file);

/// Reads the schedule in `file`, which may be an address. The second alternative is an error in one
/// line.
[[nodiscard]] std::variant<sim::Schedule, std::string> read_schedule(const std::string& file);

/// Reads the schedule in `file` and makes its program, or the program of the scenario `on` if
/// given. The second alternative is an error in one line.
[[nodiscard]] std::variant<Loaded, std::string> load(const sim::Registry& registry,
                                                     const std::string& file,
                                                     const std::optional<std::string>& on = {});

/// Replays the schedule in a child process, as the command says.
[[nodiscard]] sim::Replayed replay_isolated(const Loaded& loaded, const ReplayCommand& command);

/// The exit code for a replay.
[[nodiscard]] ExitCode verdict(const Loaded& loaded, const sim::Replayed& replayed);

/// Prints "DIVERGED", with the place in the schedule and the reason.
void print_divergence(const Loaded& loaded, const sim::Divergence& divergence);

}  // namespace racelab
