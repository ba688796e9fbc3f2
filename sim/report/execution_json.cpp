#include <sim/report/execution_json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>

namespace sim {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(std::string_view text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json orders_json(const std::vector<Ordering>& orders) {
  ordered_json json = ordered_json::array();
  for (const Ordering& order : orders) {
    json.push_back({{"first", order.first}, {"second", order.second}});
  }
  return json;
}

ordered_json necessary_json(const Recording& recording, const std::vector<Ordering>& orders) {
  ordered_json json = orders_json(orders);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    json[i]["mark"] = order_mark(i);
    json[i]["text"] = order_text(recording, orders[i]);
  }
  return json;
}

/// The mutex that a wait on a condition variable releases; null for other steps.
ordered_json released_json(const Recording& recording, const RecordedEvent& event) {
  const bool releases = row_of(event.operation).also_writes == AlsoWrites::released_mutex;
  if (!event.is_step() || !releases) return nullptr;
  const ObjectId mutex = event.entry().released_mutex();
  const auto lock = std::find_if(
      recording.events.begin(), recording.events.end(),
      [&](const RecordedEvent& other) { return other.is_step() && other.object == mutex; });
  return lock == recording.events.end() ? ordered_json(nullptr) : ordered_json(lock->text);
}

ordered_json event_json(const Recording& recording, const RecordedEvent& event, std::size_t step) {
  static constexpr std::array kKinds{"step", "choice", "mark"};
  const bool is_step = event.is_step();
  return {{"kind", kKinds.at(static_cast<std::size_t>(event.kind))},
          {"step", is_step ? ordered_json(step) : nullptr},
          {"task", event.task},
          {"operation", event.label},
          {"object", is_step ? ordered_json(event.text) : nullptr},
          {"text", is_step ? std::string{} : event.text},
          {"does", is_step ? ordered_json(to_string(event.operation)) : nullptr},
          {"value", text_or_null(event.value)},
          {"writes", event.entry().is_write() && is_step},
          {"releases", released_json(recording, event)},
          {"failed", event.failed},
          {"preemption", event.preemption}};
}

/// The members that the failing execution and the passing counterpart have in common.
ordered_json recording_json(const Recording& recording) {
  const Outcome& outcome = recording.outcome;
  const auto failing = failing_event(recording);
  ordered_json json = {
      {"outcome",
       {{"kind", to_string(outcome.kind)},
        {"message", outcome.message()},
        {"place", text_or_null(outcome.place())},
        {"summary", outcome.summary()},
        {"failed", outcome.failed()},
        {"event", failing ? ordered_json(*failing) : nullptr}}},
      {"state", recording.state},
      {"tasks", ordered_json::array()},
      {"events", ordered_json::array()},
      {"waiting", ordered_json::array()},
      {"orders", orders_json(conflict_edges(recording))},
  };
  for (const RecordedEvent& waiting : recording.waiting) {
    json["waiting"].push_back({{"task", waiting.task},
                               {"operation", waiting.label},
                               {"object", waiting.text},
                               {"text", waiting_text(recording, waiting)},
                               {"remark", waiting_remark(recording)}});
  }
  for (const RecordedTask& task : recording.tasks) {
    json["tasks"].push_back({{"name", task.name},
                             {"title", task_title(task)},
                             {"description", text_or_null(task.description)}});
  }
  std::size_t step = 0;
  for (const RecordedEvent& event : recording.events) {
    if (event.is_step()) ++step;
    json["events"].push_back(event_json(recording, event, step));
  }
  return json;
}

}  // namespace

nlohmann::ordered_json execution_json(const ShownExecution& shown) {
  ordered_json json = {
      {"racelab_execution", 1},
      {"schedule", text_or_null(shown.file)},
      {"scenario", text_or_null(shown.schedule.scenario)},
      {"found_by", text_or_null(shown.schedule.found_by)},
      {"expected",
       shown.schedule.expect ? ordered_json(shown.schedule.expect->text) : ordered_json(nullptr)},
      {"header", ordered_json::array()}};
  for (const HeaderLine& line : shown.schedule.program) {
    json["header"].push_back({{"key", line.key}, {"value", line.value}});
  }
  json.update(recording_json(shown.recording));
  json["cause"] = nullptr;
  json["passing"] = nullptr;
  if (const auto& why = shown.why) {
    json["cause"] = {{"pattern", text_or_null(to_string(why->pattern))},
                     {"sentence", text_or_null(cause_sentence(shown.recording, *why))},
                     {"necessary", necessary_json(shown.recording, why->necessary)},
                     {"strength", cause_strength(*why)},
                     {"executions", why->executions},
                     {"whole", why->exhaustive}};
    if (why->passing) json["passing"] = recording_json(*why->passing);
  }
  json["divergence"] = nullptr;
  if (const auto& d = shown.divergence) {
    json["divergence"] = {{"step", d->entry}, {"line", d->line}, {"message", d->message}};
  }
  return json;
}

}  // namespace sim
