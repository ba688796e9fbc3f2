#include <sim/search/pos.hpp>

#include <sim/memory/conflict.hpp>

namespace sim {

void PosStrategy::prepare() {
  drawn_.clear();
  last_.reset();
}

std::uint32_t PosStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return random().below(point.alternatives);
  if (point.current_is_held_back()) {
    drawn_.clear();
  } else if (last_) {
    forget(*last_, point);
  }
  (point.enabled - drawn_).for_each([&](TaskId task) {
    priorities_[index_of(task)] = random().next();
  });
  drawn_ = point.enabled;
  TaskId best = point.enabled.nth(0);
  point.enabled.for_each([&](TaskId task) {
    if (priorities_[index_of(task)] > priorities_[index_of(best)]) best = task;
  });
  last_ = {best, point.pending[index_of(best)]};
  return point.enabled.rank(best);
}

/// Removes the priorities that are drawn again after `step`: those of operations that race with it,
/// and those of operations that are not enabled now. The latter are not compared with any other
/// operation until a racing step enables them.
void PosStrategy::forget(const Step& step, const ChoicePoint& point) {
  drawn_.erase(step.task);
  drawn_ -= drawn_ - point.enabled;
  TaskSet racing;
  drawn_.for_each([&](TaskId task) {
    if (may_conflict(step.operation, point.pending[index_of(task)])) racing.insert(task);
  });
  drawn_ -= racing;
}

}  // namespace sim
