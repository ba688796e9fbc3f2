#pragma once

// The random walk: the simplest sampler. docs/strategies-sampling.md compares the samplers.

#include <cstdint>

#include <sim/search/sampling.hpp>

namespace sim {

/// A random walk: takes each alternative of a choice point with the same probability.
class RandomStrategy final : public SamplingStrategy {
 public:
  using SamplingStrategy::SamplingStrategy;

  std::uint32_t choose(const ChoicePoint& point) override {
    return point.alternatives == 1 ? 0 : random().below(point.alternatives);
  }
};

}  // namespace sim
