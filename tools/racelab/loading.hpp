#pragma once

// Loads a schedule and the program that it belongs to, and replays it. `replay`, `show`, `shrink`
// and `drive` use these functions.

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

/// Reads the schedule in `file`, and makes its program or, if `on` is given, the program of the
/// scenario `on`. The second alternative is an error in one line.
[[nodiscard]] std::variant<Loaded, std::string> load(const sim::Registry& registry,
                                                     const std::string& file,
                                                     const std::optional<std::string>& on = {});

/// Replays the schedule with the options of the command: in a child process or, if the command asks
/// for it or a debugger watches this process, in this one.
[[nodiscard]] sim::Replayed run_replay(const Loaded& loaded, const ReplayCommand& command);

/// The exit code for the result of a replay.
[[nodiscard]] ExitCode verdict(const Loaded& loaded, const sim::Replayed& replayed);

/// Prints "DIVERGED", with the place in the schedule and the reason.
void print_divergence(const Loaded& loaded, const sim::Divergence& divergence);

}  // namespace racelab
