// What the coordinator of a search does about workers that end before they were told to, or do not
// end when they were told to.

#include <sim/process/coordinator.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <system_error>

namespace sim {
namespace {

/// Whether the process was ended by a signal that code under test does not cause: by the user, or
/// by the system because memory ran out.
bool is_from_outside(const ChildEnd& end) {
  static constexpr std::array kOutside{SIGKILL, SIGTERM, SIGINT, SIGHUP};
  return end.how == ChildEnd::How::died && end.crash.how == CrashCause::How::signal &&
         std::find(kOutside.begin(), kOutside.end(), end.crash.number) != kOutside.end();
}

/// How many processes may end in a row while they explore a lease, without an acknowledgement in
/// between. One execution may end a process once for each of its tasks.
constexpr std::uint32_t kEndsMax = 2 * kTasksMax;
/// How many processes of one worker may end in a row before they get a lease.
constexpr std::uint32_t kIdleEndsMax = 10;

}  // namespace

void Coordinator::check_end(WorkerProcess& worker) {
  if (worker.ended) return;
  if (worker.waiting) worker.supervisor.reset_hang_timer();
  const std::optional<ChildEnd> end = worker.supervisor.ended(options_.hang_timeout);
  if (!end) return;
  receive_messages(worker);
  worker.ended = true;
  worker.splitting = worker.reporting = false;
  if (end->how == ChildEnd::How::finished || worker.reported) return;
  // After an interrupt it was ended by the coordinator, in the middle of an execution.
  if (interrupted_) {
    worker.found.reason = StopReason::interrupted;
  } else if (options_.explore.all || is_from_outside(*end)) {
    replace(worker, *end);
  } else {
    end_search_with(worker, *end);
    stop();
  }
}

/// Lets another process continue where that of `worker` has ended.
void Coordinator::replace(WorkerProcess& worker, const ChildEnd& end) {
  const bool had_lease = worker.lease.has_value();
  take_back(worker, end);
  worker.idle_ends = had_lease ? 0 : worker.idle_ends + 1;
  if (stopping_ || worker.idle_ends > kIdleEndsMax) return;
  try {
    start(worker);
  } catch (const std::system_error&) {
    // The system has no room for another process now. The others explore what is left.
    report_.lost.push_back(end.cause());
  }
}

/// Takes back the lease of a worker that has ended, with what it has acknowledged.
void Coordinator::take_back(WorkerProcess& worker, const ChildEnd& end) {
  const ExploreProgress& progress = worker.supervisor.progress();
  if (budget_) {
    budget_->left() += static_cast<std::int64_t>(progress.begun - worker.found.executions);
  }
  if (worker.lease && !blame(worker, end)) give_up(worker, end);
  if (share_before_ >= 0 && progress.begun > 0) {
    share_before_ = worker.share < 0 ? -1 : share_before_ + worker.share;
  }
  worker.found.reason = StopReason::exhausted;
  found_before_.merge(worker.found);
  worker.found = {};
  if (worker.lease) leases_.push_back(*std::move(worker.lease));
  worker.lease.reset();
}

/// Gives up what is left of the lease of `worker`, whose process would end there again.
void Coordinator::give_up(WorkerProcess& worker, const ChildEnd& end) {
  report_.lost.push_back(end.cause());
  worker.found.lost = 1;
  worker.lease.reset();
  if (!is_from_outside(end)) static_cast<void>(fatal_group(worker, end));
}

/// Finds out which execution has ended the process of `worker`, so that the next process goes on
/// after it. Returns false if that cannot be had.
bool Coordinator::blame(WorkerProcess& worker, const ChildEnd& end) {
  Lease& lease = *worker.lease;
  if (++lease.ends > kEndsMax) return false;
  const ExploreProgress& progress = worker.supervisor.progress();
  const std::span<const TraceEntry> trace = worker.supervisor.trace();
  FatalExecution execution{progress.begun - worker.found.executions, FatalExecution::When::running,
                           end.place};
  if (progress.begun == progress.executions) {
    execution.when = FatalExecution::When::repeated;
  } else if (end.draining) {
    execution.when = FatalExecution::When::drained;
  }
  if (!end.task) {
    // The code after the last step is that of its task.
    const auto last = std::find_if(trace.rbegin(), trace.rend(),
                                   [](const TraceEntry& entry) { return !entry.is_order(); });
    execution.point = {.steps = Trace{trace}.length(),
                       .task = last == trace.rend() ? kMainTask : last->task,
                       .only_steps = true};
  }
  if (is_from_outside(end) && !is_always_killed(lease, execution)) return true;
  const auto is_same = [&](const FatalExecution& known) {
    return known.number == execution.number && known.when == execution.when &&
           (known.when != FatalExecution::When::running || known.point.is_at(execution.point));
  };
  if (std::any_of(lease.fatal.begin(), lease.fatal.end(), is_same)) return false;
  if (execution.when == FatalExecution::When::running) {
    execution.point.kind = end.outcome().kind;
    execution.point.group = fatal_group(worker, end);
  }
  const auto later = std::upper_bound(
      lease.fatal.begin(), lease.fatal.end(), execution,
      [](const FatalExecution& a, const FatalExecution& b) { return a.number < b.number; });
  lease.fatal.insert(later, execution);
  return true;
}

/// Called when a process was killed from outside at `at`. Whether that has happened so often at the
/// same step that the step is the reason: it may need more memory than there is.
bool Coordinator::is_always_killed(Lease& lease, const FatalExecution& at) const {
  constexpr std::uint32_t kKilledMax = 3;
  const bool again = lease.killed > 0 && lease.killed_at.number == at.number &&
                     lease.killed_at.point.is_at(at.point);
  lease.killed_at = at;
  lease.killed = again ? lease.killed + 1 : 1;
  return lease.killed >= kKilledMax;
}

/// The group of the failure that has ended the process of `worker`. Announces it if it is new.
std::uint64_t Coordinator::fatal_group(const WorkerProcess& worker, const ChildEnd& end) {
  const std::uint64_t group = Rerunner::group_of(end);
  // If the execution had failed before, this failure counts only if it comes first in another one,
  // which its worker finds out.
  if (fatal_groups_.contains(group) || end.failed_before) return group;
  const Rerunner::FatalFailure failure = rerunner_.run_fatal(worker.supervisor.trace(), end);
  if (!failure.reproduced) report_.unreproduced = true;
  if (failure.group.id == group) fatal_groups_.insert(group);
  if (find_group(announced_, failure.group.id) == nullptr) announce(failure.group);
  for (const auto& other : workers_) other->supervisor.reset_hang_timer();
  return failure.group.id;
}

/// Records the failure that has ended the process of `worker`, and with it the search.
void Coordinator::end_search_with(WorkerProcess& worker, const ChildEnd& end) {
  Exploration& found = worker.found;
  const ExploreProgress& progress = worker.supervisor.progress();
  const auto trace = worker.supervisor.trace();
  const Rerunner::FatalFailure failure = rerunner_.run_fatal(trace, end);
  if (!failure.reproduced) report_.unreproduced = true;
  // It may have failed before, and the process ended when its tasks were drained.
  if (!ends_process(failure.group.recording.outcome.kind)) report_.lost.push_back(end.cause());
  found.reason = StopReason::failure;
  found.executions = progress.executions + 1;
  found.failures = progress.failures + 1;
  found.steps = progress.steps + Trace{trace}.length();
  found.max_depth =
      std::max(progress.max_depth.load(), static_cast<std::uint32_t>(Trace{trace}.length()));
  found.interleaved = true;
  found.groups.push_back(failure.group);
  worker.lease.reset();
  if (announced_.empty()) announce(failure.group);
}

/// Ends the workers that have not stopped by themselves. What they have not acknowledged is left to
/// explore.
void Coordinator::end_workers() {
  for (const auto& worker : workers_) {
    if (worker->ended) continue;
    worker->supervisor.kill();
    receive_messages(*worker);
    worker->ended = true;
    worker->splitting = worker->reporting = false;
    worker->found.reason = StopReason::interrupted;
  }
}

}  // namespace sim
