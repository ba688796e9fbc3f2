#pragma once

// The sticky random walk: a sampler that makes fewer preemptions than a plain random walk.
// docs/strategies-sampling.md compares the samplers.

#include <cstdint>

#include <sim/search/sampling.hpp>

namespace sim {

/// Default of StickyStrategy: the probability, in percent, that a task goes on.
inline constexpr std::uint32_t kStayPercent = 75;
/// The largest such probability. At 100 percent a task that waits in a loop would never stop.
inline constexpr std::uint32_t kStayPercentMax = 99;

/// A random walk that stays with its task: if the task that made the last step can continue, it
/// does so with the given probability. Otherwise one of the tasks that can run is drawn uniformly,
/// that task included. Other choices are drawn uniformly.
///
/// In an execution of k steps a plain walk makes a preemption at nearly every step. Many bugs need
/// few preemptions and long runs of one task between them, which such a walk seldom makes; this
/// walk makes about k·(1 - stay).
class StickyStrategy final : public SamplingStrategy {
 public:
  /// Throws UsageError if `stay_percent` is above kStayPercentMax.
  explicit StickyStrategy(std::uint64_t seed, std::uint32_t stay_percent = kStayPercent);

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  std::uint32_t stay_percent_;
};

}  // namespace sim
