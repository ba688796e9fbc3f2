#include <sim/strategies/follow.hpp>

#include <utility>

#include <sim/engine.hpp>

namespace sim {
namespace {

/// A task may wait for another one in a loop; so many unlisted steps in a row let that one run.
constexpr std::size_t kAloneMax = 100;

}  // namespace

bool FollowStrategy::begin_execution() {
  if (std::exchange(started_, true)) return false;
  matcher_.begin();
  return true;
}

std::vector<std::size_t> FollowStrategy::left_out() const {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < matcher_.size(); ++i) {
    if (!matcher_.is_done(i)) entries.push_back(i);
  }
  return entries;
}

bool FollowStrategy::has_run_long(TaskId task) const {
  return alone_ == task && alone_steps_ >= kAloneMax;
}

/// The task to which the first listed step belongs that can run, with what comes before that step.
std::optional<TaskId> FollowStrategy::listed_task(const ChoicePoint& point) {
  // Who is about to do what, so that what a task has passed over is gone.
  point.enabled.for_each([&](TaskId task) { static_cast<void>(matcher_.entry_of(point, task)); });
  while (first_due_ < matcher_.size() && !matcher_.is_due(first_due_)) ++first_due_;
  std::optional<TaskId> found;
  std::vector<std::size_t> passed;
  for (std::size_t i = first_due_; i < matcher_.size() && !found; ++i) {
    const auto task = matcher_.task_of(i);
    if (!matcher_.is_due(i) || !task || matcher_.next_of(point, *task) != i) continue;
    if (point.engine->ended(*task)) continue;  // it is left out
    if (!point.enabled.contains(*task) || (has_run_long(*task) && point.enabled.size() > 1)) {
      passed.push_back(i);
    } else {
      found = task;
    }
  }
  put_off_.insert(passed.begin(), passed.end());
  return found;
}

/// Who goes on behind the last listed step.
TaskId FollowStrategy::any_task(const ChoicePoint& point) const {
  const bool stays = point.current && point.enabled.contains(*point.current) &&
                     (!has_run_long(*point.current) || point.enabled.size() == 1);
  if (stays) return *point.current;
  const TaskId lowest = point.enabled.nth(0);
  return has_run_long(lowest) && point.enabled.size() > 1 ? point.enabled.nth(1) : lowest;
}

std::uint32_t FollowStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) {
    if (const auto listed = matcher_.answer(point)) return *listed;
    ++unlisted_;
    return 0;
  }
  const std::optional<TaskId> listed = listed_task(point);
  const TaskId task = listed ? *listed : any_task(point);
  const auto entry = listed ? matcher_.entry_of(point, task) : std::nullopt;
  if (entry) matcher_.set_done(*entry);
  if (!listed) ++beyond_;
  if (listed && !entry) ++unlisted_;
  if (entry || alone_ != task) alone_steps_ = 0;
  alone_ = task;
  alone_steps_ += entry ? 0 : 1;
  return point.enabled.rank(task);
}

}  // namespace sim
