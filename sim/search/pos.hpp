#pragma once

// Partial order sampling: a sampler that orders operations that race with each other, not tasks.
// docs/strategies-sampling.md compares the samplers.

#include <array>
#include <cstdint>
#include <optional>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

/// Partial order sampling. Each pending operation has a random priority, drawn independently and
/// uniformly. Among the operations that can be executed the one with the highest priority is
/// executed. After it, the pending operations that race with it get new priorities: those on the
/// same object, if one of the two writes.
///
/// The probability that an operation is executed after k others with which it does not race is
/// 1/(k+1). In a random walk that probability is 2^-k, so a random walk seldom delays one task for
/// long. An operation that is not a load counts as a write, whatever its result.
///
/// After a sim::yield() all priorities are drawn again, so that loops that wait by yielding end.
///
/// Yuan, Yang, Gu, "Partial order aware concurrency sampling" (CAV 2018).
class PosStrategy final : public SamplingStrategy {
 public:
  using SamplingStrategy::SamplingStrategy;

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  struct Step {
    TaskId task;
    Operation operation;
  };

  void prepare() override;
  void forget(const Step& step, const ChoicePoint& point);

  // State of the running execution.
  TaskSet drawn_;  ///< tasks whose pending operation has a priority
  std::array<std::uint64_t, kTasksMax> priorities_{};
  std::optional<Step> last_;
};

}  // namespace sim
