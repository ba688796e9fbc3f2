#pragma once

// Runs a search on the calling thread and returns what it found:
//
//   DporStrategy strategy;
//   const Exploration found = explore(program, strategy, {.all = true});
//
// sim/process/jobs.hpp distributes a search over processes, each of which calls explore().

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <sim/engine/engine.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/search/exploration.hpp>

namespace sim {

/// Counters that another thread or process may read while an exploration runs.
struct ExploreProgress {
  std::atomic<std::uint64_t> begun{0};  ///< executions that were begun
  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> steps{0};
  std::atomic<std::uint32_t> max_depth{0};
  // Not set by explore(), but by the handler in ExploreOptions::on_attention.
  std::atomic<double> share{-1};           ///< SearchProgress::share; below 0 if it is not known
  std::atomic<std::uint64_t> left_min{0};  ///< SearchProgress::left_min
};

/// An execution of an exploration that has ended a process, in an earlier run of the same part of
/// the search.
struct FatalExecution {
  enum class When : std::uint8_t {
    running,   ///< a task ended it, at `point`
    drained,   ///< it ended when the tasks were drained, after the execution
    repeated,  ///< it ended when the execution was repeated
  };
  std::uint64_t number = 0;  ///< its number in the exploration, from 1
  When when = When::running;
  FatalPoint point;
};

struct ExploreOptions {
  /// The options of the engine. explore() overwrites three members: after_failure according to
  /// `all`, record_order according to the strategy's capabilities, and bounds with the program's.
  EngineOptions engine;
  bool all = false;  ///< whether to continue after the first failure
  std::optional<std::uint64_t> executions_max;
  std::optional<std::chrono::nanoseconds> time_max;  ///< real time
  const std::atomic<bool>* interrupt = nullptr;  ///< if it becomes true, the search ends with its
                                                 ///< results so far
  ExploreProgress* progress = nullptr;           ///< updated after each execution; may be null
  bool record = true;                            ///< whether to make FailureGroup::recording

  /// Called before each execution. Returns the observer of that execution, or null if it is not to
  /// be observed. May be empty. The traces of observed executions have spawns, joins and wake-ups.
  std::function<Observer*()> observe{};
  /// Called after each execution that was observed.
  std::function<void(const Engine&)> on_observed{};

  // These options are for an exploration that is one part of a search.

  /// A budget of executions that is shared with other explorations: each execution decrements it.
  /// May be null.
  std::atomic<std::int64_t>* executions_left = nullptr;
  /// While it is true, on_attention is called before each execution, with the results so far.
  const std::atomic<bool>* attention = nullptr;
  std::function<void(const Exploration&)> on_attention{};
  /// Called with the results so far when the strategy is exhausted. Returns whether it has given
  /// the strategy more to explore.
  std::function<bool(const Exploration&)> on_exhausted{};
  /// The executions that would end this process: their tasks are stopped before. Ordered by number
  /// and then by place. It may be changed by the handlers above. May be null.
  const std::vector<FatalExecution>* fatal = nullptr;
  /// Called in each worker process when it ends. Returns bytes for JobsReport::notes, such as what
  /// the observers have seen. May be empty.
  std::function<std::string()> note{};
};

/// Runs executions of `program` as `strategy` chooses, until the strategy has no more or a budget
/// is used up. The first failure of each group, and a sample of the executions that pass, are run a
/// second time, to record them and to check that the program is deterministic. `on_group` is called
/// for each new group as soon as it is known, with the failure that was found first. If the
/// strategy has parts, the result says what each did (Exploration::parts), and is settled
/// (Exploration::settle()), except in an exploration that is one part of a search. Everything runs
/// on the calling thread.
/// Throws what Engine::run throws.
Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group = {});

}  // namespace sim
