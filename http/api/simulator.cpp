#include <http/api/simulator.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <bank/scenarios.hpp>
#include <bank/simulation.hpp>
#include <bank/workload_header.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/engine/executions.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

/// The most transfers of a schedule that is explained: more would take too long.
constexpr std::size_t kExplainedTransfersMax = 16;
/// Step budgets that are smaller than those of `racelab`, because a client waits for the response.
constexpr std::uint64_t kShrinkStepsMax = 300'000;
constexpr std::uint64_t kExplainStepsMax = kShrinkStepsMax / 2;

/// Makes the given choices, and then ends the execution. The only choices of a bank's programs are
/// which task does the next step.
class GivenChoices final : public sim::Strategy {
 public:
  /// `choices` must outlive the strategy.
  explicit GivenChoices(const std::vector<std::size_t>& choices) : choices_(choices) {}

  sim::SearchStatus begin_execution() override { return sim::SearchStatus::running; }
  std::uint32_t choose(const sim::ChoicePoint& point) override {
    if (made_ < choices_.size()) {
      const sim::TaskId task = sim::task_at(choices_[made_]);
      if (const auto index = point.index_of_task(task)) {
        ++made_;
        return *index;
      }
    }
    left_ = point.enabled;
    return sim::kRefuse;
  }

  [[nodiscard]] std::size_t made() const { return made_; }
  /// The tasks that could have done the next step; empty if the execution ended by itself.
  [[nodiscard]] const sim::TaskSet& left() const { return left_; }

 private:
  const std::vector<std::size_t>& choices_;
  std::size_t made_ = 0;
  sim::TaskSet left_;
};

/// Records the execution, and at its end the next operation of each task.
class Watcher final : public sim::Recorder {
 public:
  struct Next {
    NextOperation operation;
    bool enabled;
  };

  void on_outcome(const sim::Engine& engine, const sim::Outcome& outcome) override {
    sim::Recorder::on_outcome(engine, outcome);
    for (std::size_t i = 1; i < engine.task_count(); ++i) {
      const sim::TaskId task = sim::task_at(i);
      if (engine.ended(task)) continue;
      const sim::Operation& operation = engine.pending_of(task);
      NextOperation next{i, operation.label, engine.object_name(operation.object), std::nullopt};
      const sim::TaskSet holders = engine.waits_for(task);
      if (!holders.empty()) next.held_by = sim::index_of(holders.nth(0));
      next_.push_back({std::move(next), engine.is_enabled(task)});
    }
  }
  [[nodiscard]] const std::vector<Next>& next() const { return next_; }

 private:
  std::vector<Next> next_;
};

/// Explains why a task cannot do the chosen step.
std::string refusal_of(std::size_t task, const Watcher& watcher) {
  const auto& all = watcher.next();
  const auto next = std::find_if(all.begin(), all.end(),
                                 [&](const auto& one) { return one.operation.task == task; });
  if (next == all.end()) return fmt::format("task {} has ended", task);
  const NextOperation& wanted = next->operation;
  std::string text = fmt::format("task {} waits to {} {}", task, wanted.operation, wanted.object);
  if (wanted.held_by) text += fmt::format(", held by task {}", *wanted.held_by);
  return text;
}

Invalid unacceptable(std::string detail) {
  return {Invalid::Kind::unacceptable, std::move(detail)};
}

/// Returns why the first choice that was not made could not be made; nothing if all were made.
std::optional<Invalid> problem_of(const Simulation& simulation, const GivenChoices& choices,
                                  const Watcher& watcher, const sim::Outcome& outcome) {
  const std::size_t made = choices.made();
  if (made == simulation.choices.size()) return std::nullopt;
  const bool ended = choices.left().empty() && outcome.kind != sim::OutcomeKind::deadlock;
  return unacceptable(fmt::format(
      "body.choices[{}]: {}", made,
      ended ? fmt::format("the execution has ended, after {} steps: {}", made, outcome.summary())
            : refusal_of(simulation.choices[made], watcher)));
}

sim::ShownExecution shown_of(const sim::Program& program, sim::Recording recording,
                             std::string found_by) {
  sim::ShownExecution shown;
  shown.schedule = sim::schedule_of(program, recording, std::move(found_by));
  shown.recording = std::move(recording);
  return shown;
}

/// Returns an execution that was ended before its end: it has not failed.
sim::ShownExecution unfinished(const sim::Program& program, sim::Recording recording) {
  recording.outcome = sim::Outcome{};
  sim::ShownExecution shown = shown_of(program, std::move(recording), "hand");
  shown.schedule.expect.reset();
  return shown;
}

Invalid refuse(Invalid::Kind kind, const sim::ScheduleError& error) {
  return {kind, fmt::format("body:{}:{}: {}", error.line, error.column, error.message)};
}

std::size_t transfers_of(const sim::Program& program) {
  return static_cast<std::size_t>(
      std::count_if(program.header.begin(), program.header.end(),
                    [](const sim::HeaderLine& line) { return line.key == "task"; }));
}

/// Replays a schedule. Refuses one that the program diverges from.
Decoded<sim::Recording> replayed(const sim::Program& program, const sim::Schedule& schedule) {
  sim::ReplayOptions options;
  options.mode = schedule.mode;
  options.steps_max = static_cast<std::uint32_t>(schedule.entries.size() + kChoicesMax);
  sim::Replayed replayed = sim::replay(program, schedule, options);
  if (const auto& divergence = replayed.divergence) {
    return unacceptable(fmt::format("body:{}: step {}: {}", divergence->line, divergence->entry,
                                    divergence->message));
  }
  return std::move(replayed.recording);
}

sim::ShownExecution explained(const sim::Program& program, const sim::ShownExecution& recorded) {
  sim::ProbeOptions options;
  options.isolated = false;  // no fork: other threads run, and the bank's code does not crash
  options.steps_max = kShrinkStepsMax;
  sim::Prober prober{options};
  sim::Shrunk shrunk = sim::shrink(program, recorded.recording.up_to_failure().trace(), prober);
  options.steps_max = kExplainStepsMax;
  sim::Prober explainer{options};
  sim::Explanation why = sim::explain(shrunk.program, shrunk.recording, explainer);
  sim::ShownExecution shown = shown_of(shrunk.program, std::move(shrunk.recording),
                                       sim::found_by_shrinking(recorded.schedule.found_by));
  shown.why = std::move(why);
  return shown;
}

}  // namespace

Simulator::Simulator() {
  bank::add_scenarios(registry_);
}

std::vector<ScenarioView> Simulator::scenarios() const {
  std::vector<ScenarioView> views;
  for (const sim::Scenario& scenario : registry_.scenarios()) {
    sim::Schedule schedule;
    schedule.program = std::get<sim::Program>(registry_.make(scenario.name)).header;
    views.push_back({scenario.name, scenario.summary, scenario.fails,
                     std::get<bank::Workload>(bank::workload_from(schedule))});
  }
  return views;
}

Decoded<Simulated> Simulator::simulate(const Simulation& simulation) {
  const sim::Program program = bank::make_program(simulation.workload);
  sim::EngineOptions options;
  options.steps_max = kChoicesMax + 1;
  sim::Engine engine{options};
  GivenChoices choices{simulation.choices};
  Watcher watcher;
  run_once(engine, program.body, choices, &watcher);
  if (auto problem = problem_of(simulation, choices, watcher, engine.outcome())) {
    return std::move(*problem);
  }

  Simulated simulated;
  simulated.finished = choices.left().empty();
  simulated.balances = bank::balances_after(simulation.workload, watcher.recording());
  simulated.shown = simulated.finished ? shown_of(program, watcher.recording(), "hand")
                                       : unfinished(program, watcher.recording());
  for (const auto& [operation, enabled] : watcher.next()) {
    if (!enabled) simulated.blocked.push_back(operation);
    if (enabled && !simulated.finished) simulated.enabled.push_back(operation);
  }
  return simulated;
}

Decoded<Explained> Simulator::explain(std::string_view text) const {
  auto parsed = sim::parse_schedule(text);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&parsed)) {
    return refuse(Invalid::Kind::unreadable, *error);
  }
  const auto& schedule = std::get<sim::Schedule>(parsed);
  const auto made = registry_.program_of(schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&made)) {
    return refuse(Invalid::Kind::unacceptable, *error);
  }
  const auto& program = std::get<sim::Program>(made);
  if (transfers_of(program) > kExplainedTransfersMax) {
    return unacceptable(fmt::format("body: has more than {} transfers; use `racelab shrink`",
                                    kExplainedTransfersMax));
  }
  auto recording = replayed(program, schedule);
  if (auto* const invalid = std::get_if<Invalid>(&recording)) return std::move(*invalid);

  Explained answer;
  answer.recorded.schedule = schedule;
  answer.recorded.recording = std::move(std::get<sim::Recording>(recording));
  if (answer.recorded.recording.outcome.failed()) {
    answer.shrunk = explained(program, answer.recorded);
  }
  return answer;
}

}  // namespace http
