#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <sim/process/jobs.hpp>

namespace racelab {

/// How many executions a search will have run when it is at its end, from the share of the tree
/// that it has explored: the weighted backtrack estimator of Kilby, Slaney, Thiébaux, Walsh,
/// "Estimating search tree size" (AAAI 2006). What a depth-first search has not come to yet may be
/// of another size than what it has seen, so an estimate is worth no more than it was steady.
class Estimate {
 public:
  struct Range {
    double low;
    double high;
  };

  /// To be called at even intervals.
  void add(const sim::JobsProgress& progress);
  /// Between what the estimates lay during the second half of the run; empty at first, and where
  /// they differed by more than a factor of two.
  [[nodiscard]] std::optional<Range> executions() const;

 private:
  std::vector<double> estimates_;
  std::size_t every_ = 1;  ///< so many calls of add() apart
  std::size_t calls_ = 0;
};

}  // namespace racelab
