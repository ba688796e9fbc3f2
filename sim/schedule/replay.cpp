#include <sim/schedule/replay.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <sim/base/limits.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/follow_strategy.hpp>

namespace sim {
namespace {

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
  // If no step of the schedule was made, a pass says nothing about the schedule's failure.
  const bool made_none = replayed.left_out.size() == schedule.entries.size();
  if (made_none && !schedule.entries.empty() && !engine.outcome().failed()) {
    replayed.divergence = Divergence{1, schedule.entries.front().line,
                                     "the program made none of the steps of the schedule; check "
                                     "that the schedule was recorded on this program"};
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

}  // namespace

std::uint32_t replay_steps_max(const Schedule& schedule) {
  const auto enough = std::min<std::size_t>(schedule.entries.size() + kSteps, kStepsMax);
  const auto bound = schedule.expect ? schedule.expect->steps_max : std::nullopt;
  return bound.value_or(static_cast<std::uint32_t>(enough));
}

EngineOptions replay_engine_options(const Schedule& schedule, const ReplayOptions& options) {
  EngineOptions engine = options.engine;
  engine.bounds = schedule.bounds;
  engine.steps_max = options.steps_max.value_or(replay_steps_max(schedule));
  if (options.mode == ReplayMode::through) engine.after_failure = AfterFailure::continue_;
  return engine;
}

Replayed replay_on(Engine& engine, Recorder& recorder, const Program& program,
                   const Schedule& schedule, const ReplayOptions& options,
                   const std::function<void(const Replayed&)>& on_first) {
  Replayed replayed = replay_once(program, schedule, options.mode, engine, recorder);
  const std::uint64_t digest = engine.trace().digest();
  const std::string summary = engine.outcome().summary();
  if (on_first) on_first(replayed);
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

Replayed replay(const Program& program, const Schedule& schedule, const ReplayOptions& options) {
  Engine engine{replay_engine_options(schedule, options)};
  std::unique_ptr<Recorder> recorder = std::make_unique<Recorder>();
  if (options.debug) recorder = std::make_unique<DebugRecorder>(*options.debug);
  Replayed replayed = replay_on(engine, *recorder, program, schedule, options);
  replayed.recording = recorder->recording();
  return replayed;
}

std::string place_of(const Divergence& divergence, const std::string& file) {
  if (divergence.line == 0) return fmt::format("step {}", divergence.entry);
  return fmt::format("{}:{}: step {}", file, divergence.line, divergence.entry);
}

}  // namespace sim
