#include <sim/schedule/follow_strategy.hpp>

#include <algorithm>
#include <utility>

namespace sim {
namespace {

/// After this many unlisted steps without a listed one, a task may be waiting for another task in a
/// loop, so other tasks are preferred.
constexpr std::size_t kUnlistedMax = 100;

}  // namespace

SearchStatus FollowStrategy::begin_execution() {
  if (std::exchange(started_, true)) return SearchStatus::limit;
  matcher_.begin();
  return SearchStatus::running;
}

std::vector<std::size_t> FollowStrategy::left_out() const {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < matcher_.size(); ++i) {
    if (!matcher_.is_done(i)) entries.push_back(i);
  }
  return entries;
}

std::size_t FollowStrategy::unlisted_by(TaskId task) const {
  return index_of(task) < unlisted_by_.size() ? unlisted_by_[index_of(task)] : 0;
}

/// The task of the first listed step that can be made now or that its task can approach by unlisted
/// steps; empty if no listed step can.
std::optional<TaskId> FollowStrategy::listed_task(const ChoicePoint& point) {
  // Finding a task's entry marks the entries that the task has passed over as gone.
  const TaskSet can_run = point.enabled | point.held_back;
  can_run.for_each([&](TaskId task) { static_cast<void>(matcher_.entry_of(point, task)); });
  while (first_due_ < matcher_.size() && !matcher_.is_due(first_due_)) ++first_due_;
  std::optional<TaskId> found;
  std::vector<std::size_t> passed;
  for (std::size_t i = first_due_; i < matcher_.size() && !found; ++i) {
    const auto task = matcher_.task_of(i);
    if (!matcher_.is_due(i) || !task || matcher_.next_of(point, *task) != i) continue;
    if (point.ended.contains(*task)) continue;  // the entry is left out
    if (!can_run.contains(*task) || unlisted_by(*task) >= kUnlistedMax) {
      passed.push_back(i);
    } else {
      found = task;
    }
  }
  put_off_.insert(passed.begin(), passed.end());
  return found;
}

/// The task to run after the last listed step: the running task or, if it cannot continue or has
/// run for long, the enabled task with the fewest unlisted steps.
TaskId FollowStrategy::any_task(const ChoicePoint& point) const {
  const bool stays = point.current_can_continue() &&
                     unlisted_by(*point.current) % kUnlistedMax != kUnlistedMax - 1;
  if (stays) return *point.current;
  TaskId least = point.enabled.nth(0);
  point.enabled.for_each([&](TaskId task) {
    if (unlisted_by(task) < unlisted_by(least)) least = task;
  });
  return least;
}

std::uint32_t FollowStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) {
    if (const auto listed = matcher_.answer(point)) return *listed;
    ++unlisted_;
    return 0;
  }
  const std::optional<TaskId> listed = listed_task(point);
  const TaskId task = listed ? *listed : any_task(point);
  const auto entry = matcher_.entry_of(point, task);
  if (entry) matcher_.set_done(*entry);
  if (!listed && !entry) ++beyond_;
  if (listed && !entry) ++unlisted_;
  if (entry) {
    unlisted_by_.clear();
  } else {
    unlisted_by_.resize(std::max(unlisted_by_.size(), index_of(task) + 1));
    ++unlisted_by_[index_of(task)];
  }
  return *point.index_of_task(task);
}

}  // namespace sim
