#pragma once

// Coverage of a search that found no failure: which pairs of conflicting operations it has seen in
// both orders. `explore` prints it, so that "no failure" can be judged.

#include <optional>
#include <string>

#include <sim/diagnose/coverage.hpp>
#include <sim/engine/program.hpp>
#include <sim/process/jobs.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// The coverage of the first executions of a search that found no failure. Runs these executions
/// again in a child process. Empty if that process crashed or hung.
[[nodiscard]] std::optional<sim::Coverage> coverage_of(const sim::Program& program,
                                                       const sim::StrategyMaker& make_strategy,
                                                       const ExploreCommand& command);

/// The coverage in a few lines for the terminal.
[[nodiscard]] std::string coverage_text(const sim::Coverage& coverage);

}  // namespace racelab
