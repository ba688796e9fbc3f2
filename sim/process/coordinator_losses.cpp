// What the coordinator of a search does about workers that end before they were told to, or do not
// end when they were told to.

#include <sim/process/coordinator.hpp>

#include <algorithm>
#include <array>
#include <csignal>

namespace sim {
namespace {

/// Whether the process was ended by a signal that code under test does not cause: by the user, or
/// by the system because memory ran out.
bool is_from_outside(const ChildEnd& end) {
  static constexpr std::array kOutside{SIGKILL, SIGTERM, SIGINT, SIGHUP};
  return end.how == ChildEnd::How::died && end.crash.how == CrashCause::How::signal &&
         std::find(kOutside.begin(), kOutside.end(), end.crash.number) != kOutside.end();
}

}  // namespace

void Coordinator::check_end(WorkerProcess& worker) {
  if (worker.ended) return;
  if (worker.waiting) worker.supervisor.reset_hang_timer();
  const std::optional<ChildEnd> end = worker.supervisor.ended(options_.hang_timeout);
  if (!end) return;
  receive_messages(worker);
  worker.ended = true;
  worker.splitting = worker.reporting = false;
  if (end->how != ChildEnd::How::finished) record_loss(worker, *end);
}

/// Records that a worker did not survive. What it had left to explore is lost.
void Coordinator::record_loss(WorkerProcess& worker, const ChildEnd& end) {
  Exploration& found = worker.state.emplace().found;
  const ExploreProgress& progress = worker.supervisor.progress();
  found.reason = options_.explore.all ? StopReason::lost : StopReason::failure;
  found.executions = progress.executions;
  found.failures = progress.failures;
  found.max_depth = progress.max_depth;
  found.interleaved = progress.executions > 0;
  found.lost = 1;
  // After an interrupt, it was ended by the coordinator, in the middle of an execution.
  if (!interrupted_) report_.lost.push_back(end.cause());
  if (interrupted_) {
    found.reason = StopReason::interrupted;
  } else if (is_from_outside(end)) {
    found.reason = StopReason::lost;
  } else {
    add_fatal_failure(worker, end, found);
  }
  if (!options_.explore.all) stop();
}

/// Adds the failure of the execution in which a worker crashed or hung.
void Coordinator::add_fatal_failure(const WorkerProcess& worker, const ChildEnd& end,
                                    Exploration& found) {
  const auto trace = worker.supervisor.trace();
  const Rerunner::FatalFailure failure = rerunner_.run_fatal(trace, end);
  if (!failure.reproduced) report_.unreproduced = true;
  ++found.executions;
  ++found.failures;
  const auto steps = std::count_if(trace.begin(), trace.end(), [](const TraceEntry& entry) {
    return entry.kind != OperationKind::spawn && entry.kind != OperationKind::join;
  });
  found.max_depth = std::max(found.max_depth, static_cast<std::uint32_t>(steps));
  found.interleaved = true;
  found.groups.push_back(failure.group);
  if (options_.explore.all || announced_.empty()) announce(failure.group);
}

/// Ends the workers that have not stopped by themselves.
void Coordinator::end_workers() {
  for (const auto& worker : workers_) {
    if (worker->ended) continue;
    worker->supervisor.kill();
    worker->ended = true;
    worker->splitting = worker->reporting = false;
    ChildEnd end;
    end.how = ChildEnd::How::died;
    end.crash = {CrashCause::How::signal, SIGKILL};
    record_loss(*worker, end);
  }
}

}  // namespace sim
