#pragma once

// Searches that can be saved, resumed and shared among processes. The part that such a search has
// left to explore is encoded as a work unit, which the same strategy with the same options can
// explore on the same program in any process. sim/search/saved_search.hpp keeps units in files,
// sim/process/jobs.hpp hands them to other processes.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sim/engine/engine.hpp>
#include <sim/engine/strategy.hpp>

namespace sim {

/// How much of a search is done.
struct SearchProgress {
  /// The explored share of the whole tree of choices, from 0 to 1; all alternatives of a choice
  /// have equal shares. If strategies divide a search, the sum of their shares is that of the
  /// search. Empty if the strategy does not know it.
  std::optional<double> share;
  std::uint64_t left_min = 0;  ///< a lower bound of the number of executions that are left
};

/// A strategy whose search can be divided into work units. Its functions beyond those of Strategy
/// are called between executions only.
class SplittableStrategy : public Strategy {
 public:
  using Strategy::Strategy;

  /// Returns everything that is left to explore as one work unit. The strategy does not change.
  [[nodiscard]] virtual std::string save() const = 0;
  /// Replaces everything that is left to explore by `unit`, which save() or split() returned.
  /// Returns false, and leaves nothing to explore, if `unit` is not a work unit of this strategy.
  [[nodiscard]] virtual bool resume(std::string_view unit) = 0;
  /// Removes a part of what is left to explore, the largest subtrees first, and returns it as a
  /// work unit. Empty if too little is left to divide.
  [[nodiscard]] virtual std::optional<std::string> split() = 0;

  [[nodiscard]] virtual SearchProgress progress() const { return {}; }
};

/// Makes the strategy of a search. Called in the process that uses the strategy. It may run
/// executions of the program, on an engine with the given options, to measure the program.
using StrategyMaker = std::function<std::unique_ptr<SplittableStrategy>(const EngineOptions&)>;

}  // namespace sim
