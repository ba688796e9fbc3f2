#include <sim/report/shown_execution.hpp>

#include <algorithm>

namespace sim {

std::string task_title(const RecordedTask& task) {
  return task.name == "0" ? "test body" : "task " + task.name;
}

std::string task_words(const RecordedTask& task) {
  return task.description.empty() ? task_title(task) : task.description;
}

std::optional<std::size_t> failing_event(const Recording& recording) {
  if (recording.failed_at) return recording.failed_at;
  using enum OutcomeKind;
  const OutcomeKind kind = recording.outcome.kind;
  const bool endless = kind == deadlock || kind == step_bound || kind == hang;
  if (!recording.outcome.failed() || endless) return std::nullopt;
  const auto& events = recording.events;
  const auto last =
      std::find_if(events.rbegin(), events.rend(), [](const auto& e) { return e.is_step(); });
  if (last == events.rend()) return std::nullopt;
  return static_cast<std::size_t>(events.rend() - last) - 1;
}

}  // namespace sim
