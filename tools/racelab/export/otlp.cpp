#include <tools/racelab/export/otlp.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/trace.hpp>
#include <sim/report/cause.hpp>
#include <sim/report/spans.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/text_format.hpp>
#include <tools/racelab/export/timeline.hpp>
#include <tools/racelab/export/transfer_attributes.hpp>

namespace racelab {
namespace {

using sim::Span;
using sim::SpanAttributes;
using sim::SpanEvent;
using sim::SpanTime;
using sim::SpanValue;
using std::chrono::nanoseconds;

/// Removes the attributes whose text is empty.
SpanAttributes without_empty(SpanAttributes attributes) {
  std::erase_if(attributes, [](const auto& attribute) {
    const auto* const text = std::get_if<std::string>(&attribute.second);
    return text != nullptr && text->empty();
  });
  return attributes;
}

SpanValue count(std::size_t number) {
  return static_cast<std::int64_t>(number);
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  for (const char c : text) seed = sim::hash_step(seed, static_cast<unsigned char>(c));
  return seed;
}

/// The result of a step, in the words that the live lab uses.
std::string result_of(const sim::RecordedEvent& step) {
  if (waits_for_lock(step.operation)) return "held";
  return unlocks(step.operation) ? "free" : step.value;
}

/// Builds the spans of an execution: one for itself, one for each task, one for each step.
class SpanBuilder {
 public:
  SpanBuilder(const sim::ShownExecution& shown, std::chrono::system_clock::time_point begin)
      : shown_(shown),
        recording_(shown.recording),
        begin_(begin),
        times_(logical_times(shown.recording)),
        numbers_(step_numbers(shown.recording)),
        failing_(failing_event(shown.recording)) {
    const auto begin_ns = std::chrono::duration_cast<nanoseconds>(begin.time_since_epoch()).count();
    const std::string text = sim::format_schedule(shown.schedule) + std::to_string(begin_ns);
    seed_ = hash_of(text, 0);
    trace_id_ = id(seed_) + id(hash_of(text, 1));
  }

  std::vector<Span> build() {
    add_execution();
    for (std::size_t i = 0; i < recording_.tasks.size(); ++i) add_task(i);
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      if (recording_.events[i].is_step()) add_step(i);
    }
    return std::move(spans_);
  }

 private:
  /// An id of 16 hexadecimal digits, not all zero, which OTLP reserves.
  static std::string id(std::uint64_t number) { return fmt::format("{:016x}", number | 1U); }
  [[nodiscard]] std::string span_id(std::size_t number) const {
    return id(sim::hash_step(seed_, number));
  }
  [[nodiscard]] std::string execution_id() const { return span_id(0); }
  [[nodiscard]] std::string task_id(std::size_t task) const { return span_id(1 + task); }
  [[nodiscard]] std::string step_id(std::size_t index) const {
    return span_id(1 + recording_.tasks.size() + index);
  }
  [[nodiscard]] SpanTime time_at(nanoseconds logical) const {
    return begin_ + std::chrono::duration_cast<SpanTime::duration>(logical);
  }

  Span& add(std::string id, std::string parent, std::string name, nanoseconds begin,
            nanoseconds end, SpanAttributes attributes) {
    Span span{trace_id_, std::move(id), std::move(parent), std::move(name)};
    span.begin = time_at(begin);
    span.end = time_at(end);
    span.attributes = without_empty(std::move(attributes));
    spans_.push_back(std::move(span));
    return spans_.back();
  }

  [[nodiscard]] SpanEvent event(std::string name, nanoseconds time,
                                SpanAttributes attributes) const {
    return {std::move(name), time_at(time), without_empty(std::move(attributes))};
  }

  [[nodiscard]] std::string error() const { return recording_.outcome.summary(); }

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
                       {"racelab.time", std::string{kLogicalTime}}};
    if (shown_.why) {
      all.emplace_back("racelab.pattern", std::string{to_string(shown_.why->pattern)});
      all.emplace_back("racelab.cause", cause_sentence(recording_, *shown_.why));
    }
    if (shown_.divergence) all.emplace_back("racelab.divergence", shown_.divergence->message);
    return all;
  }

  void add_execution() {
    const nanoseconds end = logical_end(recording_);
    Span& span = add(execution_id(), "", execution_name(shown_), {}, end, about());
    const sim::Outcome& outcome = recording_.outcome;
    if (!outcome.failed()) return;
    span.error = error();
    span.events.push_back(
        event("failure", end,
              {{"racelab.outcome", outcome.summary()}, {"racelab.place", outcome.place()}}));
  }

  [[nodiscard]] bool fails(std::size_t index) const { return failing_ == index; }

  /// Whether Recording::waiting has operations that never end, as in a deadlock.
  [[nodiscard]] bool deadlocked() const {
    return recording_.outcome.kind == sim::OutcomeKind::deadlock;
  }

  [[nodiscard]] bool waits(std::size_t task) const {
    return deadlocked() &&
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
    Span& span =
        add(task_id(task), execution_id(), name, life->first, life->second, std::move(all));
    add_marks(span, task);
    add_waiting(span, task);
    const bool fails = failing_ && recording_.events[*failing_].task == task;
    if (fails || waits(task)) span.error = error();
  }

  /// From the first step or mark of a task to the end of its last one, or of the execution if the
  /// task is deadlocked. Empty for a task without steps and marks.
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

  void add_marks(Span& span, std::size_t task) const {
    for (std::size_t i = 0; i < recording_.events.size(); ++i) {
      const sim::RecordedEvent& e = recording_.events[i];
      if (e.is_step() || e.task != task) continue;
      span.events.push_back(event(e.label, times_[i], {{"step.result", e.text}}));
    }
  }

  /// The operation that a task waits to do never begins, so it is an event and not a span.
  void add_waiting(Span& span, std::size_t task) const {
    for (std::size_t i = 0; i < recording_.waiting.size(); ++i) {
      const sim::RecordedEvent& waiting = recording_.waiting[i];
      if (waiting.task != task) continue;
      SpanAttributes all{{"step.object", waiting.text},
                         {deadlocked() ? "racelab.deadlocked" : "racelab.unfinished", true}};
      link(span, recording_.events.size() + i, all);
      span.events.push_back(event(waiting_text(recording_, waiting), logical_end(recording_), all));
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
    Span& span = add(step_id(index), task_id(step.task), step.label, times_[index],
                     times_[index] + kLogicalStep, {});
    link(span, index, all);
    span.attributes = without_empty(std::move(all));
    if (fails(index)) span.error = error();
  }

  /// Links the span to each step that must come before event `index`, and adds an attribute for
  /// each link.
  void link(Span& span, std::size_t index, SpanAttributes& attributes) const {
    for (const sim::Ordering& order : necessary()) {
      if (order.second != index || order.first >= recording_.events.size()) continue;
      const std::string before = words_of(order.first);
      attributes.emplace_back("racelab.necessarily_after", before);
      span.links.push_back(
          {step_id(order.first),
           {{"racelab.order", std::string{"necessary"}}, {"racelab.after", before}}});
    }
  }

  /// Names a step, as in "step 2: read alice.balance by task 2".
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
  SpanTime begin_;
  std::vector<nanoseconds> times_;
  std::vector<std::size_t> numbers_;
  std::optional<std::size_t> failing_;
  std::uint64_t seed_ = 0;
  std::string trace_id_;
  std::vector<Span> spans_;
};

}  // namespace

std::string otlp_request(const sim::ShownExecution& shown,
                         std::chrono::system_clock::time_point begin) {
  return sim::otlp_json(SpanBuilder{shown, begin}.build(), "racelab-sim");
}

}  // namespace racelab
