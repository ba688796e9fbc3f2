#pragma once

#include <optional>
#include <string>

#include <sim/diagnose/coverage.hpp>
#include <sim/engine/program.hpp>
#include <sim/process/jobs.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// What the first executions of a search that passed have covered. They are run once more, in a
/// process of their own; empty where it did not survive.
[[nodiscard]] std::optional<sim::Coverage> coverage_of(const sim::Program& program,
                                                       const sim::StrategyMaker& make_strategy,
                                                       const ExploreCommand& command);

/// A few lines.
[[nodiscard]] std::string coverage_text(const sim::Coverage& coverage);

}  // namespace racelab
