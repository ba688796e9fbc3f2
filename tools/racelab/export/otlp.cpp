#include <tools/racelab/export/otlp.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/base/trace.hpp>
#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/text_format.hpp>
#include <tools/racelab/export/span_attributes.hpp>
#include <tools/racelab/export/timeline.hpp>
#include <tools/racelab/export/transfer_attributes.hpp>

namespace racelab {
namespace {

using nlohmann::ordered_json;
using std::chrono::nanoseconds;

constexpr int kSpanKindInternal = 1;
constexpr int kStatusError = 2;

/// 64-bit integers are texts in this encoding.
ordered_json value_json(const SpanValue& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) return {{"boolValue", *flag}};
  if (const auto* const number = std::get_if<double>(&value)) return {{"doubleValue", *number}};
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
    return {{"intValue", std::to_string(*whole)}};
  }
  return {{"stringValue", std::get<std::string>(value)}};
}

/// Without the texts that are empty.
ordered_json attributes_json(const SpanAttributes& attributes) {
  ordered_json list = ordered_json::array();
  for (const auto& [key, value] : attributes) {
    const auto* const text = std::get_if<std::string>(&value);
    if (text != nullptr && text->empty()) continue;
    list.push_back({{"key", key}, {"value", value_json(value)}});
  }
  return list;
}

SpanValue count(std::size_t number) {
  return static_cast<std::int64_t>(number);
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  for (const char c : text) seed = sim::hash_step(seed, static_cast<unsigned char>(c));
  return seed;
}

/// What came of a step, in the live lab's words.
std::string result_of(const sim::RecordedEvent& step) {
  if (waits_for_lock(step.operation)) return "held";
  return unlocks(step.operation) ? "free" : step.value;
}

/// The spans of an execution: itself, its tasks, their steps.
class SpanWriter {
 public:
  SpanWriter(const sim::ShownExecution& shown, std::chrono::system_clock::time_point begin)
      : shown_(shown),
        recording_(shown.recording),
        begin_(std::chrono::duration_cast<nanoseconds>(begin.time_since_epoch())),
        times_(logical_times(shown.recording)),
        numbers_(step_numbers(shown.recording)),
        failing_(failing_event(shown.recording)) {
    const std::string text = sim::format_schedule(shown.schedule) + std::to_string(begin_.count());
    seed_ = hash_of(text, 0);
    trace_id_ = id(seed_) + id(hash_of(text, 1));
  }

  ordered_json write() {
    add_execution();
    for (std::size_t i = 0; i < recording_.tasks.size(); ++i) add_task(i);
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      if (recording_.events[i].is_step()) add_step(i);
    }
    return std::move(spans_);
  }

 private:
  /// 16 digits that are not all zero, which would mean no id.
  static std::string id(std::uint64_t number) { return fmt::format("{:016x}", number | 1U); }
  [[nodiscard]] std::string span_id(std::size_t number) const {
    return id(sim::hash_step(seed_, number));
  }
  [[nodiscard]] std::string execution_id() const { return span_id(0); }
  [[nodiscard]] std::string task_id(std::size_t task) const { return span_id(1 + task); }
  [[nodiscard]] std::string step_id(std::size_t index) const {
    return span_id(1 + recording_.tasks.size() + index);
  }
  [[nodiscard]] std::string unix_time(nanoseconds logical) const {
    return std::to_string((begin_ + logical).count());
  }

  ordered_json& add(const std::string& id, std::string_view parent, std::string_view name,
                    nanoseconds begin, nanoseconds end, const SpanAttributes& attributes) {
    ordered_json span = {{"traceId", trace_id_}, {"spanId", id}};
    if (!parent.empty()) span["parentSpanId"] = parent;
    span["name"] = name;
    span["kind"] = kSpanKindInternal;
    span["startTimeUnixNano"] = unix_time(begin);
    span["endTimeUnixNano"] = unix_time(end);
    span["attributes"] = attributes_json(attributes);
    spans_.push_back(std::move(span));
    return spans_.back();
  }

  [[nodiscard]] ordered_json event(std::string_view name, nanoseconds time,
                                   const SpanAttributes& attributes) const {
    return {{"timeUnixNano", unix_time(time)},
            {"name", name},
            {"attributes", attributes_json(attributes)}};
  }

  [[nodiscard]] ordered_json error() const {
    return {{"code", kStatusError}, {"message", recording_.outcome.summary()}};
  }

  [[nodiscard]] SpanAttributes about() const {
    const sim::Outcome& outcome = recording_.outcome;
    SpanAttributes all{{"racelab.schedule", shown_.file},
                       {"racelab.scenario", shown_.schedule.scenario},
                       {"racelab.found_by", shown_.schedule.found_by},
                       {"racelab.outcome", outcome.summary()},
                       {"racelab.outcome_kind", std::string{to_string(outcome.kind)}},
                       {"racelab.place", outcome.place()},
                       {"racelab.steps", count(recording_.steps())},
                       {"racelab.preemptions", count(recording_.preemptions())},
                       {"racelab.time", kLogicalTime}};
    if (shown_.why) {
      all.emplace_back("racelab.pattern", std::string{to_string(shown_.why->pattern)});
      all.emplace_back("racelab.cause", cause_sentence(recording_, *shown_.why));
    }
    if (shown_.divergence) all.emplace_back("racelab.divergence", shown_.divergence->message);
    return all;
  }

  void add_execution() {
    const nanoseconds end = logical_end(recording_);
    ordered_json& span = add(execution_id(), "", execution_name(shown_), {}, end, about());
    const sim::Outcome& outcome = recording_.outcome;
    if (!outcome.failed()) return;
    span["status"] = error();
    span["events"] = ordered_json::array();
    span["events"].push_back(
        event("failure", end,
              {{"racelab.outcome", outcome.summary()}, {"racelab.place", outcome.place()}}));
  }

  [[nodiscard]] bool fails(std::size_t index) const { return failing_ == index; }

  /// Whether Recording::waiting is what tasks wait for, not what they would have done.
  [[nodiscard]] bool for_ever() const {
    return recording_.outcome.kind == sim::OutcomeKind::deadlock;
  }

  [[nodiscard]] bool waits(std::size_t task) const {
    return for_ever() &&
           std::any_of(recording_.waiting.begin(), recording_.waiting.end(),
                       [task](const sim::RecordedEvent& e) { return e.task == task; });
  }

  void add_task(std::size_t task) {
    const auto life = lifetime(task);
    if (!life) return;
    const sim::RecordedTask& recorded = recording_.tasks[task];
    SpanAttributes all = transfer_attributes(shown_, task);
    const std::string name = all.empty() ? task_words(recorded) : "transfer";
    all.emplace_back("racelab.task", task_title(recorded));
    all.emplace_back("racelab.description", recorded.description);
    ordered_json& span = add(task_id(task), execution_id(), name, life->first, life->second, all);
    add_marks(span, task);
    add_waiting(span, task);
    const bool fails = failing_ && recording_.events[*failing_].task == task;
    if (fails || waits(task)) span["status"] = error();
  }

  /// From the first step or mark of a task to the end of its last one or, where it waits for ever,
  /// of the execution. Empty of a task that does neither.
  [[nodiscard]] std::optional<std::pair<nanoseconds, nanoseconds>> lifetime(
      std::size_t task) const {
    std::optional<std::pair<nanoseconds, nanoseconds>> life;
    const auto include = [&life](nanoseconds begin, nanoseconds end) {
      life = {life ? life->first : begin, life ? std::max(life->second, end) : end};
    };
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      const sim::RecordedEvent& event = recording_.events[i];
      if (event.task != task) continue;
      include(times_[i], times_[i] + (event.is_step() ? kLogicalStep : nanoseconds{}));
    }
    if (waits(task)) include(logical_end(recording_), logical_end(recording_));
    return life;
  }

  void add_marks(ordered_json& span, std::size_t task) const {
    ordered_json marks = ordered_json::array();
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      const sim::RecordedEvent& e = recording_.events[i];
      if (e.is_step() || e.task != task) continue;
      marks.push_back(event(e.label, times_[i], {{"step.result", e.text}}));
    }
    if (!marks.empty()) span["events"] = std::move(marks);
  }

  /// What it waits for is no span: it never begins.
  void add_waiting(ordered_json& span, std::size_t task) const {
    for (std::size_t i = 0; i < recording_.waiting.size(); ++i) {
      const sim::RecordedEvent& waiting = recording_.waiting[i];
      if (waiting.task != task) continue;
      SpanAttributes all{{"step.object", waiting.text},
                         {for_ever() ? "racelab.for_ever" : "racelab.too_late", true}};
      link(span, recording_.events.size() + i, all);
      span["events"].push_back(
          event(waiting_text(recording_, waiting), logical_end(recording_), all));
    }
  }

  void add_step(std::size_t index) {
    const sim::RecordedEvent& step = recording_.events[index];
    SpanAttributes all{{"step.object", step.text},
                       {"step.result", result_of(step)},
                       {"racelab.step", count(numbers_[index])},
                       {"racelab.operation", std::string{to_string(step.operation)}},
                       {"racelab.preemption", step.preemption},
                       {"racelab.failed", step.failed},
                       {"racelab.logical_time", true}};
    ordered_json& span = add(step_id(index), task_id(step.task), step.label, times_[index],
                             times_[index] + kLogicalStep, {});
    link(span, index, all);
    span["attributes"] = attributes_json(all);
    if (fails(index)) span["status"] = error();
  }

  /// Links the span to each step that must come before event `index`, and says so in `attributes`.
  void link(ordered_json& span, std::size_t index, SpanAttributes& attributes) const {
    for (const sim::Ordering& order : necessary()) {
      if (order.second != index || order.first >= recording_.events.size()) continue;
      const std::string before = words_of(order.first);
      attributes.emplace_back("racelab.necessarily_after", before);
      span["links"].push_back({{"traceId", trace_id_},
                               {"spanId", step_id(order.first)},
                               {"attributes", attributes_json({{"racelab.order", "necessary"},
                                                               {"racelab.after", before}})}});
    }
  }

  /// "step 2: read alice.balance by task 2"
  [[nodiscard]] std::string words_of(std::size_t index) const {
    const sim::RecordedEvent& step = recording_.events[index];
    return fmt::format("step {}: {} by {}", numbers_[index], event_words(step),
                       task_title(recording_.tasks[step.task]));
  }

  [[nodiscard]] std::vector<sim::Ordering> necessary() const {
    return shown_.why ? shown_.why->necessary : std::vector<sim::Ordering>{};
  }

  const sim::ShownExecution& shown_;
  const sim::Recording& recording_;
  nanoseconds begin_;
  std::vector<nanoseconds> times_;
  std::vector<std::size_t> numbers_;
  std::optional<std::size_t> failing_;
  std::uint64_t seed_ = 0;
  std::string trace_id_;
  ordered_json spans_ = ordered_json::array();
};

}  // namespace

std::string otlp_request(const sim::ShownExecution& shown,
                         std::chrono::system_clock::time_point begin) {
  ordered_json scope = {{"scope", {{"name", "racelab"}}},
                        {"spans", SpanWriter{shown, begin}.write()}};
  ordered_json resource = {{"attributes", attributes_json({{"service.name", "racelab-sim"}})}};
  ordered_json root = ordered_json::object();
  root["resourceSpans"] = ordered_json::array();
  root["resourceSpans"].push_back(
      {{"resource", std::move(resource)}, {"scopeSpans", ordered_json::array({std::move(scope)})}});
  return root.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace racelab
