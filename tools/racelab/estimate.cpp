#include <tools/racelab/estimate.hpp>

#include <algorithm>
#include <cstddef>

namespace racelab {
namespace {

constexpr std::size_t kIntervals = 30;

}  // namespace

void Estimate::add(const sim::JobsProgress& progress) {
  if (!progress.share || *progress.share <= 0) return;
  last_.push_back(static_cast<double>(progress.executions) / *progress.share);
  if (last_.size() > kIntervals) last_.pop_front();
}

std::optional<Estimate::Range> Estimate::executions() const {
  if (last_.size() < kIntervals) return std::nullopt;
  const auto [low, high] = std::minmax_element(last_.begin(), last_.end());
  if (*high > 2 * *low) return std::nullopt;
  return Range{*low, *high};
}

}  // namespace racelab
