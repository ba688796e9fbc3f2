// How soon each strategy finds the bugs of sim/examples/rare_orders.hpp: the median, over 20 seeds,
// of the executions up to the first failure.
//
//   racelab_search_bench                    all strategies on all programs
//   racelab_search_bench portfolio random   these strategies
//   racelab_search_bench --safe-stack …     10 seeds of SafeStack, with up to 200,000 executions
//   racelab_search_bench --pct …            pct with several depths
//   racelab_search_bench rare/account …     only these programs
//
// A strategy whose executions do not depend on a seed runs once.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <sim/examples/all.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>
#include <sim/testing/scenario.hpp>

namespace {

constexpr std::uint64_t kNotFound = std::numeric_limits<std::uint64_t>::max();

struct Benchmark {
  std::vector<std::string> programs{"rare/reorder:setters=2,checkers=1",
                                    "rare/reorder:setters=3,checkers=1",
                                    "rare/reorder:setters=4,checkers=1",
                                    "rare/reorder:setters=9,checkers=1",
                                    "rare/reorder:setters=10,checkers=10",
                                    "rare/reorder:setters=49,checkers=1",
                                    "rare/twostage:writers=1,readers=1",
                                    "rare/twostage:writers=10,readers=10",
                                    "rare/twostage:writers=25,readers=25",
                                    "rare/wronglock:checked=1,others=7",
                                    "rare/wronglock:checked=1,others=3",
                                    "rare/account",
                                    "rare/bluetooth",
                                    "rare/lazy",
                                    "rare/token-ring",
                                    "example/late-check"};
  std::uint64_t seeds = 20;
  std::uint64_t executions = 10'000;
  std::vector<sim::SearchOptions> searches{};
};

/// The number of executions up to the first failure; kNotFound if the budget is spent before it.
std::uint64_t executions_to_failure(const sim::Program& program, const sim::SearchOptions& search,
                                    std::uint64_t executions) {
  sim::SearchOptions limited = search;
  limited.executions = executions;
  const auto strategy = sim::strategy_maker(program, limited)({});
  sim::ExploreOptions options;
  options.executions_max = executions;
  options.record = false;
  const sim::Exploration found = sim::explore(program, *strategy, options);
  return found.failures > 0 ? found.executions : kNotFound;
}

std::string number(std::uint64_t executions) {
  return executions == kNotFound ? "-" : std::to_string(executions);
}

void print_row(const Benchmark& benchmark, const sim::Program& program, sim::SearchOptions search) {
  const bool draws = sim::strategy_info(search.strategy).takes.seed;
  std::vector<std::uint64_t> runs;
  for (std::uint64_t seed = 1; seed <= (draws ? benchmark.seeds : 1); ++seed) {
    search.seed = seed;
    runs.push_back(executions_to_failure(program, search, benchmark.executions));
  }
  std::sort(runs.begin(), runs.end());
  const auto found =
      runs.size() - static_cast<std::size_t>(std::count(runs.begin(), runs.end(), kNotFound));
  std::string name = search.strategy;
  if (name == "pct") name += fmt::format(" {}", search.pct_depth);
  if (name == "sticky") name += fmt::format(" {}", search.stay_percent);
  fmt::print("  {:<12} found {:>2} of {:>2}, median {:>6}, most {:>6}\n", name, found, runs.size(),
             number(runs[(runs.size() - 1) / 2]), number(runs.back()));
  std::fflush(stdout);
}

std::optional<Benchmark> parse(int argc, char** argv) {
  Benchmark benchmark;
  std::vector<std::string> named;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word{argv[i]};
    if (word == "--safe-stack") {
      benchmark.programs = {"rare/safe-stack"};
      benchmark.seeds = 10;
      benchmark.executions = 200'000;
    } else if (word == "--pct") {
      for (const std::uint32_t depth : {1U, 2U, 3U, 5U, 10U, 20U}) {
        benchmark.searches.push_back({.strategy = "pct", .pct_depth = depth});
      }
    } else if (word.find('/') != std::string_view::npos) {
      named.emplace_back(word);
    } else if (sim::find_strategy(word) != nullptr) {
      benchmark.searches.push_back({.strategy = std::string{word}});
    } else {
      return std::nullopt;
    }
  }
  if (!named.empty()) benchmark.programs = named;
  if (!benchmark.searches.empty()) return benchmark;
  for (const sim::StrategyInfo& info : sim::strategies()) {
    benchmark.searches.push_back({.strategy = info.name});
  }
  return benchmark;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Benchmark> benchmark = parse(argc, argv);
  if (!benchmark) {
    fmt::print(stderr,
               "usage: racelab_search_bench [--safe-stack] [--pct] [STRATEGY …] [PROGRAM …]\n");
    return 2;
  }
  sim::Registry registry;
  sim::add_examples(registry);
  for (const std::string& name : benchmark->programs) {
    fmt::print("{}\n", name);
    const std::variant<sim::Program, std::string> made = registry.make(name);
    if (const auto* const problem = std::get_if<std::string>(&made)) {
      fmt::print(stderr, "{}\n", *problem);
      return 2;
    }
    const auto& program = std::get<sim::Program>(made);
    for (const sim::SearchOptions& search : benchmark->searches) {
      print_row(*benchmark, program, search);
    }
  }
  return 0;
}
