#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/strategies/replay.hpp>
#include <sim/supervisor.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>
#include <tools/racelab/schedule_file.hpp>

namespace racelab {
namespace {

struct Loaded {
  sim::Schedule schedule;
  sim::Program program;
};

/// The schedule in `file` and its program, or one line about what is wrong.
std::variant<Loaded, std::string> load(const sim::Registry& registry, const std::string& file) {
  std::variant<sim::Schedule, std::string> read = read_schedule(file);
  if (auto* const problem = std::get_if<std::string>(&read)) return std::move(*problem);
  Loaded loaded{std::move(std::get<sim::Schedule>(read)), {}};
  std::variant<sim::Program, sim::ScheduleError> made = registry.program_of(loaded.schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&made)) {
    return fmt::format("{}:{}:{}: {}", file, error->line, error->column, error->message);
  }
  loaded.program = std::move(std::get<sim::Program>(made));
  return loaded;
}

/// What one replay, or many of the same, came to.
struct Replayed {
  sim::Recording recording;
  std::optional<sim::Divergence> divergence;
  std::size_t beyond = 0;  ///< choices made behind the schedule's end
  std::uint32_t same = 0;  ///< replays that did the same as the first, itself included
  bool interrupted = false;
};

// The child says how the replay went in a note of one JSON object.
std::string encode(const Replayed& replayed) {
  nlohmann::json note = {
      {"beyond", replayed.beyond}, {"same", replayed.same}, {"interrupted", replayed.interrupted}};
  if (const auto& d = replayed.divergence) {
    note["divergence"] = {{"entry", d->entry}, {"line", d->line}, {"message", d->message}};
  }
  return note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void decode(const std::string& text, Replayed& replayed) {
  if (text.empty()) return;
  const nlohmann::json note = nlohmann::json::parse(text);
  replayed.beyond = note.at("beyond");
  replayed.same = note.at("same");
  replayed.interrupted = note.at("interrupted");
  if (note.contains("divergence")) {
    const auto& d = note.at("divergence");
    replayed.divergence = sim::Divergence{d.at("entry"), d.at("line"), d.at("message")};
  }
}

Replayed replay_once(const Loaded& loaded, sim::Engine& engine, sim::Recorder& recorder) {
  sim::ReplayStrategy strategy{loaded.schedule, recorder};
  strategy.begin_execution();
  engine.run(loaded.program.body, strategy, &recorder);
  strategy.end_execution(engine.trace());
  return {{}, strategy.divergence(), strategy.beyond(), 1, false};
}

/// The step bound that the schedule's failure was found with, where the bound is its failure.
std::optional<std::uint32_t> recorded_step_bound(const sim::Schedule& schedule) {
  constexpr std::string_view kBegin = "step-bound more than ";
  const std::string expect = schedule.expect.value_or("");
  if (!expect.starts_with(kBegin)) return std::nullopt;
  std::uint32_t bound = 0;
  std::from_chars(expect.data() + kBegin.size(), expect.data() + expect.size(), bound);
  return bound == 0 || bound > kStepsMax ? std::nullopt : std::optional{bound};
}

std::uint32_t steps_max(const sim::Schedule& schedule, const ReplayCommand& command) {
  const auto enough = std::min<std::size_t>(schedule.entries.size() + kSteps, kStepsMax);
  return command.steps.value_or(
      recorded_step_bound(schedule).value_or(static_cast<std::uint32_t>(enough)));
}

Replayed replay_isolated(const Loaded& loaded, const ReplayCommand& command) {
  const std::atomic<bool>& interrupted = catch_interrupts();
  const auto execute = [&](sim::LoggingRecorder& recorder, const sim::EngineOptions& options) {
    sim::Engine engine{options};
    Replayed replayed = replay_once(loaded, engine, recorder);
    const std::uint64_t digest = engine.trace().digest();
    const std::string summary = engine.outcome().summary();
    recorder.write_note(encode(replayed));
    for (std::uint32_t i = 1; i < command.times && !interrupted; ++i) {
      sim::Recorder again;
      replay_once(loaded, engine, again);
      const bool same = engine.trace().digest() == digest && engine.outcome().summary() == summary;
      replayed.same += same ? 1 : 0;
    }
    replayed.interrupted = interrupted;
    return encode(replayed);
  };
  sim::EngineOptions options;
  options.steps_max = steps_max(loaded.schedule, command);
  sim::IsolatedRun run = sim::run_isolated(
      execute, options,
      std::chrono::milliseconds{static_cast<std::int64_t>(command.hang_seconds * 1000)});
  Replayed replayed;
  decode(run.note, replayed);
  replayed.recording = std::move(run.recording);
  if (!replayed.divergence && replayed.recording.outcome.kind == sim::OutcomeKind::divergence) {
    const auto& entries = loaded.schedule.entries;
    const std::size_t at = replayed.recording.schedule_entries().size();
    replayed.divergence =
        sim::Divergence{at + 1, at < entries.size() ? entries[at].line : 0,
                        fmt::format("the execution departed from the schedule and, when it was "
                                    "stopped there, did not survive ({})",
                                    run.end.cause)};
  }
  return replayed;
}

ExitCode verdict(const Loaded& loaded, const Replayed& replayed) {
  if (replayed.interrupted) return kInterrupted;
  if (replayed.divergence) return kDiverged;
  const std::string found = replayed.recording.outcome.summary();
  return loaded.schedule.expect.value_or(found) == found ? kSuccess : kFailureFound;
}

void print_json(const Loaded& loaded, const ReplayCommand& command, const Replayed& replayed) {
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

/// "step 14" and, where the schedule came from a file, its line.
std::string where(const ReplayCommand& command, const sim::Divergence& divergence) {
  if (divergence.line == 0) return fmt::format("step {}", divergence.entry);
  return fmt::format("{}:{}: step {}", command.file, divergence.line, divergence.entry);
}

void print_verdict(const Loaded& loaded, const ReplayCommand& command, const Replayed& replayed) {
  const std::string found = replayed.recording.outcome.summary();
  switch (verdict(loaded, replayed)) {
    case kDiverged:
      print_out("DIVERGED  {}: {}\n", where(command, *replayed.divergence),
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

}  // namespace

ExitCode replay(const sim::Registry& registry, const ReplayCommand& command) {
  const std::variant<Loaded, std::string> loading = load(registry, command.file);
  if (const auto* const problem = std::get_if<std::string>(&loading)) {
    print_problem("{}\n", printable(*problem));
    return kBadUsage;
  }
  const auto& loaded = std::get<Loaded>(loading);
  const Replayed replayed = replay_isolated(loaded, command);
  const bool survived = replayed.same > 0;
  if (command.json) {
    print_json(loaded, command, replayed);
  } else {
    if (!replayed.divergence) print_out("{}\n", execution_text(replayed.recording));
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
  const Replayed replayed = replay_isolated(loaded, command);
  if (command.json) {
    print_json(loaded, command, replayed);
  } else {
    const sim::Schedule& schedule = loaded.schedule;
    if (!schedule.scenario.empty()) print_out("scenario  {}\n", printable(schedule.scenario));
    if (!schedule.found_by.empty()) print_out("found by  {}\n", printable(schedule.found_by));
    for (const sim::HeaderLine& line : schedule.program)
      print_out("{:<9} {}\n", line.key, printable(line.value));
    print_out("\n{}", execution_text(replayed.recording, true));
    if (replayed.divergence) print_verdict(loaded, command, replayed);
  }
  return replayed.divergence ? kDiverged : kSuccess;
}

}  // namespace racelab
