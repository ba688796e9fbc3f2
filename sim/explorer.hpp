#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sim/engine.hpp>
#include <sim/program.hpp>
#include <sim/recording.hpp>
#include <sim/strategy.hpp>

namespace sim {

/// Counters that another thread or process may read while an exploration runs.
struct ExploreProgress {
  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<bool> done{false};  ///< set by whoever reports, so that a progress line ends
};

struct ExploreOptions {
  EngineOptions engine;  ///< after_failure is set from `all`
  bool all = false;      ///< go on after the first failure
  std::optional<std::uint64_t> executions_max;
  std::optional<std::chrono::nanoseconds> time_max;  ///< real time
  const std::atomic<bool>* interrupt = nullptr;  ///< set to end the exploration with what it has
  ExploreProgress* progress = nullptr;
};

/// All failures of the same thing at the same place.
struct FailureGroup {
  std::uint64_t id = 0;          ///< Outcome::group
  std::uint64_t executions = 0;  ///< that failed so
  std::uint64_t first = 0;       ///< the first of them, from 1
  Recording recording;           ///< of the first, up to its failure
};

/// Why an exploration ended.
enum class StopReason : std::uint8_t {
  exhausted,   ///< the strategy has nothing left
  failure,     ///< a failure, without ExploreOptions::all
  executions,  ///< the budget of executions is spent
  time,        ///< the budget of time is spent
  interrupted,
  nondeterminism,  ///< the same choices led to different steps
};

/// What an exploration has found.
struct Exploration {
  StopReason reason = StopReason::exhausted;
  bool complete = false;  ///< every execution there is was run, to its end
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
  std::uint64_t steps = 0;      ///< of all executions
  std::uint64_t cut = 0;        ///< executions that met the step bound
  std::uint64_t abandoned = 0;  ///< tasks that would not end when stopped
  std::uint32_t max_depth = 0;  ///< steps of the longest execution
  bool interleaved = false;     ///< some execution had a choice between two tasks
  double seconds = 0;
  std::vector<FailureGroup> groups;  ///< in the order found
  std::string nondeterminism;        ///< what differed, where reason says so
};

/// Runs executions of `program` as `strategy` chooses until it has nothing left or a budget is
/// spent. The first failure of each group, and a sample of the rest, is run a second time, to put
/// it into words and to see that the program is deterministic. `on_group` is called for each new
/// group as soon as it is known.
/// Runs on the calling thread; throws what Engine::run throws.
Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group = {});

}  // namespace sim
