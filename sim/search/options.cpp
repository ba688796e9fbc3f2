#include <sim/search/options.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/exhaustive.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/measured.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/portfolio.hpp>
#include <sim/search/pos.hpp>
#include <sim/search/random.hpp>
#include <sim/search/surw.hpp>

namespace sim {

const std::vector<StrategyInfo>& strategies() {
  constexpr Capabilities kSearches{};
  constexpr Capabilities kSamples = SamplingStrategy::kCapabilities;
  constexpr StrategyParameters kSampled{.seed = true, .from = true};
  static const std::vector<StrategyInfo> all{
      {"portfolio",
       "few preemptions first, then dpor and the samplers by turns: finds what they find",
       PortfolioStrategy::kCapabilities,
       {.seed = true}},
      {"dpor", "one execution of each Mazurkiewicz trace: complete, and the fastest to be so",
       DporStrategy::kCapabilities},
      {"bounded",
       "all executions without a preemption, then with one, two, …",
       kSearches,
       {.preemptions = true}},
      {"exhaustive", "every interleaving", kSearches},
      {"random", "a uniform random walk", kSamples, kSampled},
      {"sticky",
       "a random walk that stays with its task, with a probability of --stay percent",
       kSamples,
       {.seed = true, .from = true, .stay = true}},
      {"pct",
       "random priorities of tasks, changed at --pct-depth - 1 random steps",
       kSamples,
       {.seed = true, .from = true, .pct_depth = true}},
      {"pos", "random priorities of operations, drawn anew after what they race with", kSamples,
       kSampled},
      {"surw", "the steps on one object in an order drawn evenly, the others at random", kSamples,
       kSampled},
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

namespace {

/// The options that only some strategies take, as they are spelled on a command line.
struct ParameterRow {
  const char* name;
  bool StrategyParameters::*member;
};
constexpr std::array kParameters{ParameterRow{"seed", &StrategyParameters::seed},
                                 ParameterRow{"from", &StrategyParameters::from},
                                 ParameterRow{"preemptions", &StrategyParameters::preemptions},
                                 ParameterRow{"pct-depth", &StrategyParameters::pct_depth},
                                 ParameterRow{"stay", &StrategyParameters::stay}};

}  // namespace

std::string refused_options(std::string_view strategy, const StrategyParameters& given) {
  const StrategyInfo& chosen = strategy_info(strategy);
  std::string text;
  for (const ParameterRow& row : kParameters) {
    if (!(given.*row.member) || chosen.takes.*row.member) continue;
    std::string takers;
    for (const StrategyInfo& info : strategies()) {
      if (!(info.takes.*row.member)) continue;
      takers += fmt::format("{}{}", takers.empty() ? "" : ", ", info.name);
    }
    text += fmt::format("{}the strategy {} does not take the option {}; it is for {}",
                        text.empty() ? "" : "; ", chosen.name, row.name, takers);
  }
  return text;
}

StrategyParameters changed_parameters(const SearchOptions& search) {
  const SearchOptions usual;
  return {.seed = search.seed != usual.seed,
          .from = search.from != usual.from,
          .preemptions = search.preemptions.has_value(),
          .pct_depth = search.pct_depth != usual.pct_depth,
          .stay = search.stay_percent != usual.stay_percent};
}

StrategyMaker strategy_maker(const Program& program, const SearchOptions& search) {
  static_cast<void>(strategy_info(search.strategy));
  const auto limited = [search](std::unique_ptr<SamplingStrategy> strategy) {
    strategy->limit(search.from, search.executions.value_or(UINT64_MAX));
    return strategy;
  };
  return [=, &program](const EngineOptions& engine) -> std::unique_ptr<SplittableStrategy> {
    const auto measured = [&program, engine, seed = search.seed] {
      EngineOptions options = engine;
      options.after_failure = AfterFailure::continue_;
      return measure(program, options, seed);
    };
    if (search.strategy == "portfolio") {
      return std::make_unique<PortfolioStrategy>(search.seed);
    }
    if (search.strategy == "dpor") return std::make_unique<DporStrategy>();
    if (search.strategy == "exhaustive") return std::make_unique<ExhaustiveStrategy>();
    if (search.strategy == "bounded") {
      return std::make_unique<BoundedStrategy>(search.preemptions);
    }
    if (search.strategy == "random") {
      return limited(std::make_unique<RandomStrategy>(search.seed));
    }
    if (search.strategy == "sticky") {
      return limited(std::make_unique<StickyStrategy>(search.seed, search.stay_percent));
    }
    if (search.strategy == "pct") {
      const auto make = [search](const Measurement& size) -> std::unique_ptr<SamplingStrategy> {
        const PctOptions options{search.pct_depth, std::max(1U, size.length)};
        return std::make_unique<PctStrategy>(search.seed, options);
      };
      return limited(std::make_unique<MeasuredStrategy>(search.seed, make, measured));
    }
    if (search.strategy == "pos") {
      return limited(std::make_unique<PosStrategy>(search.seed));
    }
    if (search.strategy == "surw") {
      const auto make = [search](const Measurement& size) -> std::unique_ptr<SamplingStrategy> {
        return std::make_unique<SurwStrategy>(search.seed, SurwOptions{size, true});
      };
      return limited(std::make_unique<MeasuredStrategy>(search.seed, make, measured));
    }
    throw UsageError(
        fmt::format("the strategy \"{}\" is registered but cannot be made", search.strategy));
  };
}

std::string found_by(const SearchOptions& search, const FailureGroup& group) {
  const bool has_parts = search.strategy == "portfolio";
  const SearchOptions by = has_parts ? part_options(search, group.part) : search;
  if (!group.reproduction) return by.strategy;
  const std::string depth =
      has_parts && by.strategy == "pct" ? fmt::format(", depth {}", by.pct_depth) : std::string{};
  return fmt::format("{}{}, {}", by.strategy, depth, to_string(*group.reproduction));
}

SearchOptions part_options(const SearchOptions& portfolio, std::uint32_t part) {
  const PortfolioPartInfo& info = portfolio_part(part);
  SearchOptions options = portfolio;
  options.strategy = info.strategy;
  if (info.pct_depth > 0) options.pct_depth = info.pct_depth;
  return options;
}

std::string describe_search(const SearchOptions& search) {
  std::string text;
  if (strategy_info(search.strategy).takes.seed) {
    text = fmt::format("seed {}", search.seed);
  }
  if (search.from > 0) text += fmt::format(" from execution {}", search.from);
  if (search.strategy == "pct") text += fmt::format(", depth {}", search.pct_depth);
  if (search.strategy == "sticky") text += fmt::format(", stays {} %", search.stay_percent);
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
