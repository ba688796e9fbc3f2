#include <sim/search/exhaustive.hpp>

#include <sim/base/bytes.hpp>

namespace sim {

SearchStatus ExhaustiveStrategy::begin_execution() {
  if (status_ != SearchStatus::running) return status_;
  if (depth_ < path_.size() && started_) return status_ = end_diverged();
  depth_ = 0;
  if (!started_) {
    started_ = true;
    return status_;
  }
  while (!path_.empty() && path_.back().index + 1 == path_.back().end) path_.pop_back();
  if (path_.empty()) return status_ = SearchStatus::exhausted;
  ++path_.back().index;
  return status_;
}

/// Takes the first alternative of a new choice. It is a separate function so that choose() needs no
/// stack frame.
[[gnu::noinline]] std::uint32_t ExhaustiveStrategy::extend(std::uint32_t alternatives) {
  path_.push_back({0, alternatives, alternatives});
  ++depth_;
  return 0;
}

std::uint32_t ExhaustiveStrategy::choose(const ChoicePoint& point) {
  if (point.alternatives == 1) return 0;
  if (depth_ == path_.size()) return extend(point.alternatives);
  const Branch& branch = path_[depth_++];
  // If the numbers differ, the program is not deterministic.
  if (branch.alternatives != point.alternatives) return kRefuse;
  return branch.index;
}

std::string ExhaustiveStrategy::save() const {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(is_exhausted() ? 2 : started_ ? 1 : 0);
  for (const Branch& branch : path_) {
    out.number(branch.index);
    out.number(branch.alternatives);
    out.number(branch.end);
  }
  return bytes;
}

bool ExhaustiveStrategy::resume(std::string_view unit) {
  share_taken_ -= share_left();
  ByteReader in{unit};
  const std::uint64_t state = in.number_up_to(2);
  path_.clear();
  while (in.has_more()) {
    const std::uint32_t index = in.number32();
    const std::uint32_t alternatives = in.number32();
    const std::uint32_t end = in.number32();
    if (index >= end || end > alternatives || alternatives >= kRefuse) in.fail();
    path_.push_back({index, alternatives, end});
  }
  const bool fits = in.ok();
  status_ = !fits || state == 2 ? SearchStatus::exhausted : SearchStatus::running;
  started_ = state == 1;
  depth_ = started_ ? path_.size() : 0;
  if (!fits) path_.clear();
  share_taken_ += share_left();
  return fits;
}

std::optional<std::string> ExhaustiveStrategy::split() {
  if (is_exhausted()) return std::nullopt;
  for (std::size_t depth = 0; depth < path_.size(); ++depth) {
    Branch& branch = path_[depth];
    const std::uint32_t left = branch.end - branch.index - 1;
    if (left == 0) continue;
    ExhaustiveStrategy other;
    other.path_.assign(path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(depth) + 1);
    for (std::size_t i = 0; i < depth; ++i) other.path_[i].end = other.path_[i].index + 1;
    other.path_.back().index = branch.index + 1 + left / 2;
    branch.end = other.path_.back().index;
    share_taken_ -= other.share_left();
    return other.save();
  }
  return std::nullopt;
}

/// The share of the whole tree that this strategy has yet to explore.
double ExhaustiveStrategy::share_left() const {
  if (is_exhausted()) return 0;
  double left = 0;
  double subtree = 1;
  for (const Branch& branch : path_) {
    subtree /= branch.alternatives;
    left += subtree * (branch.end - branch.index - 1);
  }
  return started_ ? left : left + subtree;
}

SearchProgress ExhaustiveStrategy::progress() const {
  std::uint64_t siblings = started_ || is_exhausted() ? 0 : 1;
  if (!is_exhausted()) {
    for (const Branch& branch : path_) siblings += branch.end - branch.index - 1;
  }
  return {share_taken_ - share_left(), siblings};
}

}  // namespace sim
