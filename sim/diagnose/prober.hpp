#pragma once

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

struct ProbeOptions {
  EngineOptions engine;
  /// Budget for all that one Prober runs: steps, not time, so that its findings are the same on
  /// every machine.
  std::uint64_t steps_max = 10'000'000;
  bool isolated = true;  ///< in child processes: a crash or hang is survived
  std::chrono::milliseconds hang_timeout{10'000};
  /// Set to spend the rest of the budget; set too where a child was told to stop.
  std::atomic<bool>* interrupt = nullptr;
};

/// What a search for one execution came to.
struct Probe {
  bool found = false;
  bool whole = false;             ///< the strategy had nothing left, and all were run to their ends
  std::uint64_t executions = 0;   ///< that were run
  std::vector<TraceEntry> trace;  ///< of what was found
};

/// A failure that is to happen again.
struct Target {
  OutcomeKind kind = OutcomeKind::passed;
  std::uint64_t group = 0;          ///< Outcome::group
  std::optional<CrashCause> crash;  ///< of a crash, which has no group
  TraceEntry last{};                ///< the step before a crash or hang
  bool any_group = false;           ///< of a program that is not quite the same

  [[nodiscard]] bool is(const Outcome& outcome) const;
  /// Of a crash or hang: whether it comes behind the same step on the same object.
  [[nodiscard]] bool is_behind(std::span<const TraceEntry> trace) const;
  /// Whether no process survives it.
  [[nodiscard]] bool dies() const {
    return kind == OutcomeKind::crash || kind == OutcomeKind::hang;
  }
};

/// The failure of a recording.
[[nodiscard]] Target target_of(const Recording& recording);

/// Runs executions of a program as a search for some of them asks, by default in child processes.
/// Then it forks, so no other threads should run. Throws what Engine::run and Supervisor::run
/// throw.
class Prober {
 public:
  /// Whether the execution that an engine has run last is the one that is looked for.
  using Wanted = std::function<bool(const Engine&)>;
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};  ///< that is left of the budget

  explicit Prober(const ProbeOptions& options) : options_(options), left_(options.steps_max) {}

  /// Runs executions as `strategy` chooses until `wanted`, which looks at the engine behind each of
  /// them, says yes. A child has a strategy of its own.
  Probe search(const Program& program, Strategy& strategy, const Wanted& wanted,
               std::uint64_t steps_max = kAll);
  /// The same for a failure, which may be a crash or a hang.
  Probe search(const Program& program, Strategy& strategy, const Target& target,
               std::uint64_t steps_max = kAll);

  /// Puts an execution into words. It ends where `trace` ends.
  [[nodiscard]] Recording record(const Program& program, std::span<const TraceEntry> trace) const;
  /// The same, and what comes behind its failure where the tasks that can still run do so, each as
  /// far as it comes.
  [[nodiscard]] Recording record_beyond(const Program& program,
                                        std::span<const TraceEntry> trace) const;

  [[nodiscard]] bool is_spent() const { return left_ == 0 || interrupted(); }
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] const ProbeOptions& options() const { return options_; }

 private:
  struct Told;
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
  Probe run_in_process(const Search& search, const EngineOptions& options, Told& told) const;
  Probe run_in_child(const Search& search, EngineOptions options, Told& told) const;
  void run_here(Told& told, const Search& search, Engine& engine) const;

  ProbeOptions options_;
  std::uint64_t left_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
