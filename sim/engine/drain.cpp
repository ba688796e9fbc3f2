#include <sim/engine/drain.hpp>

#include <algorithm>
#include <cstdint>

namespace sim::drain {
namespace {

/// The number of operations that a task may execute while it is drained, before it is stopped.
constexpr std::uint32_t kPointsMax = 1000;

}  // namespace

bool may_stop(Task& task) {
  if (task.stop_thrown) return false;
  task.stop_thrown = true;
  task.drained_points = 0;
  return true;
}

bool may_set_aside(Task& task) {
  // A task that joins this one continues when this one is suspended, as if this one had ended.
  if (task.stop_thrown || task.drained_for_joiner) return false;
  task.set_aside = true;
  task.drained_points = 0;
  return true;
}

AtPoint pass_point(Task& task, StopBy by) {
  const std::uint32_t points_max = by == StopBy::later ? 2 * kPointsMax : kPointsMax;
  if (++task.drained_points <= points_max) return AtPoint::go_on;
  if (by != StopBy::exception) return may_set_aside(task) ? AtPoint::set_aside : AtPoint::abandon;
  return may_stop(task) ? AtPoint::stop : AtPoint::abandon;
}

bool can_be_awaited(const Scheduler& scheduler, const Task& task, const Task& joiner) {
  const auto waiting = scheduler.unrecorded();
  return task.state == TaskState::running && &task != &joiner &&
         std::find(waiting.begin(), waiting.end(), &task) == waiting.end();
}

Task& first_awaited(TaskTable& tasks, Scheduler& scheduler, Task& task) {
  Task* first = &task;
  for (;;) {
    Task& awaited = tasks[first->awaited];
    const bool joins = awaited.joiners.contains(first->id);
    if (!joins || !can_be_awaited(scheduler, awaited, *first)) return *first;
    scheduler.add_unrecorded(*first);
    awaited.drained_for_joiner = true;
    first = &awaited;
  }
}

}  // namespace sim::drain
