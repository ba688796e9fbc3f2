#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sim/jobs.hpp>
#include <sim/program.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// A strategy that `explore` offers.
struct StrategyInfo {
  const char* name;
  const char* summary;
  bool samples;  ///< it runs seeded executions for as long as it is let
};

/// All of them, the default first.
const std::vector<StrategyInfo>& strategies();
const StrategyInfo& strategy_info(const std::string& name);

/// How the options of `command` make its strategy, each time anew.
sim::StrategyMaker strategy_maker(const sim::Program& program, const ExploreCommand& command);

/// The options that shape the search, as in "seed 7, depth 3"; empty where there are none.
std::string describe_strategy(const ExploreCommand& command);

}  // namespace racelab
