#pragma once
// The endpoints below /simulator: executions of the bank on the simulator's fibers, step by step as
// a client chooses them, and explanations of failing schedules. The page's simulator uses both.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/workload.hpp>
#include <http/lab/invalid.hpp>
#include <sim/report/shown_execution.hpp>
#include <sim/scenario.hpp>

namespace http {

/// The most steps of an execution that is simulated for a request.
inline constexpr std::size_t kChoicesMax = 2'000;
inline constexpr std::size_t kSimulatedAccountsMax = 100;
inline constexpr std::size_t kSimulatedTransfersMax = sim::kTasksMax - 1;

/// Some transfers, and the first steps of one of their executions.
struct Simulation {
  bank::Workload workload;
  std::vector<std::size_t> choices;  ///< the task of each step, from 1
};

/// The next operation of a task.
struct NextOperation {
  std::size_t task;
  std::string operation;
  std::string object;
  std::optional<std::size_t> held_by;  ///< the task that holds `object`; empty if none does
};

/// The state after the steps of a Simulation.
struct Simulated {
  sim::ShownExecution shown;           ///< its outcome is `passed` if it has not ended yet
  std::vector<NextOperation> enabled;  ///< for each task that can do the next step
  std::vector<NextOperation> blocked;  ///< for each task that has to wait
  std::vector<bank::AccountStart> balances;
  bool finished = false;  ///< no step can follow: all tasks have ended, or the execution failed
};

/// A replayed execution and, if it failed, the simplest execution that fails in the same way.
struct Explained {
  sim::ShownExecution recorded;
  std::optional<sim::ShownExecution> shrunk;  ///< empty if `recorded` did not fail
};

/// A scenario that a client can choose to simulate.
struct ScenarioView {
  std::string name;
  std::string summary;
  bool fails;  ///< in some interleaving
  bank::Workload workload;
};

/// Runs simulations. Each call runs on the calling thread, with bounded time and memory.
/// Thread-safe.
class Simulator {
 public:
  Simulator();

  [[nodiscard]] std::vector<ScenarioView> scenarios() const;
  /// Does the steps of a simulation. Each choice must be a task of the workload, and there must be
  /// at most kChoicesMax of them. Refuses a choice of a task that cannot do a step then.
  [[nodiscard]] static Decoded<Simulated> simulate(const Simulation& simulation);
  /// Replays a schedule file to its end, and finds out why it fails.
  [[nodiscard]] Decoded<Explained> explain(std::string_view text) const;

 private:
  sim::Registry registry_;
};

}  // namespace http
