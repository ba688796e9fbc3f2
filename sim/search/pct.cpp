#include <sim/search/pct.hpp>

#include <cstddef>

namespace sim {
namespace {

/// The lowest initial priority. It is above the priorities of change points, which are small, and
/// of tasks that have yielded, which are negative.
constexpr std::int64_t kInitial = std::int64_t{1} << 62U;

}  // namespace

PctStrategy::PctStrategy(std::uint64_t seed, const PctOptions& options)
    : SamplingStrategy(seed), options_(options) {
  if (options.depth == 0) throw UsageError("PctOptions::depth is 0: the least is 1");
  if (options.length == 0) {
    throw UsageError("PctOptions::length is 0: take it from sim::measure()");
  }
  change_points_.resize(options.depth - 1);
}

void PctStrategy::prepare() {
  met_.clear();
  steps_ = 0;
  yields_ = 0;
  for (std::uint32_t& step : change_points_) step = 1 + random().below(options_.length);
}

std::uint32_t PctStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return random().below(point.alternatives);
  if (point.current_is_held_back()) priorities_[index_of(*point.current)] = -++yields_;
  meet(point.enabled);
  ++steps_;
  TaskId task = highest(point.enabled);
  for (std::size_t i = 0; i < change_points_.size(); ++i) {
    if (change_points_[i] != steps_) continue;
    priorities_[index_of(task)] = static_cast<std::int64_t>(i) + 1;
    task = highest(point.enabled);
  }
  return point.enabled.rank(task);
}

/// Gives priorities to new tasks. Each is drawn independently, so that a task has every rank among
/// all tasks with the same probability, whenever it is made. The lowest bits contain the task's
/// index, so that priorities are distinct.
void PctStrategy::meet(const TaskSet& enabled) {
  (enabled - met_).for_each([&](TaskId task) {
    const std::uint64_t drawn = random().next() >> 10U << 8U;
    priorities_[index_of(task)] = kInitial + static_cast<std::int64_t>(drawn | index_of(task));
  });
  met_ |= enabled;
}

TaskId PctStrategy::highest(const TaskSet& enabled) const {
  TaskId best = enabled.nth(0);
  enabled.for_each([&](TaskId task) {
    if (priorities_[index_of(task)] > priorities_[index_of(best)]) best = task;
  });
  return best;
}

}  // namespace sim
