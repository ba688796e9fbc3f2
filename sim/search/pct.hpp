#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <sim/base/task_set.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

struct PctOptions {
  std::uint32_t depth = 3;   ///< of the bugs that are looked for; at least 1
  std::uint32_t length = 0;  ///< steps of the longest execution: Measurement::length; at least 1
};

/// Probabilistic concurrency testing. Each task has a random priority, and of the tasks that can
/// run the one with the highest runs. At each of depth - 1 change points, which are steps of the
/// execution drawn evenly from 1 to length, each by itself, the task that is about to make the step
/// falls below all tasks that have not fallen: at the i-th point to priority i.
///
/// A bug of depth d is one that shows whenever d steps come in a certain order. With n tasks, the
/// test body included, and at most k steps, an execution finds it with probability at least
/// 1/(n·k^(d-1)): one task must be the one of the lowest priority, and d - 1 change points must
/// fall on the right steps.
///
/// A task that calls sim::yield() falls below all others, so that two tasks which wait so do not
/// keep a third from running. One that waits in a loop without it may run for ever.
///
/// Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
/// guarantees of finding bugs" (ASPLOS 2010).
class PctStrategy final : public SamplingStrategy {
 public:
  /// Throws UsageError where an option is 0.
  PctStrategy(std::uint64_t seed, const PctOptions& options);

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  void prepare() override;
  void meet(const TaskSet& enabled);
  [[nodiscard]] TaskId highest(const TaskSet& enabled) const;

  PctOptions options_;
  std::vector<std::uint32_t> change_points_;  ///< at [i] the step of the (i + 1)-th, from 1

  // The execution that is running.
  TaskSet met_;                                       ///< tasks that have a priority
  std::array<std::int64_t, kTasksMax> priorities_{};  ///< no two the same
  std::uint32_t steps_ = 0;
  std::int64_t yields_ = 0;
};

}  // namespace sim
