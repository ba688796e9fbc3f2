#include <sim/process/replay.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <sim/engine/executions.hpp>
#include <sim/schedule/follow_strategy.hpp>
#include <sim/search/options.hpp>

namespace sim {
namespace {

// The child says how the replay went in a note: numbers, and then the divergence's message.
std::string encode(const std::vector<std::size_t>& numbers) {
  return fmt::format("{} {} ", numbers.size(), fmt::join(numbers, " "));
}

std::vector<std::size_t> decode_numbers(std::istream& note) {
  std::size_t count = 0;
  note >> count;
  std::vector<std::size_t> numbers;
  for (std::size_t number = 0; numbers.size() < count && note >> number;) numbers.push_back(number);
  return numbers;
}

std::string encode(const Replayed& replayed) {
  std::string note =
      fmt::format("{} {} {} {} {}{}", replayed.beyond, replayed.same, replayed.interrupted ? 1 : 0,
                  replayed.unlisted, encode(replayed.put_off), encode(replayed.left_out));
  if (const auto& d = replayed.divergence) {
    note += fmt::format("{} {} {}", d->entry, d->line, d->message);
  }
  return note;
}

void decode(const std::string& text, Replayed& replayed) {
  std::istringstream note{text};
  note >> replayed.beyond >> replayed.same >> replayed.interrupted >> replayed.unlisted;
  replayed.put_off = decode_numbers(note);
  replayed.left_out = decode_numbers(note);
  Divergence divergence;
  if (!(note >> divergence.entry >> divergence.line)) return;
  note.get();
  divergence.message.assign(std::istreambuf_iterator<char>{note}, {});
  replayed.divergence = std::move(divergence);
}

Replayed follow_once(const Program& program, const Schedule& schedule, Engine& engine,
                     Recorder& recorder) {
  FollowStrategy strategy{schedule.entries};
  run_once(engine, program.body, strategy, &recorder);
  Replayed replayed;
  replayed.same = 1;
  replayed.beyond = strategy.beyond();
  replayed.unlisted = strategy.unlisted();
  replayed.left_out = strategy.left_out();
  std::set_difference(strategy.put_off().begin(), strategy.put_off().end(),
                      replayed.left_out.begin(), replayed.left_out.end(),
                      std::back_inserter(replayed.put_off));
  // That nothing fails then says nothing about the schedule's failure.
  const bool made_none = replayed.left_out.size() == schedule.entries.size();
  if (made_none && !schedule.entries.empty() && !engine.outcome().failed()) {
    replayed.divergence = Divergence{1, schedule.entries.front().line,
                                     "not one step of the schedule was made: is it one of this "
                                     "program?"};
  }
  return replayed;
}

Replayed replay_once(const Program& program, const Schedule& schedule, ReplayMode mode,
                     Engine& engine, Recorder& recorder) {
  if (mode == ReplayMode::follow) return follow_once(program, schedule, engine, recorder);
  ReplayStrategy strategy{schedule, recorder};
  run_once(engine, program.body, strategy, &recorder);
  Replayed replayed;
  replayed.same = 1;
  replayed.divergence = strategy.divergence();
  replayed.beyond = strategy.beyond();
  return replayed;
}

/// Replays as often as asked for. `on_first` is called after the first.
template <class OnFirst>
Replayed replay_on(Engine& engine, Recorder& recorder, const Program& program,
                   const Schedule& schedule, const ReplayOptions& options,
                   const OnFirst& on_first) {
  Replayed replayed = replay_once(program, schedule, options.mode, engine, recorder);
  const std::uint64_t digest = engine.trace().digest();
  const std::string summary = engine.outcome().summary();
  on_first(replayed);
  const auto interrupted = [&] { return options.interrupt != nullptr && *options.interrupt; };
  for (std::uint32_t i = 1; i < options.times && !interrupted(); ++i) {
    Recorder again;
    replay_once(program, schedule, options.mode, engine, again);
    const bool same = engine.trace().digest() == digest && engine.outcome().summary() == summary;
    replayed.same += same ? 1 : 0;
  }
  replayed.interrupted = interrupted();
  return replayed;
}

EngineOptions engine_options(const Schedule& schedule, const ReplayOptions& options) {
  EngineOptions engine = options.engine;
  engine.bounds = schedule.bounds;
  engine.steps_max = options.steps_max.value_or(replay_steps_max(schedule));
  if (options.mode == ReplayMode::through) engine.after_failure = AfterFailure::continue_;
  return engine;
}

}  // namespace

std::uint32_t replay_steps_max(const Schedule& schedule) {
  const auto enough = std::min<std::size_t>(schedule.entries.size() + kSteps, kStepsMax);
  const auto bound = schedule.expect ? schedule.expect->steps_max : std::nullopt;
  return bound.value_or(static_cast<std::uint32_t>(enough));
}

Replayed replay(const Program& program, const Schedule& schedule, const ReplayOptions& options) {
  Engine engine{engine_options(schedule, options)};
  Recorder recorder;
  Replayed replayed =
      replay_on(engine, recorder, program, schedule, options, [](const Replayed&) {});
  replayed.recording = recorder.recording();
  return replayed;
}

Replayed replay_isolated(const Program& program, const Schedule& schedule,
                         const ReplayOptions& options) {
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& engine_options) {
    Engine engine{engine_options};
    return encode(replay_on(engine, recorder, program, schedule, options,
                            [&](const Replayed& r) { recorder.write_note(encode(r)); }));
  };
  IsolatedRun run = run_isolated(execute, engine_options(schedule, options), options.hang_timeout);
  Replayed replayed;
  decode(run.note, replayed);
  replayed.recording = std::move(run.recording);
  if (!replayed.divergence && replayed.recording.outcome.kind == OutcomeKind::divergence) {
    const auto& entries = schedule.entries;
    const std::size_t at = replayed.recording.schedule_entries().size();
    replayed.divergence = Divergence{at + 1, at < entries.size() ? entries[at].line : 0,
                                     fmt::format("the execution departed from the schedule and, "
                                                 "when it was stopped there, did not survive ({})",
                                                 run.end.cause())};
  }
  return replayed;
}

std::string place_of(const Divergence& divergence, const std::string& file) {
  if (divergence.line == 0) return fmt::format("step {}", divergence.entry);
  return fmt::format("{}:{}: step {}", file, divergence.line, divergence.entry);
}

}  // namespace sim
