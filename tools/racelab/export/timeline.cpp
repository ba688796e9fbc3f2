#include <tools/racelab/export/timeline.hpp>

#include <charconv>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

namespace racelab {

std::vector<std::chrono::nanoseconds> logical_times(const sim::Recording& recording) {
  const auto& events = recording.events;
  std::vector<std::chrono::nanoseconds> times;
  times.reserve(events.size());
  std::chrono::nanoseconds step{};
  for (std::size_t i = 0; i < events.size();) {
    if (events[i].is_step()) {
      times.push_back(step += kLogicalStep);
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < events.size() && !events[end].is_step()) ++end;
    const auto parts = static_cast<std::int64_t>(end - i + 1);
    for (std::int64_t part = 1; part < parts; ++part, ++i) {
      times.push_back(step + kLogicalEffect + (kLogicalStep - kLogicalEffect) * part / parts);
    }
  }
  return times;
}

std::chrono::nanoseconds logical_end(const sim::Recording& recording) {
  return kLogicalStep * static_cast<std::int64_t>(recording.steps() + 1);
}

std::vector<std::size_t> step_numbers(const sim::Recording& recording) {
  std::vector<std::size_t> numbers;
  numbers.reserve(recording.events.size());
  std::size_t step = 0;
  for (const sim::RecordedEvent& event : recording.events) {
    if (event.is_step()) ++step;
    numbers.push_back(step);
  }
  return numbers;
}

std::string event_words(const sim::RecordedEvent& event) {
  if (!event.shown.empty()) return event.shown;
  return event.text.empty() ? event.label : fmt::format("{} {}", event.label, event.text);
}

std::string execution_name(const sim::ShownExecution& shown) {
  return shown.schedule.scenario.empty() ? shown.file : shown.schedule.scenario;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == end && std::isfinite(number);
  return whole ? std::optional{number} : std::nullopt;
}

}  // namespace racelab
