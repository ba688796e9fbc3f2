#pragma once

// The common base of strategies that sample executions at random. A sampled execution is determined
// by its seed and its number, so it can be repeated, and a range of numbers is a work unit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sim/base/bytes.hpp>
#include <sim/base/random.hpp>
#include <sim/search/splittable.hpp>

namespace sim {

/// The text of a reproduction in reports and schedules, as in "seed 7, execution 12".
std::string to_string(const Reproduction& reproduction);

/// Samples executions, which are numbered from 0. Execution i of a seed does not depend on the
/// executions that were run before it. A sampler is never complete, and runs without end unless
/// limit() is called.
class SamplingStrategy : public SplittableStrategy {
 public:
  static constexpr Capabilities kCapabilities{.samples = true};

  explicit SamplingStrategy(std::uint64_t seed)
      : SplittableStrategy(kCapabilities), random_(seed), seed_(seed) {}

  /// Sets the executions to run: `count` of them, from number `first` on.
  void limit(std::uint64_t first, std::uint64_t count) {
    next_ = first;
    end_ = count > UINT64_MAX - first ? UINT64_MAX : first + count;
  }

  SearchStatus begin_execution() final;
  [[nodiscard]] std::string save() const final;
  [[nodiscard]] bool resume(std::string_view part) final;
  [[nodiscard]] std::optional<std::string> split() final;
  [[nodiscard]] SearchProgress progress() const final { return {std::nullopt, end_ - next_}; }

 protected:
  /// Called at the beginning of each execution, after random() was seeded for it.
  virtual void prepare() {}
  [[nodiscard]] Random& random() { return random_; }
  /// The number of the next execution.
  [[nodiscard]] std::uint64_t next() const { return next_; }

  /// What the strategy needs in a work unit beside the range of executions. read_more() makes the
  /// reader fail if its input is not what write_more() has written.
  virtual void write_more(ByteWriter& out) const { static_cast<void>(out); }
  virtual void read_more(ByteReader& in) { static_cast<void>(in); }
  /// Whether the executions that are left may be divided now.
  [[nodiscard]] virtual bool may_split() const { return true; }

 private:
  [[nodiscard]] std::string unit_of(std::uint64_t first, std::uint64_t end) const;

  Random random_;
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = UINT64_MAX;
};

}  // namespace sim
