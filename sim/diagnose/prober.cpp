#include <sim/diagnose/prober.hpp>

#include <algorithm>
#include <new>
#include <optional>

#include <sim/engine/executions.hpp>
#include <sim/process/event_log.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/process/shared_memory.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {
namespace {

/// The cause of a crash; empty for other outcomes.
std::optional<CrashCause> crash_cause(const Outcome& outcome) {
  const auto* const crash = outcome.as<Crash>();
  return crash == nullptr ? std::nullopt : std::optional{crash->cause};
}

/// Repeats a trace and continues after its end, with the default choices.
class BeyondStrategy final : public Strategy {
 public:
  explicit BeyondStrategy(std::span<const TraceEntry> trace) : retrace_(trace) {}

  SearchStatus begin_execution() override { return retrace_.begin_execution(); }
  std::uint32_t choose(const ChoicePoint& point) override {
    if (!beyond_) {
      const std::uint32_t index = retrace_.choose(point);
      if (index != kRefuse) return index;
      beyond_ = true;
    }
    return point.default_index();
  }

 private:
  RetraceStrategy retrace_;
  bool beyond_ = false;
};

}  // namespace

bool Target::is(const Outcome& outcome) const {
  if (outcome.kind != kind) return false;
  if (ends_process(kind)) return crash_cause(outcome) == crash;
  return any_group || outcome.group == group;
}

bool Target::comes_after(std::span<const TraceEntry> trace) const {
  return !trace.empty() && trace.back().kind == last.kind && trace.back().object == last.object;
}

Target target_of(const Recording& recording) {
  const Outcome& outcome = recording.outcome;
  Target target{outcome.kind, outcome.group, crash_cause(outcome), {}, false};
  const std::vector<TraceEntry> trace = recording.trace();
  if (!trace.empty()) target.last = trace.back();
  return target;
}

std::optional<std::size_t> end_of_deadlock(const Recording& recording) {
  const auto* const deadlock = recording.outcome.as<Deadlock>();
  if (deadlock == nullptr || deadlock->others.empty()) return std::nullopt;
  TaskSet stuck;
  for (const WaitingTask& task : deadlock->tasks) stuck.insert(task.task.id);
  const std::vector<TraceEntry> trace = recording.trace();
  const auto last = std::find_if(trace.rbegin(), trace.rend(), [&](const TraceEntry& entry) {
    return stuck.contains(entry.task);
  });
  return std::max<std::size_t>(static_cast<std::size_t>(trace.rend() - last), 1);
}

/// The state of a search, in shared memory. The process that runs the search writes it, and the
/// process that waits for the result reads it.
struct Prober::SharedProbeState {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  bool found = false;
  bool exhaustive = false;
  bool interrupted = false;
};

void Prober::run_here(SharedProbeState& state, const Search& search, Engine& engine) const {
  bool truncated = false;
  Executions executions{engine, search.program.body, search.strategy};
  while (state.steps < search.steps_max && !(state.interrupted = interrupted()) && !is_late()) {
    if (!executions.next()) {
      const SearchStatus status = executions.status();
      state.exhaustive =
          !truncated && (status == SearchStatus::exhausted || status == SearchStatus::limit);
      return;
    }
    ++state.executions;
    state.steps += engine.steps() + 1;
    truncated |= engine.truncated() || engine.bounded();
    state.found = search.wanted(engine);
    if (state.found) return;
  }
}

EngineOptions Prober::options_for(const Program& program, const Strategy& strategy) const {
  EngineOptions options = engine_options(options_.engine, program, strategy);
  options.after_failure = AfterFailure::stop;
  return options;
}

Probe Prober::search(const Program& program, Strategy& strategy, const Wanted& wanted,
                     std::uint64_t steps_max) {
  return run({program, strategy, wanted, nullptr, std::min(left_, steps_max)});
}

Probe Prober::search(const Program& program, Strategy& strategy, const Target& target,
                     std::uint64_t steps_max) {
  const auto fails = [&](const Engine& engine) { return target.is(engine.outcome()); };
  return run({program, strategy, fails, &target, std::min(left_, steps_max)});
}

Probe Prober::run(const Search& search) {
  if (is_spent()) return {};
  const EngineOptions options = options_for(search.program, search.strategy);
  SharedProbeState state;
  Probe probe = options_.isolated ? run_in_child(search, options, state)
                                  : run_in_process(search, options, state);
  left_ = state.interrupted ? 0 : left_ - std::min(left_, state.steps);
  if (state.interrupted && options_.interrupt != nullptr) *options_.interrupt = true;
  executions_ += probe.executions;
  return probe;
}

Probe Prober::run_in_process(const Search& search, const EngineOptions& options,
                             SharedProbeState& state) const {
  Engine engine{options};
  run_here(state, search, engine);
  Probe probe{state.found, state.exhaustive, state.executions, {}};
  const auto entries = engine.trace().entries();
  if (probe.found) probe.trace.assign(entries.begin(), entries.end());
  return probe;
}

Probe Prober::run_in_child(const Search& search, EngineOptions options,
                           SharedProbeState& state) const {
  Supervisor supervisor{options};
  options.trace_memory = supervisor.trace_memory();
  const SharedMemory memory{sizeof(SharedProbeState)};
  SharedProbeState& childs = *new (memory.data()) SharedProbeState{};
  const auto child = [&] {
    Engine engine{options};
    run_here(childs, search, engine);
    return 0;
  };
  const std::optional<ChildEnd> ended =
      supervisor.run_until(child, options_.hang_timeout, options_.interrupt);
  state.executions = childs.executions;
  state.steps = childs.steps;
  state.found = childs.found;
  state.exhaustive = childs.exhaustive;
  state.interrupted = childs.interrupted;
  Probe probe{state.found, state.exhaustive, state.executions, {}};
  if (!ended) {
    state.interrupted = true;
    return {};
  }
  if (ended->how != ChildEnd::How::finished) {
    ++probe.executions;
    const bool hung = ended->how == ChildEnd::How::hung;
    probe.found = search.target != nullptr && search.target->is(ended->outcome()) &&
                  search.target->comes_after(supervisor.trace());
    // A hang takes much time and few steps, so it is charged a quarter of the budget.
    state.steps += supervisor.trace().size() + (hung ? options_.steps_max / 4 : 0);
  }
  if (probe.found) probe.trace.assign(supervisor.trace().begin(), supervisor.trace().end());
  return probe;
}

Recording Prober::record(const Program& program, std::span<const TraceEntry> trace) const {
  RetraceStrategy retrace{trace};
  return record(program, retrace, options_for(program, retrace));
}

Recording Prober::record_beyond(const Program& program, std::span<const TraceEntry> trace) const {
  // More steps after the failure would not help an explanation.
  constexpr std::uint32_t kStepsBeyond = 1'000;
  BeyondStrategy beyond{trace};
  EngineOptions options = options_for(program, beyond);
  options.after_failure = AfterFailure::continue_;
  options.steps_max =
      std::min(options.steps_max, static_cast<std::uint32_t>(trace.size()) + kStepsBeyond);
  return record(program, beyond, options);
}

Recording Prober::record(const Program& program, Strategy& strategy,
                         const EngineOptions& options) const {
  if (!options_.isolated) {
    Engine engine{options};
    Recorder recorder;
    run_once(engine, program.body, strategy, &recorder);
    return recorder.recording();
  }
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& shared) {
    Engine engine{shared};
    run_once(engine, program.body, strategy, &recorder);
    return std::string{};
  };
  return run_isolated(execute, options, options_.hang_timeout, options_.interrupt).recording;
}

}  // namespace sim
