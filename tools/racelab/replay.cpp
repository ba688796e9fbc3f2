#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/process/debugger.hpp>
#include <sim/report/execution_json.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/text_format.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/loading.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

void print_json(const Loaded& loaded, const ReplayCommand& command, const sim::Replayed& replayed) {
  const nlohmann::ordered_json json = {
      {"schedule", command.file},
      {"scenario", loaded.schedule.scenario},
      {"expected", expected_json(loaded.schedule)},
      {"found", replayed.recording.outcome.summary()},
      {"outcome", outcome_json(replayed.recording, sim::JsonForm::brief)},
      {"same", verdict(loaded, replayed) == kSuccess},
      {"replays", command.times},
      {"identical", replayed.same},
      {"steps", replayed.recording.steps()},
      {"mode", to_string(command.follow ? sim::ReplayMode::follow : loaded.schedule.mode)},
      {"beyond", replayed.beyond},
      {"unlisted", replayed.unlisted},
      {"put_off", replayed.put_off},
      {"left_out", replayed.left_out},
      {"divergence", divergence_json(replayed.divergence)},
      {"state", replayed.recording.state},
      {"events", events_json(replayed.recording, sim::JsonForm::brief)},
  };
  print_out("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

bool is_followed(const Loaded& loaded, const ReplayCommand& command) {
  return command.follow || loaded.schedule.mode == sim::ReplayMode::follow;
}

/// Prints where an execution that followed a schedule differs from it.
void print_followed(const Loaded& loaded, const sim::Replayed& replayed) {
  const auto print = [&](const char* what, const std::vector<std::size_t>& entries) {
    for (const std::size_t entry : entries) {
      const sim::ScheduleEntry& listed = loaded.schedule.entries.at(entry);
      print_out("  {}  {}:{}: {}\n", what, loaded.file, listed.line,
                printable(format_entry(listed)));
    }
  };
  print("put off ", replayed.put_off);
  print("left out", replayed.left_out);
  if (replayed.unlisted > 0) {
    print_out("  {} steps or choices were made that the schedule does not list\n",
              replayed.unlisted);
  }
}

void print_verdict(const Loaded& loaded, const ReplayCommand& command,
                   const sim::Replayed& replayed) {
  const std::string found = replayed.recording.outcome.summary();
  switch (verdict(loaded, replayed)) {
    case kDiverged:
      print_divergence(loaded, *replayed.divergence);
      return;
    case kInterrupted:
      print_out("interrupted\n");
      return;
    case kFailureFound:
      print_out("ANOTHER OUTCOME\n  expected  {}\n  found     {}\n", loaded.schedule.expect->text,
                found);
      if (!replayed.recording.outcome.failed()) print_out("it no longer fails\n");
      break;
    default:
      print_out("{}\n", loaded.schedule.expect ? "the recorded outcome happened again"
                                               : "the schedule names no outcome to expect");
  }
  print_followed(loaded, replayed);
  if (replayed.beyond > 0 && !is_followed(loaded, command)) {
    print_out("after the end of the schedule, {} more choices were made, the running task first\n",
              replayed.beyond);
  }
}

}  // namespace

ExitCode replay(const sim::Registry& registry, const ReplayCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file, command.scenario);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  if ((command.stops.step || command.stops.task) && !sim::is_traced()) {
    print_problem("--debug-stop and --debug-task need a debugger: gdb --args {} replay {} …\n",
                  command_name(), printable(command.file));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const sim::Replayed replayed = run_replay(loaded, command);
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

}  // namespace racelab
