#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// All failures of the same thing at the same place.
struct FailureGroup {
  std::uint64_t id = 0;           ///< Outcome::group
  std::uint64_t executions = 0;   ///< that failed so first or, of a search by traces, could have
  std::vector<TraceEntry> least;  ///< of the one with the fewest preemptions and, of these, the
                                  ///< lowest tasks first, up to its failure
  std::optional<Reproduction> reproduction;  ///< Strategy::reproduction() of this one
  Recording recording;                       ///< of this one
};

/// Why an exploration ended.
enum class StopReason : std::uint8_t {
  exhausted,   ///< the strategy has nothing left
  limit,       ///< it has, but has run all that it was asked for
  failure,     ///< a failure, without ExploreOptions::all
  executions,  ///< the budget of executions is spent
  time,        ///< the budget of time is spent
  interrupted,
  lost,            ///< a process that explored was ended, and what it had left with it
  unsupported,     ///< the strategy cannot explore this program
  nondeterminism,  ///< the same choices led to different steps
};

/// What an exploration has found.
struct Exploration {
  StopReason reason = StopReason::exhausted;
  bool complete = false;  ///< every execution there is was run, to its end
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
  std::uint64_t steps = 0;       ///< of all executions
  std::uint64_t cut = 0;         ///< executions that met the step bound
  std::uint64_t bounded = 0;     ///< executions that met one of the program's Bounds
  std::uint64_t lost = 0;        ///< processes that did not survive, with what they had left
  std::uint64_t abandoned = 0;   ///< tasks that would not end when stopped
  std::uint32_t max_depth = 0;   ///< steps of the longest execution
  bool interleaved = false;      ///< some execution had a choice between two tasks
  bool open_invariants = false;  ///< one named no objects: it was checked on visited states only
  double seconds = 0;
  std::vector<FailureGroup> groups;  ///< the one with the least failure first
  std::string problem;               ///< what differed, or is unsupported, where reason says so

  /// Whether no execution was kept from anything.
  [[nodiscard]] bool is_whole() const { return cut == 0 && bounded == 0 && lost == 0; }
  /// Adds what another exploration of the same search has found, but for its reason.
  void merge(const Exploration& other);
  void sort_groups();
};

/// Whether schedule `a` comes before `b` in the order in which FailureGroup::least is the first.
[[nodiscard]] bool precedes(std::span<const TraceEntry> a, std::span<const TraceEntry> b);

/// Counters that another thread or process may read while an exploration runs.
struct ExploreProgress {
  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint32_t> max_depth{0};
  // Kept up to date by whoever handles ExploreOptions::on_attention.
  std::atomic<double> share{-1};           ///< SearchProgress::share; below 0: not known
  std::atomic<std::uint64_t> left_min{0};  ///< SearchProgress::left_min
};

struct ExploreOptions {
  EngineOptions engine;  ///< after_failure is set from `all`, record_order from the
                         ///< strategy, bounds from the program
  bool all = false;      ///< go on after the first failure
  std::optional<std::uint64_t> executions_max;
  std::optional<std::chrono::nanoseconds> time_max;  ///< real time
  const std::atomic<bool>* interrupt = nullptr;  ///< set to end the exploration with what it has
  ExploreProgress* progress = nullptr;
  bool record = true;  ///< make FailureGroup::recording

  // For explorations that are one of several, or that are watched closely.

  /// A budget of executions that is shared with others: each execution takes one.
  std::atomic<std::int64_t>* executions_left = nullptr;
  /// Where it is set, between two executions, on_attention is called with what was found so far.
  const std::atomic<bool>* attention = nullptr;
  std::function<void(const Exploration&)> on_attention{};
  /// Called when the strategy has nothing left. True: it has been given more.
  std::function<bool(const Exploration&)> on_exhausted{};
};

/// Runs executions of `program` as `strategy` chooses until it has nothing left or a budget is
/// spent. The first failure of each group, and a sample of the rest, is run a second time, to put
/// it into words and to see that the program is deterministic. `on_group` is called for each new
/// group as soon as it is known, with the failure that was found first.
/// Runs on the calling thread; throws what Engine::run throws.
Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group = {});

}  // namespace sim
