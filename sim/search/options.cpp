#include <sim/search/options.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/exhaustive.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/pos.hpp>
#include <sim/search/random.hpp>
#include <sim/search/surw.hpp>

namespace sim {

const std::vector<StrategyInfo>& strategies() {
  constexpr Capabilities kSearches{};
  constexpr Capabilities kSamples = SamplingStrategy::kCapabilities;
  static const std::vector<StrategyInfo> all{
      {"dpor", "one execution of each Mazurkiewicz trace: complete, and the fastest to be so",
       DporStrategy::kCapabilities},
      {"bounded", "all executions without a preemption, then with one, two, …", kSearches},
      {"exhaustive", "every interleaving", kSearches},
      {"random", "a uniform random walk", kSamples},
      {"pct", "random priorities of tasks, changed at --pct-depth - 1 random steps", kSamples},
      {"pos", "random priorities of operations, drawn anew after what they race with", kSamples},
      {"surw", "the steps on one object in an order drawn evenly, the others at random", kSamples},
  };
  return all;
}

const StrategyInfo* find_strategy(std::string_view name) {
  const auto found = std::find_if(strategies().begin(), strategies().end(),
                                  [&](const StrategyInfo& info) { return info.name == name; });
  return found == strategies().end() ? nullptr : &*found;
}

const StrategyInfo& strategy_info(std::string_view name) {
  if (const StrategyInfo* const info = find_strategy(name)) return *info;
  throw UsageError(fmt::format("there is no strategy \"{}\": see sim::strategies()", name));
}

Program bounded(Program program, const SearchOptions& search) {
  program.bounds.timeouts = search.timeouts.value_or(program.bounds.timeouts);
  program.bounds.spurious = search.spurious.value_or(program.bounds.spurious);
  return program;
}

StrategyMaker strategy_maker(const Program& program, const SearchOptions& search) {
  const auto limited = [search](std::unique_ptr<SamplingStrategy> strategy) {
    strategy->limit(search.from, search.executions.value_or(UINT64_MAX));
    return strategy;
  };
  return [=, &program](const EngineOptions& engine) -> std::unique_ptr<SplittableStrategy> {
    const auto measured = [&] {
      EngineOptions options = engine;
      options.after_failure = AfterFailure::continue_;
      return measure(program, options, search.seed);
    };
    if (search.strategy == "exhaustive") return std::make_unique<ExhaustiveStrategy>();
    if (search.strategy == "bounded") {
      return std::make_unique<BoundedStrategy>(search.preemptions);
    }
    if (search.strategy == "random") {
      return limited(std::make_unique<RandomStrategy>(search.seed));
    }
    if (search.strategy == "pct") {
      const PctOptions options{search.pct_depth, std::max(1U, measured().length)};
      return limited(std::make_unique<PctStrategy>(search.seed, options));
    }
    if (search.strategy == "pos") {
      return limited(std::make_unique<PosStrategy>(search.seed));
    }
    if (search.strategy == "surw") {
      return limited(std::make_unique<SurwStrategy>(search.seed, SurwOptions{measured(), true}));
    }
    return std::make_unique<DporStrategy>();
  };
}

std::string found_by(const SearchOptions& search, const FailureGroup& group) {
  if (!group.reproduction) return search.strategy;
  return fmt::format("{}, {}", search.strategy, to_string(*group.reproduction));
}

std::string describe_search(const SearchOptions& search) {
  std::string text;
  if (strategy_info(search.strategy).capabilities.samples) {
    text = fmt::format("seed {}", search.seed);
  }
  if (search.from > 0) text += fmt::format(" from execution {}", search.from);
  if (search.strategy == "pct") text += fmt::format(", depth {}", search.pct_depth);
  if (search.strategy == "bounded" && search.preemptions) {
    text = fmt::format("at most {} preemptions", *search.preemptions);
  }
  const auto add_bound = [&](const std::optional<std::uint32_t>& bound, const char* what) {
    if (!bound) return;
    text += fmt::format("{}at most {} {} of a task", text.empty() ? "" : ", ", *bound, what);
  };
  add_bound(search.timeouts, "time-outs");
  add_bound(search.spurious, "spurious failures");
  return text;
}

}  // namespace sim
