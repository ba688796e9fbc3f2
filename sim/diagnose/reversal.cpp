#include <sim/diagnose/reversal.hpp>

#include <algorithm>
#include <tuple>

namespace sim {

SearchStatus ReversalStrategy::begin_execution() {
  if (samples_ > 0) {
    if (sample_ == samples_) return SearchStatus::limit;
    ++sample_;
    path_.clear();
  } else if (std::exchange(started_, true)) {
    while (!path_.empty() && path_.back().first + 1 == path_.back().second) path_.pop_back();
    if (path_.empty()) return SearchStatus::limit;
    ++path_.back().first;
  }
  depth_ = 0;
  in_order_ = true;
  first_came_first_ = false;
  look_.reset();
  matcher_.begin();
  return SearchStatus::running;
}

bool ReversalStrategy::is_reversed() const {
  return in_order_ && matcher_.is_done(reversal_.second) && !first_came_first_;
}

/// Whether an entry can still be made in this execution.
bool ReversalStrategy::comes(std::size_t entry, const ChoicePoint& point) const {
  if (!matcher_.is_due(entry)) return false;
  const auto task = matcher_.task_of(entry);
  return !task || !point.ended.contains(*task);
}

bool ReversalStrategy::is_held(std::size_t entry, const ChoicePoint& point) const {
  if (entry == reversal_.first && (comes(reversal_.second, point) || looks_on(point))) return true;
  const auto& before = reversal_.before[entry];
  return std::any_of(before.begin(), before.end(),
                     [&](std::size_t other) { return comes(other, point); });
}

/// Whether the look that began with the second step goes on: its task can read the object again.
bool ReversalStrategy::looks_on(const ChoicePoint& point) const {
  constexpr std::uint32_t kReadsMax = 16;  // a loop that only reads has to let other tasks go on
  if (!look_ || look_->reads == kReadsMax || !point.enabled.contains(look_->task)) return false;
  const Operation& pending = point.pending[index_of(look_->task)];
  return pending.object == look_->object && only_reads(pending.kind);
}

/// Updates the look when the step `next` is made.
void ReversalStrategy::note_look(const Candidate& next, const ChoicePoint& point) {
  if (!reversal_.looks_to_the_end) return;
  const ObjectId object = point.pending[index_of(next.task)].object;
  if (next.entry == reversal_.second) {
    look_ = Look{next.task, object, 0};
  } else if (look_ && look_->task == next.task) {
    if (next.entry || !looks_on(point)) {
      look_.reset();
    } else {
      ++look_->reads;
    }
  }
}

std::vector<ReversalStrategy::Candidate> ReversalStrategy::candidates(const ChoicePoint& point) {
  std::vector<Candidate> all;
  point.enabled.for_each([&](TaskId task) {
    Candidate candidate{task, matcher_.entry_of(point, task)};
    candidate.position = matcher_.next_of(point, task).value_or(matcher_.size() + index_of(task));
    if (candidate.entry) candidate.position = *candidate.entry;
    all.push_back(candidate);
  });
  for (Candidate& candidate : all) {
    candidate.held = candidate.entry && is_held(*candidate.entry, point);
    candidate.shared = !candidate.entry &&
                       reversal_.shared.contains(point.pending[index_of(candidate.task)].object);
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.held, a.position) < std::tie(b.held, b.position);
  });
  return all;
}

/// Whether the next steps of two tasks may have either order: one of them is not listed and shared,
/// or it may change places with a later step of the other task.
bool ReversalStrategy::may_change_places(const Candidate& one, const Candidate& other) const {
  if (one.held || other.held) return false;
  if (one.shared || other.shared) return true;
  const auto is_free = [&](const Candidate& candidate, TaskId of) {
    if (!candidate.entry) return false;
    const auto& others = reversal_.free[*candidate.entry];
    return std::any_of(others.begin(), others.end(), [&](std::size_t entry) {
      return matcher_.is_due(entry) && matcher_.task_of(entry) == of;
    });
  };
  return is_free(one, other.task) || is_free(other, one.task);
}

std::size_t ReversalStrategy::decide(std::size_t alternatives) {
  if (samples_ > 0) return random_.below(static_cast<std::uint32_t>(alternatives));
  if (depth_ == path_.size()) path_.emplace_back(0, alternatives);
  return path_[depth_++].first;
}

std::uint32_t ReversalStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return matcher_.answer(point).value_or(0);
  std::vector<Candidate> all = candidates(point);
  const Candidate first = all.front();
  const auto rest = std::remove_if(all.begin() + 1, all.end(), [&](const Candidate& other) {
    return !may_change_places(first, other);
  });
  all.erase(rest, all.end());
  const Candidate& next = all[all.size() > 1 ? decide(all.size()) : 0];
  in_order_ = in_order_ && !next.held;
  note_look(next, point);
  if (next.entry) {
    const bool is_first = *next.entry == reversal_.first;
    first_came_first_ |= is_first && matcher_.is_due(reversal_.second);
    matcher_.set_done(*next.entry);
  }
  return point.enabled.rank(next.task);
}

}  // namespace sim
