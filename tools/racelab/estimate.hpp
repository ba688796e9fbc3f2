#pragma once

// Estimates how many executions a depth-first search will need, while it runs, from the share of
// the search tree that it has explored: the weighted backtrack estimator of Kilby, Slaney, Thiébaux
// and Walsh, "Estimating search tree size" (AAAI 2006).

#include <cstddef>
#include <optional>
#include <vector>

#include <sim/process/jobs.hpp>

namespace racelab {

/// Collects estimates of the size of a search, and gives a range once they are steady. A single
/// estimate is not reliable, because the unexplored part of the tree can differ from the explored
/// part.
class Estimate {
 public:
  /// Bounds of an estimated number of executions.
  struct Range {
    double low;
    double high;
  };

  /// Adds an estimate. Call it at regular intervals.
  void add(const sim::JobsProgress& progress);
  /// The lowest and the highest estimate of the second half of the run. Empty if there are too few
  /// estimates, or if the two differ by more than a factor of two.
  [[nodiscard]] std::optional<Range> executions() const;

 private:
  std::vector<double> estimates_;
  std::size_t every_ = 1;  ///< one estimate is kept for this many calls of add()
  std::size_t calls_ = 0;
};

}  // namespace racelab
