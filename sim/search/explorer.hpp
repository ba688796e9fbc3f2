#pragma once

// Runs a search on the calling thread and says what it found:
//
//   DporStrategy strategy;
//   const Exploration found = explore(program, strategy, {.all = true});
//
// sim/process/jobs.hpp spreads a search over processes, each of which calls explore().

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/search/exploration.hpp>

namespace sim {

/// Counters that another thread or process may read while an exploration runs.
struct ExploreProgress {
  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint32_t> max_depth{0};
  // explore() leaves these to the handler of ExploreOptions::on_attention.
  std::atomic<double> share{-1};           ///< SearchProgress::share; below 0 if it is not known
  std::atomic<std::uint64_t> left_min{0};  ///< SearchProgress::left_min
};

struct ExploreOptions {
  /// explore() sets three of them itself: after_failure by `all`, record_order by what the strategy
  /// needs, and bounds by the program.
  EngineOptions engine;
  bool all = false;  ///< whether to go on after the first failure
  std::optional<std::uint64_t> executions_max;
  std::optional<std::chrono::nanoseconds> time_max;  ///< real time
  const std::atomic<bool>* interrupt = nullptr;  ///< set it to end the exploration with its results
  ExploreProgress* progress = nullptr;           ///< kept up to date if it is not null
  bool record = true;                            ///< whether to make FailureGroup::recording

  // For an exploration that is one of several, or that is watched closely.

  /// A budget of executions that is shared with other explorations: each execution takes one.
  std::atomic<std::int64_t>* executions_left = nullptr;
  /// While it is set, on_attention is called between two executions with what was found up to then.
  const std::atomic<bool>* attention = nullptr;
  std::function<void(const Exploration&)> on_attention{};
  /// Called when the strategy is exhausted. Returns whether it was given more to explore.
  std::function<bool(const Exploration&)> on_exhausted{};
};

/// Runs executions of `program` as `strategy` chooses until the strategy has no more or a budget is
/// spent. The first failure of each group, and a sample of the executions that pass, are run a
/// second time, to put them into words and to see that the program is deterministic. `on_group` is
/// called for each new group as soon as it is known, with the failure that was found first.
/// Throws what Engine::run throws.
Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group = {});

}  // namespace sim
