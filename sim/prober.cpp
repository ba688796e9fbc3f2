#include <sim/prober.hpp>

#include <algorithm>
#include <new>

#include <sim/event_log.hpp>
#include <sim/shared_memory.hpp>
#include <sim/strategies/retrace.hpp>
#include <sim/supervisor.hpp>

namespace sim {
namespace {

/// "SIGSEGV in task 2": the task may be another one.
std::string cause_of(const std::string& message) {
  return message.substr(0, message.find(" in task "));
}

void record_on(Engine& engine, const Program& program, std::span<const TraceEntry> trace,
               Recorder& recorder) {
  RetraceStrategy retrace{trace};
  retrace.begin_execution();
  engine.run(program.body, retrace, &recorder);
}

}  // namespace

bool Target::is(const Outcome& outcome) const {
  if (outcome.kind != kind) return false;
  if (dies()) return cause_of(outcome.message) == cause_of(message);
  return any_group || outcome.group == group;
}

/// What became of a search, told by the process that runs it while it runs.
struct Prober::Told {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  bool found = false;
  bool whole = false;
  bool interrupted = false;
};

void Prober::run_here(Told& told, const Search& search, Engine& engine) const {
  bool cut = false;
  while (told.steps < search.steps_max && !(told.interrupted = interrupted())) {
    if (!search.strategy.begin_execution()) {
      told.whole = !cut && !search.strategy.strayed();
      return;
    }
    engine.run(search.program.body, search.strategy);
    search.strategy.end_execution(engine.trace());
    ++told.executions;
    told.steps += engine.steps() + 1;
    cut |= engine.cut();
    told.found = search.wanted(engine);
    if (told.found) return;
  }
}

EngineOptions Prober::engine_options() const {
  EngineOptions options = options_.engine;
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
  EngineOptions options = engine_options();
  options.record_order |= search.strategy.wants_order();
  Told told;
  Probe probe = options_.isolated ? run_in_child(search, options, told)
                                  : run_in_process(search, options, told);
  left_ = told.interrupted ? 0 : left_ - std::min(left_, told.steps);
  executions_ += probe.executions;
  return probe;
}

Probe Prober::run_in_process(const Search& search, const EngineOptions& options, Told& told) const {
  Engine engine{options};
  run_here(told, search, engine);
  Probe probe{told.found, told.whole, told.executions, {}};
  const auto entries = engine.trace().entries();
  if (probe.found) probe.trace.assign(entries.begin(), entries.end());
  return probe;
}

Probe Prober::run_in_child(const Search& search, EngineOptions options, Told& told) const {
  Supervisor supervisor{options};
  options.trace_memory = supervisor.trace_memory();
  const SharedMemory memory{sizeof(Told)};
  Told& telling = *new (memory.data()) Told{};
  const ChildEnd end = supervisor.run(
      [&] {
        Engine engine{options};
        run_here(telling, search, engine);
        return 0;
      },
      options_.hang_timeout);
  told = telling;
  Probe probe{told.found, told.whole, told.executions, {}};
  if (end.how != ChildEnd::How::finished) {
    ++probe.executions;
    const bool hung = end.how == ChildEnd::How::hung;
    Outcome outcome;
    outcome.kind = hung ? OutcomeKind::hang : OutcomeKind::crash;
    outcome.message = end.cause;
    probe.found = search.target != nullptr && search.target->is(outcome);
    // A hang costs time, of which the steps say nothing.
    told.steps += supervisor.trace().size() + (hung ? options_.steps_max / 4 : 0);
  }
  if (probe.found) probe.trace.assign(supervisor.trace().begin(), supervisor.trace().end());
  return probe;
}

Recording Prober::record(const Program& program, std::span<const TraceEntry> trace) const {
  if (!options_.isolated) {
    Engine engine{engine_options()};
    Recorder recorder;
    record_on(engine, program, trace, recorder);
    return recorder.recording();
  }
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& options) {
    Engine engine{options};
    record_on(engine, program, trace, recorder);
    return std::string{};
  };
  return run_isolated(execute, engine_options(), options_.hang_timeout).recording;
}

}  // namespace sim
