#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include <sim/jobs.hpp>

namespace racelab {

/// How many executions a search will have run when it is at its end, from the share of the tree
/// that it has explored: the weighted backtrack estimator of Kilby, Slaney, Thiébaux, Walsh,
/// "Estimating search tree size" (AAAI 2006).
class Estimate {
 public:
  struct Range {
    double low;
    double high;
  };

  /// To be called at even intervals.
  void add(const sim::JobsProgress& progress);
  /// Between what the estimates of the last intervals lay; empty until they agree within a factor
  /// of two.
  [[nodiscard]] std::optional<Range> executions() const;

 private:
  std::deque<double> last_;
};

}  // namespace racelab
