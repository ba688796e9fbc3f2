#pragma once

// Searches that can be saved, resumed and shared among processes. What such a search has left to
// explore is a work unit: bytes for the same strategy with the same options on the same program, in
// any process. sim/search/saved_search.hpp keeps units in files, sim/process/jobs.hpp hands them to
// other processes.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sim/engine/engine.hpp>
#include <sim/engine/strategy.hpp>

namespace sim {

/// How far a search has come.
struct SearchProgress {
  /// The explored share of the whole tree of choices, from 0 to 1, where all alternatives of a
  /// choice have equal shares. The shares of strategies that divide a search add up. Empty if the
  /// strategy cannot tell.
  std::optional<double> share;
  std::uint64_t left_min = 0;  ///< a lower bound of the number of executions that are left
};

/// A strategy whose search can be divided into work units. Its functions beyond those of Strategy
/// are called between executions only.
class SplittableStrategy : public Strategy {
 public:
  using Strategy::Strategy;

  /// Returns everything that is left to explore as one work unit, and keeps it.
  [[nodiscard]] virtual std::string save() const = 0;
  /// Replaces what is left to explore by `unit`, which save() or split() has returned. Returns
  /// false, and leaves nothing to explore, if `unit` is not a work unit of this strategy.
  [[nodiscard]] virtual bool resume(std::string_view unit) = 0;
  /// Gives away some of what is left to explore, the largest subtrees first. Empty if too little is
  /// left to divide it.
  [[nodiscard]] virtual std::optional<std::string> split() = 0;

  [[nodiscard]] virtual SearchProgress progress() const { return {}; }
};

/// Makes the strategy of a search, in the process that uses it. It may run executions of the
/// program, on an engine with the given options, to measure it.
using StrategyMaker = std::function<std::unique_ptr<SplittableStrategy>(const EngineOptions&)>;

}  // namespace sim
