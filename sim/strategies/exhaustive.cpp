#include <sim/strategies/exhaustive.hpp>

namespace sim {

bool ExhaustiveStrategy::begin_execution() {
  strayed_ |= depth_ < path_.size();
  if (exhausted_ || strayed_) return false;
  depth_ = 0;
  if (!started_) {
    started_ = true;
    return true;
  }
  while (!path_.empty() && path_.back().index + 1 == path_.back().alternatives) path_.pop_back();
  if (path_.empty()) {
    exhausted_ = true;
    return false;
  }
  ++path_.back().index;
  return true;
}

/// A choice that is met for the first time: its first alternative. Apart from choose(), which then
/// needs no stack frame.
[[gnu::noinline]] std::uint32_t ExhaustiveStrategy::extend(std::uint32_t alternatives) {
  path_.push_back({0, alternatives});
  ++depth_;
  return 0;
}

std::uint32_t ExhaustiveStrategy::choose(const ChoicePoint& point) {
  if (point.alternatives == 1) return 0;
  if (depth_ == path_.size()) return extend(point.alternatives);
  const Branch& branch = path_[depth_++];
  // The program offers something else than it did for the same choices before.
  if (branch.alternatives != point.alternatives) return kRefuse;
  return branch.index;
}

}  // namespace sim
