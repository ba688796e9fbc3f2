#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/replay.hpp>
#include <sim/schedule_file.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/export/html.hpp>
#include <tools/racelab/export/json.hpp>
#include <tools/racelab/export/svg.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

struct Loaded {
  sim::Schedule schedule;
  sim::Program program;
};

/// The schedule in `file` and its program, or one line about what is wrong.
std::variant<Loaded, std::string> load(const sim::Registry& registry, const std::string& file) {
  std::variant<sim::Schedule, std::string> read = sim::read_schedule(file);
  if (auto* const problem = std::get_if<std::string>(&read)) return std::move(*problem);
  Loaded loaded{std::move(std::get<sim::Schedule>(read)), {}};
  std::variant<sim::Program, sim::ScheduleError> made = registry.program_of(loaded.schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&made)) {
    return fmt::format("{}:{}:{}: {}", file, error->line, error->column, error->message);
  }
  loaded.program = std::move(std::get<sim::Program>(made));
  return loaded;
}

sim::Replayed replay_isolated(const Loaded& loaded, const ReplayCommand& command) {
  sim::ReplayOptions options;
  options.steps_max = command.steps;
  options.engine.stack_bytes = std::size_t{command.stack_kib} * 1024;
  options.times = command.times;
  options.hang_timeout =
      std::chrono::milliseconds{static_cast<std::int64_t>(command.hang_seconds * 1000)};
  options.interrupt = &catch_interrupts();
  return sim::replay_isolated(loaded.program, loaded.schedule, options);
}

ExitCode verdict(const Loaded& loaded, const sim::Replayed& replayed) {
  if (replayed.interrupted) return kInterrupted;
  if (replayed.divergence) return kDiverged;
  return replayed.is_as_recorded(loaded.schedule) ? kSuccess : kFailureFound;
}

void print_json(const Loaded& loaded, const ReplayCommand& command, const sim::Replayed& replayed) {
  const sim::Outcome& outcome = replayed.recording.outcome;
  nlohmann::ordered_json json = {
      {"schedule", command.file},
      {"scenario", loaded.schedule.scenario},
      {"expected", loaded.schedule.expect ? nlohmann::ordered_json(*loaded.schedule.expect)
                                          : nlohmann::ordered_json(nullptr)},
      {"found", outcome.summary()},
      {"outcome",
       {{"kind", to_string(outcome.kind)}, {"message", outcome.message}, {"place", outcome.place}}},
      {"same", verdict(loaded, replayed) == kSuccess},
      {"replays", command.times},
      {"identical", replayed.same},
      {"steps", replayed.recording.steps()},
      {"beyond", replayed.beyond},
      {"divergence", nullptr},
      {"state", replayed.recording.state},
      {"events", nlohmann::ordered_json::array()},
  };
  if (const auto& d = replayed.divergence) {
    json["divergence"] = {{"step", d->entry}, {"line", d->line}, {"message", d->message}};
  }
  for (const sim::RecordedEvent& event : replayed.recording.events) {
    static constexpr const char* kKinds[] = {"step", "choice", "mark"};
    json["events"].push_back({{"kind", kKinds[static_cast<std::size_t>(event.kind)]},
                              {"task", replayed.recording.tasks[event.task].name},
                              {"operation", event.label},
                              {"text", event.text},
                              {"value", event.value},
                              {"failed", event.failed},
                              {"preemption", event.preemption}});
  }
  print_out("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_verdict(const Loaded& loaded, const ReplayCommand& command,
                   const sim::Replayed& replayed) {
  const std::string found = replayed.recording.outcome.summary();
  switch (verdict(loaded, replayed)) {
    case kDiverged:
      print_out("DIVERGED  {}: {}\n", sim::place_of(*replayed.divergence, command.file),
                printable(replayed.divergence->message));
      return;
    case kInterrupted:
      print_out("interrupted\n");
      return;
    case kFailureFound:
      print_out("ANOTHER OUTCOME\n  expected  {}\n  found     {}\n", *loaded.schedule.expect,
                found);
      if (!replayed.recording.outcome.failed()) print_out("It no longer fails.\n");
      break;
    default:
      print_out("{}\n", loaded.schedule.expect ? "the recorded outcome happened again"
                                               : "the schedule names no outcome to expect");
  }
  if (replayed.beyond > 0) {
    print_out("{} more choices were made behind the schedule's end, the running task first\n",
              replayed.beyond);
  }
}

/// False, and said why, where the file could not be written.
bool write(const std::string& file, const std::string& text) {
  const std::string problem = sim::replace_file(file, text);
  if (!problem.empty()) print_problem("{}\n", printable(problem));
  return problem.empty();
}

}  // namespace

ExitCode replay(const sim::Registry& registry, const ReplayCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const sim::Replayed replayed = replay_isolated(loaded, command);
  const bool survived = replayed.same > 0;
  if (command.json) {
    print_json(loaded, command, replayed);
  } else {
    if (!replayed.divergence) print_out("{}\n", terminal_text(replayed.recording));
    print_verdict(loaded, command, replayed);
    if (survived && command.times > 1) {
      print_out("{} of {} replays were the same, bit for bit\n", replayed.same, command.times);
    }
  }
  const bool stopped = replayed.interrupted || !survived;
  if (!stopped && replayed.same != command.times) return kCouldNot;
  return verdict(loaded, replayed);
}

ExitCode show(const sim::Registry& registry, const ReplayCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const sim::Replayed replayed = replay_isolated(loaded, command);
  const Shown shown{command.file, loaded.schedule, replayed.recording, replayed.divergence, {}};
  if (!command.html.empty() && !write(command.html, html_page(shown))) return kCouldNot;
  if (!command.svg.empty() && !write(command.svg, svg_image(shown))) return kCouldNot;
  if (command.json) {
    print_out("{}\n",
              shown_json(shown).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    const sim::Schedule& schedule = loaded.schedule;
    if (!schedule.scenario.empty()) print_out("scenario  {}\n", printable(schedule.scenario));
    if (!schedule.found_by.empty()) print_out("found by  {}\n", printable(schedule.found_by));
    for (const sim::HeaderLine& line : schedule.program)
      print_out("{:<9} {}\n", line.key, printable(line.value));
    print_out("\n{}", terminal_text(replayed.recording, true));
    if (replayed.divergence) print_verdict(loaded, command, replayed);
  }
  return replayed.divergence ? kDiverged : kSuccess;
}

}  // namespace racelab
