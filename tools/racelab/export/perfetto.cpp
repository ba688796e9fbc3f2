#include <tools/racelab/export/perfetto.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>
#include <tools/racelab/export/timeline.hpp>

namespace racelab {
namespace {

using nlohmann::ordered_json;
using std::chrono::nanoseconds;

/// The id of the process and of its first thread; the viewer shows a thread with this id first.
constexpr std::size_t kFirstId = 1;

/// Builds the list of trace events.
class TraceWriter {
 public:
  explicit TraceWriter(const sim::ShownExecution& shown)
      : shown_(shown),
        recording_(shown.recording),
        times_(logical_times(shown.recording)),
        numbers_(step_numbers(shown.recording)) {}

  ordered_json write() {
    add_names();
    for (std::size_t i = 0; i < recording_.events.size(); ++i) add_event(i);
    for (const sim::RecordedEvent& waiting : recording_.waiting) add_waiting(waiting);
    add_flows();
    add_counters();
    add_failure();
    return std::move(events_);
  }

 private:
  ordered_json& add(const char* phase, std::string_view name, std::size_t task) {
    events_.push_back({{"ph", phase}, {"name", name}, {"pid", kFirstId}, {"tid", kFirstId + task}});
    return events_.back();
  }

  /// Adds an event with a time. The format counts time in microseconds, with fractions.
  ordered_json& add(const char* phase, std::string_view name, std::string_view category,
                    std::size_t task, nanoseconds time) {
    ordered_json& event = add(phase, name, task);
    event["cat"] = category;
    event["ts"] = std::chrono::duration<double, std::micro>{time}.count();
    return event;
  }

  void add_names() {
    add("M", "process_name", 0)["args"] = {{"name", execution_name(shown_)}};
    for (std::size_t i = 0; i < recording_.tasks.size(); ++i) {
      const sim::RecordedTask& task = recording_.tasks[i];
      std::string name = task_title(task);
      if (!task.description.empty()) name += ": " + task.description;
      add("M", "thread_name", i)["args"] = {{"name", std::move(name)}};
      add("M", "thread_sort_index", i)["args"] = {{"sort_index", i}};
    }
  }

  void add_event(std::size_t index) {
    const sim::RecordedEvent& event = recording_.events[index];
    if (event.is_step()) return add_step(index);
    const bool mark = event.kind == sim::RecordedEvent::Kind::mark;
    ordered_json& json =
        add("i", event_words(event), mark ? "mark" : "choice", event.task, times_[index]);
    json["s"] = "t";
    json["args"] = {{"step", numbers_[index]}, {"text", event.text}};
  }

  void add_step(std::size_t index) {
    const sim::RecordedEvent& event = recording_.events[index];
    ordered_json& json = add("X", event_words(event), "step", event.task, times_[index]);
    json["dur"] = std::chrono::duration<double, std::micro>{kLogicalStep}.count();
    json["args"] = {{"step", numbers_[index]},
                    {"object", event.text},
                    {"does", to_string(event.operation)},
                    {"failed", event.failed},
                    {"preemption", event.preemption}};
    if (!event.value.empty()) json["args"]["value"] = event.value;
  }

  /// An operation still waiting is a slice, because a flow must end in one.
  void add_waiting(const sim::RecordedEvent& waiting) {
    ordered_json& json =
        add("X", waiting_text(recording_, waiting) + ", " + sim::waiting_remark(recording_),
            "waiting", waiting.task, logical_end(recording_));
    json["dur"] = std::chrono::duration<double, std::micro>{kLogicalStep}.count();
    json["args"] = {{"object", waiting.text}, {"does", to_string(waiting.operation)}};
  }

  void add_flows() {
    std::vector<sim::Ordering> necessary;
    if (shown_.why) necessary = shown_.why->necessary;
    for (const sim::Ordering& order : necessary) add_flow(order, "necessary", "necessary");
    for (const sim::Ordering& order : conflict_edges(recording_)) {
      const bool told = std::find(necessary.begin(), necessary.end(), order) != necessary.end();
      if (!told) add_flow(order, "happens before", "conflict");
    }
  }

  /// Adds an arrow from the middle of one step to the middle of another. Its ends must lie inside
  /// the slices, because a flow belongs to the slice around it.
  void add_flow(const sim::Ordering& order, const char* name, const char* category) {
    ++flows_;
    for (const auto& [phase, index] : {std::pair{"s", order.first}, std::pair{"f", order.second}}) {
      const nanoseconds time = index < times_.size() ? times_[index] : logical_end(recording_);
      ordered_json& json = add(phase, name, category, recording_.event_or_waiting(index).task,
                               time + kLogicalEffect);
      json["id"] = flows_;
    }
    events_.back()["bp"] = "e";
  }

  /// Adds a counter track for each object whose values are all numbers.
  void add_counters() {
    std::map<std::string_view, std::vector<std::size_t>> steps;
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      const sim::RecordedEvent& event = recording_.events[i];
      if (event.is_step() && !event.value.empty()) steps[event.text].push_back(i);
    }
    for (const auto& [object, indexes] : steps) {
      const bool numbers = std::all_of(indexes.begin(), indexes.end(), [&](std::size_t i) {
        return number_in(recording_.events[i].value).has_value();
      });
      if (!numbers) continue;
      for (const std::size_t i : indexes) {
        add("C", object, "value", recording_.events[i].task, times_[i] + kLogicalEffect)["args"] = {
            {"value", *number_in(recording_.events[i].value)}};
      }
    }
  }

  void add_failure() {
    const sim::Outcome& outcome = recording_.outcome;
    if (!outcome.failed()) return;
    const auto failing = failing_event(recording_);
    const std::size_t task = failing ? recording_.events[*failing].task : 0;
    ordered_json& json = add("i", outcome.summary(), "failure", task, logical_end(recording_));
    json["s"] = "g";
    json["args"] = {{"kind", to_string(outcome.kind)},
                    {"message", outcome.message()},
                    {"place", outcome.place()}};
  }

  const sim::ShownExecution& shown_;
  const sim::Recording& recording_;
  std::vector<nanoseconds> times_;
  std::vector<std::size_t> numbers_;
  std::size_t flows_ = 0;
  ordered_json events_ = ordered_json::array();
};

/// The information about the trace that a viewer shows.
ordered_json about(const sim::ShownExecution& shown) {
  ordered_json json = {{"time", kLogicalTime},
                       {"schedule", shown.file},
                       {"scenario", shown.schedule.scenario},
                       {"outcome", shown.recording.outcome.summary()}};
  if (shown.why) {
    json["pattern"] = to_string(shown.why->pattern);
    json["cause"] = cause_sentence(shown.recording, *shown.why);
  }
  if (shown.divergence) json["divergence"] = shown.divergence->message;
  return json;
}

}  // namespace

std::string perfetto_trace(const sim::ShownExecution& shown) {
  ordered_json trace;
  trace["traceEvents"] = TraceWriter{shown}.write();
  trace["otherData"] = about(shown);
  return trace.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace racelab
