#pragma once

// The strategies by name, and the options that select and configure one. Commands and test
// frameworks offer these options to their users. A new strategy is registered in options.cpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/limits.hpp>
#include <sim/engine/program.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/splittable.hpp>
#include <sim/search/sticky.hpp>

namespace sim {

inline constexpr std::uint32_t kPctDepth = 3;
inline constexpr std::uint32_t kPctDepthMax = 1000;
inline constexpr std::uint32_t kJobsMax = 1024;
/// The default budget of a strategy that samples, in executions.
inline constexpr std::uint64_t kSampledExecutions = 100'000;

/// Options that decide which executions a search runs, and in which order.
struct SearchOptions {
  std::string strategy = "portfolio";          ///< the name of one of strategies()
  std::uint64_t seed = 1;                      ///< used by strategies that sample
  std::uint64_t from = 0;                      ///< number of the first execution that is sampled
  std::optional<std::uint32_t> preemptions{};  ///< bound of `bounded`; empty for no bound
  std::uint32_t pct_depth = kPctDepth;         ///< PctOptions::depth
  std::uint32_t stay_percent = kStayPercent;   ///< used by `sticky`: see StickyStrategy
  std::optional<std::uint64_t> executions{};   ///< budget; empty for no limit
  std::optional<std::uint32_t> timeouts{};     ///< replaces Bounds::timeouts of the program
  std::optional<std::uint32_t> spurious{};     ///< replaces Bounds::spurious of the program
};

/// Which members of SearchOptions a strategy uses, beside the budget and the bounds. An option that
/// a strategy would ignore is an error.
struct StrategyParameters {
  bool seed = false;
  bool from = false;
  bool preemptions = false;
  bool pct_depth = false;
  bool stay = false;
};

/// A strategy that can be selected by name.
struct StrategyInfo {
  const char* name;
  const char* summary;  ///< half a line for a list of strategies
  Capabilities capabilities;
  StrategyParameters takes{};
};

/// All strategies; the first is the default.
const std::vector<StrategyInfo>& strategies();
/// The strategy with this name; null if there is no such strategy.
const StrategyInfo* find_strategy(std::string_view name);
/// The strategy with this name. Throws UsageError if there is no such strategy.
const StrategyInfo& strategy_info(std::string_view name);

/// The message for options in `given` that the strategy does not take, which says which strategies
/// take them; empty if it takes all of them. Throws UsageError if there is no such strategy.
std::string refused_options(std::string_view strategy, const StrategyParameters& given);
/// The parameters whose values differ from the defaults of SearchOptions.
StrategyParameters changed_parameters(const SearchOptions& search);

/// Returns `program` with the bounds that `search` states in place of its own.
Program bounded(Program program, const SearchOptions& search);

/// Returns a function that makes a new strategy according to `search`. A strategy that samples is
/// limited to SearchOptions::executions; for other strategies the caller has to enforce that
/// budget. `program` must outlive the returned function. Throws UsageError if there is no such
/// strategy.
StrategyMaker strategy_maker(const Program& program, const SearchOptions& search);

/// Describes how a failure was found, for the header of a schedule: "dpor", or "random, seed 7,
/// execution 12".
std::string found_by(const SearchOptions& search, const FailureGroup& group);

/// The options with which one part of a portfolio runs, by StrategyPart::index.
SearchOptions part_options(const SearchOptions& portfolio, std::uint32_t part);

/// Describes the options that change the search, as in "seed 7, depth 3"; empty if there are no
/// such options.
std::string describe_search(const SearchOptions& search);

}  // namespace sim
