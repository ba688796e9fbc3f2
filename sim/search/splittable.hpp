#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sim/engine/engine.hpp>
#include <sim/engine/strategy.hpp>

namespace sim {

/// How far a search is, as far as it can tell.
struct SearchProgress {
  /// What it has explored of the whole tree, from 0 to 1, where each alternative of a choice counts
  /// for the same; the sum over all that share the search. Empty where it cannot tell.
  std::optional<double> share;
  std::uint64_t left_min = 0;  ///< executions that are left, at the least
};

/// A strategy that can write down what it has left to explore, give part of it away, and take up
/// what another one of its kind has written or given. All of it between executions only.
/// Parts are bytes, meant for the same strategy with the same options on the same program; they do
/// not depend on the process that made them.
class SplittableStrategy : public Strategy {
 public:
  using Strategy::Strategy;

  /// All that is left to explore.
  [[nodiscard]] virtual std::string save() const = 0;
  /// Explores `part`, which save() or split() has given, and nothing else. False where it is no
  /// such part; the strategy then has nothing to explore.
  [[nodiscard]] virtual bool resume(std::string_view part) = 0;
  /// Gives away some of what is left, the larger pieces first. Empty where there is too little.
  [[nodiscard]] virtual std::optional<std::string> split() = 0;

  [[nodiscard]] virtual SearchProgress progress() const { return {}; }
};

/// Makes the strategy of a search, in the process that is to use it. It may run executions, on an
/// engine with these options.
using StrategyMaker = std::function<std::unique_ptr<SplittableStrategy>(const EngineOptions&)>;

}  // namespace sim
