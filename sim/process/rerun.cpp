#include <sim/process/rerun.hpp>

#include <string>
#include <utility>

#include <sim/base/hash.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {

Rerunner::Rerunner(const Program& program, const EngineOptions& engine,
                   std::chrono::milliseconds hang_timeout)
    : program_(program), engine_(engine), hang_timeout_(hang_timeout) {
  engine_.bounds = program.bounds;
  engine_.after_failure = AfterFailure::stop;
}

IsolatedRun Rerunner::run(std::span<const TraceEntry> entries) const {
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& options) {
    RetraceStrategy retrace{entries};
    Engine engine{options};
    run_once(engine, program_.body, retrace, &recorder);
    return std::string{};
  };
  return run_isolated(execute, engine_, hang_timeout_);
}

Rerunner::FatalFailure Rerunner::run_fatal(std::span<const TraceEntry> entries,
                                           const ChildEnd& end) const {
  FatalFailure failure;
  FailureGroup& group = failure.group;
  group.executions = 1;
  group.simplest_trace.assign(entries.begin(), entries.end());
  IsolatedRun again = run(entries);
  Outcome& outcome = again.recording.outcome;
  // The execution may also have failed first, and crashed when its tasks were run to their ends.
  const bool failed = outcome.failed() && outcome.kind != OutcomeKind::divergence;
  failure.reproduced = failed && again.end.how == end.how;
  if (!failed) outcome = end.outcome();
  for (const char c : outcome.summary()) {
    group.id = hash_step(group.id, static_cast<unsigned char>(c));
  }
  group.recording = std::move(again.recording);
  return failure;
}

}  // namespace sim
