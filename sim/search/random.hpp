#pragma once

#include <cstdint>

#include <sim/search/sampling.hpp>

namespace sim {

/// A uniform random walk: at each choice point one of the alternatives, evenly.
class RandomStrategy final : public SamplingStrategy {
 public:
  using SamplingStrategy::SamplingStrategy;

  std::uint32_t choose(const ChoicePoint& point) override {
    return point.alternatives == 1 ? 0 : random().below(point.alternatives);
  }
};

}  // namespace sim
