#pragma once

#include <cstdint>

#include <sim/random.hpp>
#include <sim/strategy.hpp>

namespace sim {

/// A uniform random walk: at each choice point one of the alternatives, evenly. Endless.
/// Execution i of a seed is the same whatever came before it.
class RandomStrategy final : public Strategy {
 public:
  explicit RandomStrategy(std::uint64_t seed) : seed_(seed), random_(seed) {}

  bool begin_execution() override {
    random_ = Random{Random{seed_ + execution_++ * 0xD1B54A32D192ED03ULL}.next()};
    return true;
  }
  std::uint32_t choose(const ChoicePoint& point) override {
    return point.alternatives == 1 ? 0 : random_.below(point.alternatives);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t execution_ = 0;
  Random random_;
};

}  // namespace sim
