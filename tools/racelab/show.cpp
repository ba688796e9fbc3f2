#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <sim/diagnose/explain.hpp>
#include <sim/report/execution_json.hpp>
#include <sim/schedule/file.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/diagnosis.hpp>
#include <tools/racelab/export/write.hpp>
#include <tools/racelab/loading.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

/// Finds an operation that explain() has added to Recording::waiting, in an execution that
/// continued after its failure. Returns the index of its event; empty if it was not executed.
std::optional<std::size_t> made_later(const sim::Recording& whole, std::size_t from,
                                      const sim::RecordedEvent& operation) {
  for (std::size_t i = from; i < whole.events.size(); ++i) {
    const sim::RecordedEvent& event = whole.events[i];
    const bool same = event.is_step() && event.task == operation.task &&
                      event.label == operation.label && event.text == operation.text;
    if (same) return i;
  }
  return std::nullopt;
}

/// Explains the failure of `recording`, which may continue after its failure.
sim::Explanation explain_through(const sim::Program& program, sim::Recording& recording,
                                 sim::Prober& prober) {
  sim::Recording failing = recording.up_to_failure();
  const std::size_t end = failing.events.size();
  if (end == recording.events.size()) return sim::explain(program, recording, prober);
  sim::Explanation why = sim::explain(program, failing, prober);
  std::vector<sim::Ordering> necessary;
  for (sim::Ordering order : why.necessary) {
    if (order.second >= end) {
      const auto later = made_later(recording, end, failing.event_or_waiting(order.second));
      if (!later) continue;
      order.second = *later;
    }
    necessary.push_back(order);
  }
  why.necessary = std::move(necessary);
  return why;
}

sim::ShownExecution shown_of(const Loaded& loaded, const ShowCommand& command) {
  sim::Replayed replayed = run_replay(loaded, command);
  sim::ShownExecution shown{loaded.file,
                            loaded.schedule,
                            std::move(replayed.recording),
                            std::move(replayed.divergence),
                            {}};
  const sim::OutcomeKind kind = shown.recording.outcome.kind;
  if (shown.divergence || !shown.recording.outcome.failed() ||
      kind == sim::OutcomeKind::divergence) {
    return shown;
  }
  // A schedule that ends at the bound on steps may have been cut short. What comes after it shows
  // whether it would go on without end.
  const std::uint32_t steps =
      command.steps.value_or(std::max(sim::replay_steps_max(loaded.schedule), sim::kSteps));
  sim::Prober prober{probe_options(command.stack_kib, steps, command.hang_seconds)};
  shown.why = explain_through(loaded.program, shown.recording, prober);
  return shown;
}

void print_shown(const Loaded& loaded, const sim::ShownExecution& shown) {
  const sim::Schedule& schedule = shown.schedule;
  if (!schedule.scenario.empty()) print_out("scenario  {}\n", printable(schedule.scenario));
  if (!schedule.found_by.empty()) print_out("found by  {}\n", printable(schedule.found_by));
  for (const sim::HeaderLine& line : schedule.program) {
    print_out("{:<9} {}\n", line.key, printable(line.value));
  }
  print_out("\n{}", terminal_text(shown.recording, true, shown.why ? &*shown.why : nullptr));
  if (shown.divergence) print_divergence(loaded, *shown.divergence);
}

/// Writes the exports that the command asks for. Returns false if one of them failed.
bool export_shown(const sim::ShownExecution& shown, const ShowCommand& command) {
  std::vector<Exported> all;
  if (command.html) all.push_back(write_html(shown, *command.html));
  if (command.svg) all.push_back(write_svg(shown, *command.svg));
  if (command.perfetto) all.push_back(write_perfetto(shown, *command.perfetto));
  if (command.otlp) all.push_back(write_spans(shown, *command.otlp));
  bool good = true;
  for (const Exported& one : all) {
    good = good && one.problem.empty();
    if (!one.problem.empty()) {
      print_problem("{}\n", printable(one.problem));
    } else if (!command.json) {
      print_out("{}\n", printable(one.done));
    }
  }
  return good;
}

}  // namespace

ExitCode show(const sim::Registry& registry, const ShowCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const sim::ShownExecution shown = shown_of(loaded, command);
  if (command.json) {
    print_out("{}\n",
              execution_json(shown).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_shown(loaded, shown);
  }
  if (!export_shown(shown, command)) return kCouldNot;
  return shown.divergence ? kDiverged : kSuccess;
}

}  // namespace racelab
