#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

/// Partial order sampling. Each pending operation has a random priority, drawn evenly and by
/// itself, and of those that can be executed the one with the highest is. Behind it the priorities
/// of the operations that it races with are drawn anew: those on the same object, where either
/// writes.
///
/// So two tasks that have nothing to do with each other are not interleaved ever more finely, as by
/// a walk: an operation comes behind k others which it does not race with with probability 1/(k+1),
/// not 2^-k. A load reads; everything else counts as a write, whatever it comes to.
///
/// Behind a sim::yield() all priorities are drawn anew, so that tasks which wait so come to an end.
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

  // The execution that is running.
  TaskSet drawn_;  ///< tasks whose pending operation has a priority
  std::array<std::uint64_t, kTasksMax> priorities_{};
  std::optional<Step> last_;
};

}  // namespace sim
