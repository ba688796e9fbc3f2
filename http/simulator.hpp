#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bank/workload.hpp>
#include <sim/report/shown_execution.hpp>
#include <sim/scenario.hpp>

namespace http {

/// So many steps an execution may have that is simulated for a request.
inline constexpr std::size_t kChoicesMax = 2'000;
inline constexpr std::size_t kSimulatedAccountsMax = 100;
inline constexpr std::size_t kSimulatedTransfersMax = sim::kTasksMax - 1;

/// An execution of some transfers, up to where somebody has come with it.
struct Simulation {
  bank::Workload workload;
  std::vector<std::size_t> choices;  ///< the task of each step made so far, from 1
};

/// What a task will do next.
struct NextOperation {
  std::size_t task;
  std::string operation;
  std::string object;
  std::optional<std::size_t> held_by;  ///< the task that holds `object`, where one does
};

/// What came of a simulation.
struct Simulated {
  sim::ShownExecution shown;           ///< its outcome is `passed` where it has not ended yet
  std::vector<NextOperation> enabled;  ///< of the tasks that can make the next step
  std::vector<NextOperation> blocked;  ///< of those that have to wait
  std::vector<bank::AccountStart> balances;
  bool finished = false;  ///< no step can follow, be it that all has ended, or that it has failed
};

/// A failing execution as it was given, and the simplest that fails in the same way.
struct Explained {
  sim::ShownExecution recorded;
  std::optional<sim::ShownExecution> shrunk;  ///< where it fails
};

/// Why there is nothing to be shown.
struct SimulationProblem {
  bool readable = true;  ///< false: what came is no schedule at all
  std::string where;     ///< in what came: ".choices[2]" or ":7:3", line and column
  std::string what;
};

struct ScenarioView {
  std::string name;
  std::string summary;
  bool fails;  ///< in some interleaving
  bank::Workload workload;
};

/// The bank on the simulator's fibers, for who wants to choose its interleavings. Each call runs on
/// the calling thread and costs limited time and memory. Thread-safe.
class Simulator {
 public:
  Simulator();

  [[nodiscard]] std::vector<ScenarioView> scenarios() const;
  /// Makes the steps that were chosen. Choices are tasks of the workload, at most kChoicesMax.
  [[nodiscard]] static std::variant<Simulated, SimulationProblem> simulate(
      const Simulation& simulation);
  /// Replays the text of a schedule to its end, and finds out why it fails.
  [[nodiscard]] std::variant<Explained, SimulationProblem> explain(std::string_view text) const;

 private:
  sim::Registry registry_;
};

}  // namespace http
