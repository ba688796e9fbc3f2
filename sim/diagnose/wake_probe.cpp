#include <sim/diagnose/wake_probe.hpp>

#include <algorithm>
#include <cstdint>
#include <variant>

#include <sim/schedule/follow_strategy.hpp>

namespace sim {

bool passes_if_woken(const Program& program, const Recording& recording,
                     std::span<const ScheduleEntry> entries, Prober& prober) {
  const auto* const deadlock = recording.outcome.as<Deadlock>();
  if (deadlock == nullptr || prober.is_spent()) return false;
  const auto sleeps = [](const WaitingTask& task) {
    return std::holds_alternative<WaitsForNotification>(task.waits_for);
  };
  if (std::none_of(deadlock->tasks.begin(), deadlock->tasks.end(), sleeps)) return false;
  // A task that may wake without cause makes one more step when it wakes. A schedule that is
  // followed has no place for that step of a task that sleeps until the end, so it comes last.
  Program woken = program;
  woken.bounds.spurious = std::max<std::uint32_t>(woken.bounds.spurious, 1);
  FollowStrategy follow{entries};
  const auto passes = [](const Engine& engine) { return !engine.outcome().failed(); };
  return prober.search(woken, follow, passes).found;
}

}  // namespace sim
