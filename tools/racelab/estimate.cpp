#include <tools/racelab/estimate.hpp>

#include <algorithm>

namespace racelab {
namespace {

constexpr std::size_t kFirst = 20;    ///< the minimum number of estimates for a range
constexpr std::size_t kKept = 2'000;  ///< when there are this many, every second one is dropped

}  // namespace

void Estimate::add(const sim::JobsProgress& progress) {
  if (!progress.share || *progress.share <= 0 || calls_++ % every_ != 0) return;
  estimates_.push_back(static_cast<double>(progress.executions) / *progress.share);
  if (estimates_.size() < kKept) return;
  for (std::size_t i = 0; i < kKept / 2; ++i) estimates_[i] = estimates_[2 * i];
  estimates_.resize(kKept / 2);
  every_ *= 2;
}

std::optional<Estimate::Range> Estimate::executions() const {
  if (estimates_.size() < kFirst) return std::nullopt;
  const auto half = estimates_.begin() + static_cast<std::ptrdiff_t>(estimates_.size() / 2);
  const auto [low, high] = std::minmax_element(half, estimates_.end());
  if (*high > 2 * *low) return std::nullopt;
  return Range{*low, *high};
}

}  // namespace racelab
