#pragma once

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

namespace sim {

inline constexpr std::uint32_t kPctDepthMax = 1000;
inline constexpr std::uint32_t kJobsMax = 1024;
/// A sampler's budget where none is asked for.
inline constexpr std::uint64_t kSampledExecutions = 100'000;

/// Which executions a search runs, in what order.
struct SearchOptions {
  std::string strategy = "dpor";               ///< one of strategies()
  std::uint64_t seed = 1;                      ///< of a strategy that samples
  std::uint64_t from = 0;                      ///< the first execution of a seed
  std::optional<std::uint32_t> preemptions{};  ///< bound of `bounded`
  std::uint32_t pct_depth = 3;                 ///< of the bugs that `pct` looks for, at least 1
  std::optional<std::uint64_t> executions{};   ///< budget
  std::optional<std::uint32_t> timeouts{};     ///< in place of the program's own Bounds
  std::optional<std::uint32_t> spurious{};     ///< likewise
};

/// A strategy that can be asked for by name.
struct StrategyInfo {
  const char* name;
  const char* summary;
  Capabilities capabilities;
};

/// All of them, the default first.
const std::vector<StrategyInfo>& strategies();
/// Null where there is none of this name.
const StrategyInfo* find_strategy(std::string_view name);
/// Throws UsageError where there is none of this name.
const StrategyInfo& strategy_info(std::string_view name);

/// The program, with those of its bounds that `search` states.
Program bounded(Program program, const SearchOptions& search);

/// How `search` makes its strategy, each time anew. Of its budget only a sampler's is kept to.
/// `program` must outlive the maker.
StrategyMaker strategy_maker(const Program& program, const SearchOptions& search);

/// How a failure was found, as a schedule says it: "dpor", or "random, seed 7, execution 12".
std::string found_by(const SearchOptions& search, const FailureGroup& group);

/// The options that shape the search, as in "seed 7, depth 3"; empty where there are none.
std::string describe_search(const SearchOptions& search);

}  // namespace sim
