#include <sim/process/rerun.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sim/base/hash.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {

Rerunner::Rerunner(const Program& program, const EngineOptions& engine,
                   std::chrono::milliseconds hang_timeout, const std::atomic<bool>* interrupt)
    : program_(program), engine_(engine), hang_timeout_(hang_timeout), interrupt_(interrupt) {
  engine_.bounds = program.bounds;
  engine_.after_failure = AfterFailure::stop;
}

std::uint64_t Rerunner::group_of(const ChildEnd& end) {
  const Outcome outcome = end.outcome();
  std::uint64_t id = hash_step(0, static_cast<std::uint64_t>(outcome.kind));
  if (end.how == ChildEnd::How::died) {
    id = hash_step(id, static_cast<std::uint64_t>(end.crash.how));
    id = hash_step(id, static_cast<std::uint64_t>(end.crash.number));
  }
  return hash_step(hash_step(id, end.task ? 1 : 0), end.task_identity);
}

IsolatedRun Rerunner::run(std::span<const TraceEntry> entries) const {
  return run(entries, hang_timeout_);
}

IsolatedRun Rerunner::run(std::span<const TraceEntry> entries,
                          std::chrono::milliseconds hang_timeout) const {
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& options) {
    RetraceStrategy retrace{entries};
    Engine engine{options};
    run_once(engine, program_.body, retrace, &recorder);
    return std::string{};
  };
  return run_isolated(execute, engine_, hang_timeout, interrupt_);
}

Rerunner::FatalFailure Rerunner::run_fatal(std::span<const TraceEntry> entries,
                                           const ChildEnd& end) const {
  FatalFailure failure;
  FailureGroup& group = failure.group;
  group.executions = 1;
  group.simplest_trace.assign(entries.begin(), entries.end());
  // Where it has hung once, less patience is enough to see that it does so again.
  constexpr std::chrono::milliseconds kHangsAgain{2'000};
  const bool hung = end.how == ChildEnd::How::hung;
  IsolatedRun again = run(entries, hung ? std::min(hang_timeout_, kHangsAgain) : hang_timeout_);
  Outcome& outcome = again.recording.outcome;
  // The execution may also have failed first, and crashed when its tasks were run to their ends.
  const bool failed = outcome.failed() && outcome.kind != OutcomeKind::divergence;
  failure.reproduced = again.interrupted || (failed && again.end.how == end.how);
  if (!failed) outcome = end.outcome();
  group.id = ends_process(outcome.kind) ? group_of(end) : outcome.group;
  group.recording = std::move(again.recording);
  return failure;
}

}  // namespace sim
