#include <sim/process/rerun.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sim/base/hash.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {
namespace {

/// The id of the group of a failure. A crash or a hang has no Outcome::group; it belongs to one
/// group with those of the same cause in the same task. Tasks are compared by their names, which
/// are the same in every interleaving.
std::uint64_t group_id(const Outcome& outcome) {
  if (!ends_process(outcome.kind)) return outcome.group;
  std::uint64_t id = hash_step(0, static_cast<std::uint64_t>(outcome.kind));
  const auto* const crash = outcome.as<Crash>();
  const auto* const hang = outcome.as<Hang>();
  if (crash != nullptr) {
    id = hash_step(id, static_cast<std::uint64_t>(crash->cause.how));
    id = hash_step(id, static_cast<std::uint64_t>(crash->cause.number));
  }
  const std::optional<TaskRef> none;
  const std::optional<TaskRef>& task = crash != nullptr  ? crash->task
                                       : hang != nullptr ? hang->task
                                                         : none;
  if (task) {
    for (const char c : task->name) id = hash_step(id, static_cast<unsigned char>(c));
  }
  return id;
}

}  // namespace

Rerunner::Rerunner(const Program& program, const EngineOptions& engine,
                   std::chrono::milliseconds hang_timeout, const std::atomic<bool>* interrupt)
    : program_(program), engine_(engine), hang_timeout_(hang_timeout), interrupt_(interrupt) {
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
  return run_isolated(execute, engine_, hang_timeout_, interrupt_);
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
  failure.reproduced = again.interrupted || (failed && again.end.how == end.how);
  if (!failed) outcome = end.outcome();
  group.id = group_id(outcome);
  group.recording = std::move(again.recording);
  return failure;
}

}  // namespace sim
