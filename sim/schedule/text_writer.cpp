#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <sim/schedule/text_format.hpp>
#include <sim/schedule/text_syntax.hpp>

namespace sim {

using namespace text_syntax;

std::string format_entry(const ScheduleEntry& entry) {
  if (const auto* const choice = std::get_if<ScheduledChoice>(&entry.what)) {
    std::string answer = fmt::format("{}", choice->index);
    if (choice->kind == ChoiceKind::notify) answer = "task " + choice->woken;
    if (choice->kind == ChoiceKind::spurious) answer = choice->index == 0 ? "no" : "yes";
    return fmt::format("choice {} {} -> {}", choice->task, to_string(choice->kind), answer);
  }
  const auto& step = std::get<ScheduledStep>(entry.what);
  std::string line =
      fmt::format("{} {} {}", step.task, escape(step.operation, true), escape(step.object, true));
  if (step.failed) line += " failed";
  if (step.value && !step.value->empty()) line += " = " + escape(*step.value, false);
  return line;
}

std::string format_schedule(const Schedule& schedule) {
  std::string text = fmt::format("{} {}\n", kMagic, kVersion);
  const auto header = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) text += fmt::format("{:<9} {}\n", key, escape(value, false));
  };
  header("scenario", schedule.scenario);
  header("found-by", schedule.found_by);
  header("replay", to_string(schedule.mode));
  const auto bound = [&](std::string_view key, std::uint32_t number, std::uint32_t usual) {
    if (number != usual) header(key, fmt::format("{}", number));
  };
  bound("timeouts", schedule.bounds.timeouts, Bounds{}.timeouts);
  bound("spurious", schedule.bounds.spurious, Bounds{}.spurious);
  if (schedule.expect) header("expect", schedule.expect->text);
  for (const HeaderLine& line : schedule.program) header(line.key, line.value);
  for (const ScheduleEntry& entry : schedule.entries) text += format_entry(entry) + "\n";
  return text + "end\n";
}

}  // namespace sim
