#pragma once

// Runs executions of a program until one has a given property. shrink() and explain() use it to ask
// whether the program can also fail in another way. All searches of one Prober share one budget of
// steps. By default they run in child processes, so that a crash or a hang is found like any other
// failure.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// How a Prober runs executions.
struct ProbeOptions {
  EngineOptions engine;
  /// Budget for all executions of one Prober: steps, not time, so that its findings are the same
  /// on every machine.
  std::uint64_t steps_max = 10'000'000;
  bool isolated = true;  ///< run in child processes, so that this one survives a crash or a hang
  std::chrono::milliseconds hang_timeout{10'000};  ///< time without a step; for child processes
  /// After it, the budget counts as spent.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  /// While it is true, the budget counts as spent. The prober sets it to true if a child process
  /// was interrupted. May be null.
  std::atomic<bool>* interrupt = nullptr;
};

/// The result of a search for one execution.
struct Probe {
  bool found = false;
  bool exhaustive = false;        ///< every execution of the strategy was run, none truncated
  std::uint64_t executions = 0;   ///< how many were run
  std::vector<TraceEntry> trace;  ///< the execution that was found; empty if not `found`
};

/// The failure that a search looks for.
struct Target {
  OutcomeKind kind = OutcomeKind::passed;
  std::uint64_t group = 0;          ///< Outcome::group; 0 for a crash or a hang
  std::optional<CrashCause> crash;  ///< for a crash: its cause
  TraceEntry last{};                ///< for a crash or a hang: the last entry before it
  bool any_group = false;           ///< ignore `group`, because another program has other groups

  /// Whether `outcome` is this failure. Crashes are compared by their causes, not by their tasks.
  [[nodiscard]] bool is(const Outcome& outcome) const;
  /// Whether `trace` ends with the same operation on the same object as the trace of this failure.
  /// This distinguishes crashes and hangs, which have no group.
  [[nodiscard]] bool comes_after(std::span<const TraceEntry> trace) const;
};

/// If some tasks are in a deadlock and others went on until the bound on steps: the number of trace
/// entries up to the last step of a task in the deadlock, at least 1. Otherwise empty.
[[nodiscard]] std::optional<std::size_t> end_of_deadlock(const Recording& recording);

/// The failure of `recording`, as the target of a search.
[[nodiscard]] Target target_of(const Recording& recording);

/// Runs executions of programs, within one budget. By default it forks, so no other threads should
/// run. Not thread-safe. Throws what Engine::run and Supervisor::run throw.
class Prober {
 public:
  /// Returns whether the last execution of an engine is one that the search looks for.
  using Wanted = std::function<bool(const Engine&)>;
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};  ///< all steps left in the budget

  explicit Prober(const ProbeOptions& options)
      : options_(options),
        execution_steps_max_(options.engine.steps_max),
        left_(options.steps_max) {}

  /// Limits each execution that begins from now on to so many steps and choices, or to those of the
  /// options if they are fewer. For failures in which tasks go on until the limit.
  void limit_executions(std::size_t steps_max) {
    options_.engine.steps_max =
        static_cast<std::uint32_t>(std::clamp<std::size_t>(steps_max, 1, execution_steps_max_));
  }

  /// Runs the executions of `strategy` until `wanted`, which is called after each, returns true.
  /// Spends at most `steps_max` steps. If the search runs in a child process, `strategy` and the
  /// captures of `wanted` are changed in that process only.
  Probe search(const Program& program, Strategy& strategy, const Wanted& wanted,
               std::uint64_t steps_max = kAll);
  /// Runs the executions of `strategy` until one has the failure `target`, which may be a crash or
  /// a hang. Spends at most `steps_max` steps.
  Probe search(const Program& program, Strategy& strategy, const Target& target,
               std::uint64_t steps_max = kAll);

  /// Repeats the execution with this trace and records it, up to the end of `trace`.
  [[nodiscard]] Recording record(const Program& program, std::span<const TraceEntry> trace) const;
  /// Repeats the execution with this trace and records it, with the steps that its tasks make after
  /// the failure: each task that can still run continues until it ends or waits.
  [[nodiscard]] Recording record_beyond(const Program& program,
                                        std::span<const TraceEntry> trace) const;

  /// Whether no budget is left, or the prober was interrupted.
  [[nodiscard]] bool is_spent() const { return left_ == 0 || interrupted() || is_late(); }
  /// The number of executions that all searches have run.
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] const ProbeOptions& options() const { return options_; }

 private:
  struct SharedProbeState;
  struct Search {
    const Program& program;
    Strategy& strategy;
    const Wanted& wanted;
    const Target* target;
    std::uint64_t steps_max;
  };

  [[nodiscard]] bool is_late() const {
    return options_.deadline && std::chrono::steady_clock::now() >= *options_.deadline;
  }
  [[nodiscard]] bool interrupted() const {
    return options_.interrupt != nullptr && *options_.interrupt;
  }
  [[nodiscard]] EngineOptions options_for(const Program& program, const Strategy& strategy) const;
  [[nodiscard]] Recording record(const Program& program, Strategy& strategy,
                                 const EngineOptions& options) const;
  Probe run(const Search& search);
  Probe run_in_process(const Search& search, const EngineOptions& options,
                       SharedProbeState& state) const;
  Probe run_in_child(const Search& search, EngineOptions options, SharedProbeState& state) const;
  void run_here(SharedProbeState& state, const Search& search, Engine& engine) const;

  ProbeOptions options_;
  std::uint32_t execution_steps_max_;  ///< the bound on the steps of an execution in the options
  std::uint64_t left_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
