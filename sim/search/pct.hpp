#pragma once

// Probabilistic concurrency testing (PCT): a sampler that guarantees a minimum probability of
// finding bugs that need few steps in a certain order. docs/strategies-sampling.md compares the
// samplers.

#include <array>
#include <cstdint>
#include <vector>

#include <sim/base/task_set.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

struct PctOptions {
  std::uint32_t depth = 3;   ///< depth of the bugs to search for; at least 1
  std::uint32_t length = 0;  ///< steps of the longest execution (Measurement::length); at least 1
};

/// Probabilistic concurrency testing. Each task has a random priority, and among the tasks that can
/// run the one with the highest priority runs. There are depth - 1 change points: steps of the
/// execution that are drawn independently and uniformly from 1 to length. At the i-th change point
/// the task that is about to make the step gets priority i, which is below all initial priorities.
///
/// A bug has depth d if it shows whenever d certain steps come in a certain order. With n tasks,
/// the test body included, and at most k steps, an execution finds it with probability at least
/// 1/(n·k^(d-1)): one task must have the lowest priority, and d - 1 change points must fall on the
/// right steps.
///
/// A task that calls sim::yield() gets a priority below all others, so that two tasks that wait by
/// yielding do not keep a third from running. A task that waits in a loop without yielding may run
/// until the step bound.
///
/// Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
/// guarantees of finding bugs" (ASPLOS 2010).
class PctStrategy final : public SamplingStrategy {
 public:
  /// Throws UsageError if an option is 0.
  PctStrategy(std::uint64_t seed, const PctOptions& options);

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  void prepare() override;
  void meet(const TaskSet& enabled);
  [[nodiscard]] TaskId highest(const TaskSet& enabled) const;

  PctOptions options_;
  std::vector<std::uint32_t> change_points_;  ///< steps, counted from 1

  // State of the running execution.
  TaskSet met_;                                       ///< tasks that have a priority
  std::array<std::int64_t, kTasksMax> priorities_{};  ///< all distinct
  std::uint32_t steps_ = 0;
  std::int64_t yields_ = 0;
};

}  // namespace sim
