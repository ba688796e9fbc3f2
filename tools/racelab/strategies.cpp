#include <tools/racelab/strategies.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <sim/measure.hpp>
#include <sim/strategies/bounded.hpp>
#include <sim/strategies/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/strategies/pct.hpp>
#include <sim/strategies/pos.hpp>
#include <sim/strategies/random.hpp>
#include <sim/strategies/surw.hpp>

namespace racelab {

const std::vector<StrategyInfo>& strategies() {
  static const std::vector<StrategyInfo> all{
      {"dpor", "one execution of each Mazurkiewicz trace: complete, and the fastest to be so",
       false},
      {"bounded", "all executions without a preemption, then with one, two, …", false},
      {"exhaustive", "every interleaving", false},
      {"random", "a uniform random walk", true},
      {"pct", "random priorities of tasks, changed at --pct-depth - 1 random steps", true},
      {"pos", "random priorities of operations, drawn anew behind what they race with", true},
      {"surw", "the steps on one object in an order drawn evenly, the others at random", true},
  };
  return all;
}

const StrategyInfo& strategy_info(const std::string& name) {
  return *std::find_if(strategies().begin(), strategies().end(),
                       [&](const StrategyInfo& info) { return info.name == name; });
}

sim::StrategyMaker strategy_maker(const sim::Program& program, const ExploreCommand& command) {
  const auto limited = [command](std::unique_ptr<sim::SamplingStrategy> strategy) {
    strategy->limit(command.from, command.executions.value_or(UINT64_MAX));
    return strategy;
  };
  return
      [=, &program](const sim::EngineOptions& engine) -> std::unique_ptr<sim::DivisibleStrategy> {
        const auto measured = [&] {
          sim::EngineOptions options = engine;
          options.after_failure = sim::AfterFailure::continue_;
          return sim::measure(program, options, command.seed);
        };
        if (command.strategy == "exhaustive") return std::make_unique<sim::ExhaustiveStrategy>();
        if (command.strategy == "bounded") {
          return std::make_unique<sim::BoundedStrategy>(command.preemptions);
        }
        if (command.strategy == "random") {
          return limited(std::make_unique<sim::RandomStrategy>(command.seed));
        }
        if (command.strategy == "pct") {
          const sim::PctOptions options{command.pct_depth, std::max(1U, measured().length)};
          return limited(std::make_unique<sim::PctStrategy>(command.seed, options));
        }
        if (command.strategy == "pos") {
          return limited(std::make_unique<sim::PosStrategy>(command.seed));
        }
        if (command.strategy == "surw") {
          return limited(std::make_unique<sim::SurwStrategy>(command.seed,
                                                             sim::SurwOptions{measured(), true}));
        }
        return std::make_unique<sim::DporStrategy>();
      };
}

std::string describe_strategy(const ExploreCommand& command) {
  std::string text;
  if (strategy_info(command.strategy).samples) text = fmt::format("seed {}", command.seed);
  if (command.from > 0) text += fmt::format(" from execution {}", command.from);
  if (command.strategy == "pct") text += fmt::format(", depth {}", command.pct_depth);
  if (command.strategy == "bounded" && command.preemptions) {
    text = fmt::format("at most {} preemptions", *command.preemptions);
  }
  return text;
}

}  // namespace racelab
