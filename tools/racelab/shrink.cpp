#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/report/execution_json.hpp>
#include <sim/schedule/file.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/diagnosis.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/loading.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

ReplayCommand replay_command(const ShrinkCommand& command) {
  ReplayCommand replay;
  replay.file = command.file;
  replay.stack_kib = command.stack_kib;
  replay.hang_seconds = command.hang_seconds;
  return replay;
}

/// Prints why a schedule cannot be shrunk, because it does not fail as recorded.
ExitCode refuse(const Loaded& loaded, const sim::Replayed& replayed) {
  const ExitCode code = verdict(loaded, replayed);
  const std::string found = replayed.recording.outcome.summary();
  if (code == kDiverged) {
    print_divergence(loaded, *replayed.divergence);
    return code;
  }
  if (code == kInterrupted) return code;
  if (!replayed.recording.outcome.failed()) {
    print_problem("{}: this execution passes: there is no failure to shrink\n", loaded.file);
    return kFailureFound;
  }
  print_problem("{}: it does not end as recorded, but with {}; record it again with `{} explore`\n",
                loaded.file, found, command_name());
  return kFailureFound;
}

void print_json(const Loaded& loaded, const Diagnosis& diagnosis, const sim::Schedule& schedule,
                const sim::WrittenFile& file) {
  const sim::ShownExecution shown{
      file.path, schedule, diagnosis.shrunk.recording, {}, diagnosis.why};
  nlohmann::ordered_json json = {{"schedule", loaded.file},
                                 {"written", file.error.empty() ? nlohmann::ordered_json(file.path)
                                                                : nlohmann::ordered_json(nullptr)},
                                 {"shrunk", shrunk_json(diagnosis)},
                                 {"execution", execution_json(shown)}};
  print_out("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

ExitCode shrink(const sim::Registry& registry, const ShrinkCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const sim::Replayed replayed = run_replay(loaded, replay_command(command));
  if (verdict(loaded, replayed) != kSuccess || !replayed.recording.outcome.failed()) {
    return refuse(loaded, replayed);
  }
  const std::uint32_t steps = std::max(sim::replay_steps_max(loaded.schedule), sim::kSteps);
  const Diagnosis diagnosis =
      diagnose(loaded.program, replayed.recording,
               probe_options(command.stack_kib, steps, command.hang_seconds));
  const sim::Shrunk& shrunk = diagnosis.shrunk;
  const sim::Schedule schedule = sim::schedule_of(
      shrunk.program, shrunk.recording, sim::found_by_shrinking(loaded.schedule.found_by));
  const sim::WrittenFile file = sim::write_new_file(command.out.value_or(shrunk_path(command.file)),
                                                    sim::format_schedule(schedule));
  if (command.json) {
    print_json(loaded, diagnosis, schedule, file);
  } else {
    print_out("{}\n{}\n", terminal_text(shrunk.recording, false, &diagnosis.why),
              shrunk_text(diagnosis));
  }
  if (!file.error.empty()) {
    print_problem("{}; the schedule that was not written:\n{}", file.error,
                  sim::format_schedule(schedule));
    return kCouldNot;
  }
  if (!command.json) {
    print_out("{} {}\n", file.was_there ? "already recorded in" : "recorded in", file.path);
    print_next_steps(file.path, command.stack_kib);
  }
  return catch_interrupts() ? kInterrupted : kSuccess;
}

}  // namespace racelab
