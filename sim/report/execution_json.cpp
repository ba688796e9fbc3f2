#include <sim/report/execution_json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>

namespace sim {

using nlohmann::ordered_json;

namespace {

ordered_json text_json(std::string_view text, JsonForm form) {
  return form == JsonForm::complete ? text_or_null(text) : ordered_json(text);
}

ordered_json orders_json(const std::vector<Ordering>& orders) {
  ordered_json json = ordered_json::array();
  for (const Ordering& order : orders) {
    json.push_back({{"first", order.first}, {"second", order.second}});
  }
  return json;
}

ordered_json necessary_json(const Recording& recording, const std::vector<Ordering>& orders,
                            JsonForm form) {
  const bool complete = form == JsonForm::complete;
  ordered_json json = complete ? orders_json(orders) : ordered_json::array();
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const std::string text = order_text(recording, orders[i]);
    if (complete) {
      json[i]["mark"] = order_mark(i);
      json[i]["text"] = text;
    } else {
      json.push_back(text);
    }
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

/// The members in the order of the output. `step` counts the steps up to this event.
ordered_json event_json(const Recording& recording, const RecordedEvent& event, std::size_t step,
                        JsonForm form) {
  static constexpr std::array kKinds{"step", "choice", "mark"};
  const bool complete = form == JsonForm::complete;
  const bool is_step = event.is_step();
  ordered_json json = {{"kind", kKinds.at(static_cast<std::size_t>(event.kind))}};
  if (complete) json["step"] = is_step ? ordered_json(step) : nullptr;
  json["task"] =
      complete ? ordered_json(event.task) : ordered_json(recording.tasks[event.task].name);
  json["operation"] = event.label;
  if (complete) json["object"] = is_step ? ordered_json(event.text) : nullptr;
  json["text"] = complete && is_step ? std::string{} : event.text;
  if (complete) json["does"] = is_step ? ordered_json(to_string(event.operation)) : nullptr;
  json["value"] = text_json(event.value, form);
  if (complete) {
    json["writes"] = event.entry().is_write() && is_step;
    json["releases"] = released_json(recording, event);
  }
  json["failed"] = event.failed;
  json["preemption"] = event.preemption;
  return json;
}

/// The members that the failing execution and the passing counterpart have in common.
ordered_json recording_json(const Recording& recording) {
  ordered_json json = {
      {"outcome", outcome_json(recording, JsonForm::complete)},
      {"state", recording.state},
      {"tasks", ordered_json::array()},
      {"events", events_json(recording, JsonForm::complete)},
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
  return json;
}

}  // namespace

ordered_json execution_json(const ShownExecution& shown) {
  ordered_json json = {{"racelab_execution", 1},
                       {"schedule", text_or_null(shown.file)},
                       {"scenario", text_or_null(shown.schedule.scenario)},
                       {"found_by", text_or_null(shown.schedule.found_by)},
                       {"expected", expected_json(shown.schedule)},
                       {"header", ordered_json::array()}};
  for (const HeaderLine& line : shown.schedule.program) {
    json["header"].push_back({{"key", line.key}, {"value", line.value}});
  }
  json.update(recording_json(shown.recording));
  json["cause"] = nullptr;
  json["passing"] = nullptr;
  if (const auto& why = shown.why) {
    json["cause"] = cause_json(shown.recording, *why, JsonForm::complete);
    if (why->passing) json["passing"] = recording_json(*why->passing);
  }
  json["divergence"] = divergence_json(shown.divergence);
  return json;
}

ordered_json outcome_json(const Recording& recording, JsonForm form) {
  const Outcome& outcome = recording.outcome;
  ordered_json json = {{"kind", to_string(outcome.kind)},
                       {"message", outcome.message()},
                       {"place", text_json(outcome.place(), form)}};
  if (form == JsonForm::complete) {
    const auto failing = failing_event(recording);
    json["summary"] = outcome.summary();
    json["failed"] = outcome.failed();
    json["event"] = failing ? ordered_json(*failing) : nullptr;
  }
  return json;
}

ordered_json events_json(const Recording& recording, JsonForm form) {
  ordered_json json = ordered_json::array();
  std::size_t step = 0;
  for (const RecordedEvent& event : recording.events) {
    if (event.is_step()) ++step;
    json.push_back(event_json(recording, event, step, form));
  }
  return json;
}

ordered_json cause_json(const Recording& recording, const Explanation& why, JsonForm form) {
  ordered_json json = {{"pattern", text_or_null(to_string(why.pattern))},
                       {"sentence", text_or_null(cause_sentence(recording, why))},
                       {"necessary", necessary_json(recording, why.necessary, form)}};
  if (form == JsonForm::complete) json["strength"] = cause_strength(why);
  json["executions"] = why.executions;
  json["exhaustive"] = why.whole;
  return json;
}

ordered_json divergence_json(const std::optional<Divergence>& divergence) {
  if (!divergence) return nullptr;
  return {
      {"step", divergence->entry}, {"line", divergence->line}, {"message", divergence->message}};
}

ordered_json expected_json(const Schedule& schedule) {
  return schedule.expect ? ordered_json(schedule.expect->text) : ordered_json(nullptr);
}

ordered_json text_or_null(std::string_view text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

}  // namespace sim
