#include <sim/search/sticky.hpp>

#include <fmt/format.h>

#include <sim/engine/usage_error.hpp>

namespace sim {

StickyStrategy::StickyStrategy(std::uint64_t seed, std::uint32_t stay_percent)
    : SamplingStrategy(seed), stay_percent_(stay_percent) {
  if (stay_percent > kStayPercentMax) {
    throw UsageError(
        fmt::format("StickyStrategy: expected a probability of 0 to {} percent, got {}",
                    kStayPercentMax, stay_percent));
  }
}

std::uint32_t StickyStrategy::choose(const ChoicePoint& point) {
  if (point.alternatives == 1) return 0;
  constexpr std::uint32_t kPercent = 100;
  const bool may_stay = point.kind == ChoiceKind::schedule && point.current_can_continue();
  if (may_stay && random().below(kPercent) < stay_percent_) return point.default_index();
  return random().below(point.alternatives);
}

}  // namespace sim
