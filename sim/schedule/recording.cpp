#include <sim/schedule/recording.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <sim/engine/engine.hpp>

namespace sim {

TraceEntry RecordedEvent::entry() const {
  if (index_of(task_at(task)) != task) {
    throw std::length_error(
        fmt::format("the recording has a task {}; a trace has at most 256 tasks", task));
  }
  return {task_at(task), operation, failed, preemption, object, bits};
}

std::size_t Recorder::task(const Engine& engine, TaskId id) {
  auto& tasks = recording_.tasks;
  while (tasks.size() <= index_of(id))
    tasks.push_back({engine.task_name(task_at(tasks.size())), {}});
  return index_of(id);
}

std::size_t Recording::steps() const {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const auto& e) {
    return e.kind == RecordedEvent::Kind::step;
  }));
}

std::size_t Recording::preemptions() const {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [](const auto& e) { return e.preemption; }));
}

std::vector<TraceEntry> Recording::trace() const {
  std::vector<TraceEntry> entries;
  for (const RecordedEvent& event : events) {
    if (event.kind != RecordedEvent::Kind::mark) entries.push_back(event.entry());
  }
  return entries;
}

std::vector<ScheduleEntry> Recording::schedule_entries() const {
  std::vector<ScheduleEntry> entries;
  for (const RecordedEvent& event : events) {
    const std::string& task = tasks[event.task].name;
    if (event.kind == RecordedEvent::Kind::choice) {
      const bool wakes = !event.woken.empty();
      const ChoiceKind kind = choice_kind(event.label).value_or(ChoiceKind::value);
      entries.push_back({ScheduledChoice{task, kind, wakes ? 0 : event.index, event.woken}, 0});
    } else if (event.kind == RecordedEvent::Kind::step) {
      ScheduledStep step{task, event.label, event.text, event.failed, std::nullopt};
      if (!event.value.empty()) step.value = event.value;
      entries.push_back({std::move(step), 0});
    }
  }
  return entries;
}

Recording Recording::up_to_failure() const {
  Recording part = *this;
  const auto after = std::find_if(
      events.begin() + static_cast<std::ptrdiff_t>(failed_at ? *failed_at + 1 : events.size()),
      events.end(), [](const auto& e) { return e.is_step(); });
  part.events.resize(static_cast<std::size_t>(after - events.begin()));
  return part;
}

const std::string& Recorder::object_name(const Engine& engine, ObjectId object) {
  KnownName& known = names_[object];
  const std::size_t generation = engine.names().generation();
  if (known.name.empty() || known.generation != generation) {
    known = {generation, engine.object_name(object)};
  }
  return known.name;
}

RecordedEvent Recorder::event_of(const Engine& engine, TaskId id, const Operation& operation) {
  RecordedEvent event;
  event.task = task(engine, id);
  event.label = operation.label;
  event.text = object_name(engine, operation.object);
  event.operation = operation.kind;
  event.object = operation.object;
  return event;
}

void Recorder::on_step(const Engine& engine, const ChoicePoint& point, TaskId id) {
  RecordedEvent event = event_of(engine, id, point.pending[index_of(id)]);
  event.preemption =
      point.current && *point.current != id && point.enabled.contains(*point.current);
  last_step_ = recording_.events.size();
  has_step_ = true;
  recording_.events.push_back(std::move(event));
}

void Recorder::on_result(std::uint64_t value, bool failed, std::string text) {
  RecordedEvent& event = recording_.events[last_step_];
  event.bits = value;
  event.value = std::move(text);
  event.failed = failed;
}

void Recorder::on_choice(const Engine& engine, TaskId id, const ChoicePoint& point,
                         std::uint32_t index) {
  RecordedEvent event;
  event.kind = RecordedEvent::Kind::choice;
  event.task = task(engine, id);
  event.label = to_string(point.kind);
  event.index = index;
  event.object = ObjectId{point.alternatives};
  event.bits = index;
  if (point.kind == ChoiceKind::notify) {
    event.woken = engine.task_name(point.sleepers[index]);
    event.text = fmt::format("-> task {}", event.woken);
  } else if (point.kind == ChoiceKind::spurious) {
    event.text = index == 0 ? "-> no" : "-> yes";
  } else {
    event.text = fmt::format("-> {}", index);
  }
  recording_.events.push_back(std::move(event));
}

void Recorder::on_mark(const Engine& engine, TaskId id, std::string_view label,
                       std::string_view text) {
  RecordedEvent event;
  event.kind = RecordedEvent::Kind::mark;
  event.task = task(engine, id);
  event.label = label;
  event.text = text;
  recording_.events.push_back(std::move(event));
}

void Recorder::on_task(const Engine& engine, TaskId id, std::string_view text) {
  recording_.tasks[task(engine, id)].description = text;
}

void Recorder::on_state(std::string text) {
  recording_.state.push_back(std::move(text));
}

void Recorder::on_texts(ObjectId object, std::span<const std::string> texts) {
  std::size_t next = 0;
  for (RecordedEvent& event : recording_.events) {
    if (next == texts.size()) return;
    if (event.is_step() && event.object == object) event.shown = texts[next++];
  }
}

/// The value of Recording::failed_at.
std::optional<std::size_t> Recorder::failed_at(const Trace& trace, const Outcome& outcome) const {
  using enum OutcomeKind;
  const bool endless =
      outcome.kind == deadlock || outcome.kind == step_bound || outcome.kind == hang;
  if (!outcome.failed() || endless) return std::nullopt;
  const auto before = trace.entries().first(std::min(outcome.entries, trace.entries().size()));
  auto left =
      std::count_if(before.begin(), before.end(), [](const auto& e) { return e.is_step(); });
  if (left == 0) return std::nullopt;
  std::size_t at = 0;
  while (!recording_.events[at].is_step() || --left > 0) ++at;
  return at;
}

void Recorder::on_outcome(const Engine& engine, const Outcome& outcome) {
  recording_.outcome = outcome;
  recording_.failed_at = failed_at(engine.trace(), outcome);
  if (outcome.kind != OutcomeKind::deadlock) return;
  const Trace trace = engine.trace();
  for (const BlockedTask& blocked : trace.context().blocked) {
    recording_.waiting.push_back(event_of(engine, blocked.task, engine.pending_of(blocked.task)));
  }
}

}  // namespace sim
