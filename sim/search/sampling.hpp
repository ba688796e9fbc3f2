#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sim/base/random.hpp>
#include <sim/search/splittable.hpp>

namespace sim {

/// "seed 7, execution 12": how reports and schedules write it.
std::string to_string(const Reproduction& reproduction);

/// What strategies that sample executions have in common: they are numbered from 0, and execution i
/// of a seed is the same whatever was run before it. Never complete; endless unless limited.
class SamplingStrategy : public SplittableStrategy {
 public:
  static constexpr Capabilities kCapabilities{.samples = true};

  explicit SamplingStrategy(std::uint64_t seed)
      : SplittableStrategy(kCapabilities), random_(seed), seed_(seed) {}

  /// Runs the executions from `first` on, `count` of them.
  void limit(std::uint64_t first, std::uint64_t count) {
    next_ = first;
    end_ = count > UINT64_MAX - first ? UINT64_MAX : first + count;
  }
  /// The number of the execution that is running, or ran last.
  [[nodiscard]] std::uint64_t number() const { return next_ - 1; }

  SearchStatus begin_execution() final;
  [[nodiscard]] std::string save() const final;
  [[nodiscard]] bool resume(std::string_view part) final;
  [[nodiscard]] std::optional<std::string> split() final;
  [[nodiscard]] SearchProgress progress() const final { return {std::nullopt, end_ - next_}; }

 protected:
  /// Prepares an execution; random() has been seeded for it.
  virtual void prepare() {}
  [[nodiscard]] Random& random() { return random_; }

 private:
  Random random_;
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = UINT64_MAX;
};

}  // namespace sim
