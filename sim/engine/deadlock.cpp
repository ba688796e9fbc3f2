#include <sim/engine/deadlock.hpp>

namespace sim {

TaskSet stuck_tasks(std::span<const WaitState> waiting) {
  TaskSet stuck;
  TaskSet free;  // tasks that only a bound holds back, and tasks that a free task could enable
  for (const WaitState& wait : waiting) (wait.bounded ? free : stuck).insert(wait.task);
  for (bool changed = true; changed;) {
    changed = false;
    for (const WaitState& wait : waiting) {
      if (!stuck.contains(wait.task)) continue;
      const bool held_up = wait.awaited.empty() ? free.empty() : (wait.awaited & free).empty();
      if (held_up) continue;
      stuck.erase(wait.task);
      free.insert(wait.task);
      changed = true;
    }
  }
  return stuck;
}

}  // namespace sim
