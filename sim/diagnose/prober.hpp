#pragma once

// Runs executions of a program until one is found that somebody asks for: the tool with which
// shrink() and explain() ask "can it also fail like this?". Each search is limited by one budget of
// steps, and by default runs in a child process, so that a crash or a hang is found like any other
// failure.

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
  std::chrono::milliseconds hang_timeout{10'000};
  /// If this is set, the rest of the budget counts as spent. The prober sets it too if a child was
  /// interrupted.
  std::atomic<bool>* interrupt = nullptr;
};

/// The result of a search for one execution.
struct Probe {
  bool found = false;
  bool exhaustive = false;        ///< every execution of the strategy was run, none truncated
  std::uint64_t executions = 0;   ///< how many were run
  std::vector<TraceEntry> trace;  ///< the execution that was found; empty if none was
};

/// A failure that is to happen again, in another execution.
struct Target {
  OutcomeKind kind = OutcomeKind::passed;
  std::uint64_t group = 0;          ///< Outcome::group; 0 for a crash or a hang
  std::optional<CrashCause> crash;  ///< only of a crash
  TraceEntry last{};                ///< last entry before a crash or a hang
  bool any_group = false;           ///< any group: the program has changed, and its groups with it

  /// Whether `outcome` is this failure. Crashes are compared by their causes, not by their tasks.
  [[nodiscard]] bool is(const Outcome& outcome) const;
  /// Whether `trace` ends with the same operation on the same object as the trace of this failure:
  /// what tells one crash or hang from another.
  [[nodiscard]] bool comes_after(std::span<const TraceEntry> trace) const;
  /// Whether no process survives it.
  [[nodiscard]] bool dies() const {
    return kind == OutcomeKind::crash || kind == OutcomeKind::hang;
  }
};

/// The failure of `recording`, as one to look for.
[[nodiscard]] Target target_of(const Recording& recording);

/// Runs executions of programs, within one budget. By default it forks, so no other threads should
/// run. Not thread-safe. Throws what Engine::run and Supervisor::run throw.
class Prober {
 public:
  /// Returns whether the last execution of an engine is the one that is looked for.
  using Wanted = std::function<bool(const Engine&)>;
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};  ///< all steps left in the budget

  explicit Prober(const ProbeOptions& options) : options_(options), left_(options.steps_max) {}

  /// Runs executions as `strategy` chooses until `wanted`, called after each, returns true. Spends
  /// at most `steps_max` steps. A child process changes its own copy of the strategy.
  Probe search(const Program& program, Strategy& strategy, const Wanted& wanted,
               std::uint64_t steps_max = kAll);
  /// Runs executions as `strategy` chooses until one fails as `target` does, which may be a crash
  /// or a hang. Spends at most `steps_max` steps.
  Probe search(const Program& program, Strategy& strategy, const Target& target,
               std::uint64_t steps_max = kAll);

  /// Runs the execution that `trace` is of once more, and records it. It ends where `trace` ends.
  [[nodiscard]] Recording record(const Program& program, std::span<const TraceEntry> trace) const;
  /// Records the execution that `trace` is of, and what its tasks do after the failure: each that
  /// can still run does so until it ends or waits.
  [[nodiscard]] Recording record_beyond(const Program& program,
                                        std::span<const TraceEntry> trace) const;

  [[nodiscard]] bool is_spent() const { return left_ == 0 || interrupted(); }
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
  std::uint64_t left_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
