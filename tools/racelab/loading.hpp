#pragma once

#include <optional>
#include <string>
#include <variant>

#include <sim/engine/program.hpp>
#include <sim/scenario.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

struct Loaded {
  std::string file;
  sim::Schedule schedule;
  sim::Program program;
};

/// Whether a command's FILE is an address.
[[nodiscard]] bool is_address(const std::string& file);

/// The schedule in `file`, which may be an address. Second: one line about what is wrong.
[[nodiscard]] std::variant<sim::Schedule, std::string> read_schedule(const std::string& file);

/// The schedule in `file` and its program or, where one is given, that of the scenario `on`.
/// Second: one line about what is wrong.
[[nodiscard]] std::variant<Loaded, std::string> load(const sim::Registry& registry,
                                                     const std::string& file,
                                                     const std::optional<std::string>& on = {});

/// Replays it as the command says, in a process of its own.
[[nodiscard]] sim::Replayed replay_isolated(const Loaded& loaded, const ReplayCommand& command);

/// What came of that, for the shell.
[[nodiscard]] ExitCode verdict(const Loaded& loaded, const sim::Replayed& replayed);

/// "DIVERGED", where and how.
void print_divergence(const Loaded& loaded, const sim::Divergence& divergence);

}  // namespace racelab
