#include <sim/strategies/reversal.hpp>

#include <algorithm>
#include <tuple>

#include <sim/engine.hpp>

namespace sim {

bool ReversalStrategy::begin_execution() {
  if (std::exchange(started_, true)) {
    while (!path_.empty() && path_.back().first + 1 == path_.back().second) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().first;
  }
  depth_ = 0;
  in_order_ = true;
  first_came_first_ = false;
  matcher_.begin();
  return true;
}

bool ReversalStrategy::is_reversed() const {
  return in_order_ && matcher_.is_done(reversal_.second) && !first_came_first_;
}

/// Whether an entry may still be made.
bool ReversalStrategy::comes(std::size_t entry, const ChoicePoint& point) const {
  if (!matcher_.is_due(entry)) return false;
  const auto task = matcher_.task_of(entry);
  return !task || !point.engine->ended(*task);
}

bool ReversalStrategy::is_held(std::size_t entry, const ChoicePoint& point) const {
  if (entry == reversal_.first && comes(reversal_.second, point)) return true;
  const auto& before = reversal_.before[entry];
  return std::any_of(before.begin(), before.end(),
                     [&](std::size_t other) { return comes(other, point); });
}

std::vector<ReversalStrategy::Candidate> ReversalStrategy::candidates(const ChoicePoint& point) {
  std::vector<Candidate> all;
  point.enabled.for_each([&](TaskId task) {
    Candidate candidate{task, matcher_.entry_of(point, task), 0, false};
    candidate.position = matcher_.next_of(point, task).value_or(matcher_.size() + index_of(task));
    if (candidate.entry) candidate.position = *candidate.entry;
    all.push_back(candidate);
  });
  for (Candidate& candidate : all) {
    candidate.held = candidate.entry && is_held(*candidate.entry, point);
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.held, a.position) < std::tie(b.held, b.position);
  });
  return all;
}

bool ReversalStrategy::is_of_the_two(TaskId task) const {
  return matcher_.task_of(reversal_.first) == task || matcher_.task_of(reversal_.second) == task;
}

bool ReversalStrategy::may_change_places(const Candidate& candidate) const {
  if (candidate.held || !is_of_the_two(candidate.task)) return false;
  if (!candidate.entry) return true;
  const auto& others = reversal_.free[*candidate.entry];
  return std::any_of(others.begin(), others.end(),
                     [&](std::size_t other) { return matcher_.is_due(other); });
}

std::size_t ReversalStrategy::decide(std::size_t alternatives) {
  if (depth_ == path_.size()) path_.emplace_back(0, alternatives);
  return path_[depth_++].first;
}

std::uint32_t ReversalStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return matcher_.answer(point).value_or(0);
  const std::vector<Candidate> all = candidates(point);
  Candidate next = all.front();
  if (may_change_places(next)) {
    const auto other = std::find_if(all.begin() + 1, all.end(), [&](const Candidate& candidate) {
      return !candidate.held && is_of_the_two(candidate.task);
    });
    if (other != all.end() && decide(2) == 1) next = *other;
  }
  in_order_ = in_order_ && !next.held;
  if (next.entry) {
    const bool is_first = *next.entry == reversal_.first;
    first_came_first_ |= is_first && matcher_.is_due(reversal_.second);
    matcher_.set_done(*next.entry);
  }
  return point.enabled.rank(next.task);
}

}  // namespace sim
