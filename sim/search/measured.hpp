#pragma once

// A sampler that needs to know the size of the program (PctStrategy, SurwStrategy), with the
// executions that measure it: they are the first ones of the search, so that each budget bounds
// them and a failure in one of them is a failure of the search.

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <sim/search/measure.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

/// Executions 0 to kMeasuredExecutions - 1 of a seed are those of RandomStrategy, the others those
/// of another sampler with the same numbers. A search that begins after the first ones measures the
/// program before; one that is resumed has the measurements in its work unit.
class MeasuredStrategy final : public SamplingStrategy {
 public:
  /// Makes the sampler.
  using Make = std::function<std::unique_ptr<SamplingStrategy>(const Measurement&)>;
  /// Measures the program with the seed of the search, as sim::measure() does.
  using Measure = std::function<Measurement()>;

  MeasuredStrategy(std::uint64_t seed, Make make, Measure measure)
      : SamplingStrategy(seed), make_(std::move(make)), measure_(std::move(measure)) {}

  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

 private:
  void prepare() override;
  void write_more(ByteWriter& out) const override { meter_.write(out); }
  void read_more(ByteReader& in) override;
  /// The first executions must be run by one process.
  [[nodiscard]] bool may_split() const override { return next() >= kMeasuredExecutions; }

  Make make_;
  Measure measure_;
  Meter meter_;            ///< has the first executions of this search, as long as none is missing
  bool measures_ = false;  ///< whether the running execution is one of the first
  std::unique_ptr<SamplingStrategy> sampler_;  ///< null until it is needed
};

}  // namespace sim
