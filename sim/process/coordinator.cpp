#include <sim/process/coordinator.hpp>

#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include <sim/process/worker.hpp>

namespace sim {
namespace {

constexpr std::chrono::milliseconds kTick{100};
/// The time before a worker that could not split its unit is asked again.
constexpr std::chrono::milliseconds kSplitRetry{20};
/// How long workers may take to stop after an interrupt. One may be in the middle of an execution.
constexpr std::chrono::milliseconds kStopGrace{700};

/// The rank of a reason for which a worker stopped. The search reports the reason with the highest
/// rank, because it made the other workers stop or is the most important to know.
std::size_t rank_of(StopReason reason) {
  static constexpr std::array kRanked{
      StopReason::exhausted,  StopReason::limit,       StopReason::interrupted,
      StopReason::executions, StopReason::time,        StopReason::lost,
      StopReason::failure,    StopReason::unsupported, StopReason::nondeterminism};
  return static_cast<std::size_t>(std::find(kRanked.begin(), kRanked.end(), reason) -
                                  kRanked.begin());
}

}  // namespace

Coordinator::Coordinator(const Program& program, const StrategyMaker& make_strategy,
                         const JobsOptions& options, JobsWatcher& watcher)
    : program_(program),
      make_strategy_(make_strategy),
      options_(options),
      watcher_(watcher),
      rerunner_(program, options.explore.engine, options.hang_timeout, options.explore.interrupt) {}

JobsReport Coordinator::run() {
  if (options_.resume && options_.resume->found.reason == StopReason::failure) {
    throw UsageError(
        "a search that stopped at a failure cannot be resumed: explore with all = true");
  }
  if (options_.resume) {
    for (const WorkUnit& unit : options_.resume->work_units) leases_.push_back({unit});
    found_before_ = options_.resume->found;
    share_before_ = options_.resume->share;
  } else {
    leases_.emplace_back();  // the whole search
  }
  begin_ = checkpointed_ = Clock::now();
  start_workers();
  while (has_workers()) {
    hand_out_units();
    wait_for_messages();
    for (const auto& worker : workers_) receive_messages(*worker);
    for (const auto& worker : workers_) check_end(*worker);
    tick();
  }
  return report();
}

// ---------------------------------------------------------------------------------------------
// Processes

void Coordinator::start_workers() {
  explore_ = options_.explore;
  if (explore_.executions_max) {
    budget_.emplace(*explore_.executions_max);
    explore_.executions_left = &budget_->left();
    explore_.executions_max.reset();
  }
  for (std::uint32_t i = 0; i < options_.jobs; ++i) {
    workers_.push_back(std::make_unique<WorkerProcess>(options_.explore.engine));
    start(*workers_.back());
  }
}

/// Starts a process for `worker`, whose previous process has ended, if there was one.
void Coordinator::start(WorkerProcess& worker) {
  auto [own_end, worker_end] = MessagePipe::make();
  worker.pipe = std::move(own_end);
  worker.waiting = worker.reported = worker.splitting = worker.reporting = false;
  worker.found = {};
  worker.share = -1;
  ExploreOptions explore = explore_;
  if (explore.time_max) {
    const auto spent = std::chrono::nanoseconds{Clock::now() - begin_};
    explore.time_max = std::max(*explore.time_max - spent, std::chrono::nanoseconds{0});
  }
  worker.supervisor.start([&, &worker_end = worker_end] {
    // A child inherits this process's ends of all pipes made so far; it must not keep them open.
    for (const auto& other : workers_) other->pipe.close();
    Worker{program_, make_strategy_, explore, worker.supervisor, std::move(worker_end)}.run();
    return 0;
  });
  worker.ended = false;
}

bool Coordinator::has_workers() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return !worker->ended; });
}

void Coordinator::stop() {
  if (std::exchange(stopping_, true)) return;
  for (const auto& worker : workers_) {
    if (worker->ended) continue;
    worker->pipe.send(encode(CoordinatorMessage{StopRequest{}}));
    worker->supervisor.attention() = true;
  }
}

// ---------------------------------------------------------------------------------------------
// Work units

void Coordinator::hand_out_units() {
  if (stopping_ || collecting_) return;
  units_wanted_ = false;
  for (const auto& worker : workers_) {
    if (worker->ended || !worker->waiting) continue;
    if (leases_.empty()) {
      units_wanted_ = true;
      continue;
    }
    worker->waiting = false;
    worker->lease = std::move(leases_.back());
    leases_.pop_back();
    worker->pipe.send(
        encode(CoordinatorMessage{UnitAssignment{worker->lease->unit, worker->lease->fatal}}));
  }
  const bool busy = std::any_of(workers_.begin(), workers_.end(),
                                [](const auto& worker) { return worker->is_busy(); });
  if (busy) {
    if (units_wanted_) request_split();
  } else if (leases_.empty()) {
    stop();
  }
}

/// Asks the worker with the most work left to give away part of it. Only one worker is asked at a
/// time.
void Coordinator::request_split() {
  const auto left = [](const WorkerProcess& worker) {
    return worker.supervisor.progress().left_min.load();
  };
  WorkerProcess* largest = nullptr;
  for (const auto& worker : workers_) {
    if (!worker->is_busy()) continue;
    if (worker->splitting) return;
    if (Clock::now() < worker->next_split) continue;
    if (largest == nullptr || left(*worker) > left(*largest)) largest = worker.get();
  }
  if (largest == nullptr) return;
  largest->splitting = true;
  largest->pipe.send(encode(CoordinatorMessage{SplitRequest{}}));
  largest->supervisor.attention() = true;
}

// ---------------------------------------------------------------------------------------------
// Messages

void Coordinator::wait_for_messages() {
  std::vector<pollfd> fds;
  for (const auto& worker : workers_) {
    if (worker->ended) continue;
    fds.push_back({worker->pipe.fd(), POLLIN, 0});
    fds.push_back({worker->supervisor.life(), POLLIN, 0});
  }
  const auto timeout = units_wanted_ ? kSplitRetry : kTick;
  ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
}

void Coordinator::receive_messages(WorkerProcess& worker) {
  while (!worker.ended) {
    const std::optional<std::string> bytes = worker.pipe.receive();
    if (!bytes) return;
    std::optional<WorkerMessage> message = decode_worker_message(*bytes);
    if (!message) throw std::runtime_error("a worker process sent a message that cannot be read");
    handle(worker, std::move(*message));
  }
}

void Coordinator::handle(WorkerProcess& worker, WorkerMessage message) {
  if (auto* const request = std::get_if<WorkRequest>(&message)) {
    worker.waiting = true;
    acknowledge(worker, {std::move(request->found), std::nullopt});
  } else if (auto* const reply = std::get_if<SplitReply>(&message)) {
    worker.splitting = false;
    if (reply->state) acknowledge(worker, *std::move(reply->state));
    if (reply->unit) {
      leases_.push_back({std::move(*reply->unit)});
    } else {
      worker.next_split = Clock::now() + kSplitRetry;
    }
  } else if (auto* const failure = std::get_if<NewFailure>(&message)) {
    add_failure(std::move(failure->group));
  } else if (auto* const report = std::get_if<StateReport>(&message)) {
    worker.reporting = false;
    if (report->state) acknowledge(worker, *std::move(report->state));
  } else if (auto* const last = std::get_if<FinalReport>(&message)) {
    worker.splitting = worker.reporting = worker.waiting = false;
    worker.reported = true;
    acknowledge(worker, std::move(last->state));
    if (!last->note.empty()) report_.notes.push_back(std::move(last->note));
    const StopReason reason = worker.found.reason;
    if (reason != StopReason::exhausted && reason != StopReason::limit) stop();
  } else {
    throw std::runtime_error(
        "the saved search does not fit the program and strategy it is resumed with: start a new "
        "search");
  }
}

/// Replaces the unit of a lease by what is left of it.
void Coordinator::acknowledge(WorkerProcess& worker, WorkerState state) {
  const std::uint64_t done = state.found.executions - worker.found.executions;
  worker.found = std::move(state.found);
  worker.share = worker.supervisor.progress().share;
  if (!state.left) return worker.lease.reset();
  Lease& lease = worker.lease.emplace(worker.lease.value_or(Lease{}));
  lease.unit = *std::move(state.left);
  if (done > 0) lease.ends = lease.killed = 0;
  std::erase_if(lease.fatal, [done](const FatalExecution& it) { return it.number <= done; });
  for (FatalExecution& execution : lease.fatal) execution.number -= done;
}

/// Announces a failure if it is the first of its group.
void Coordinator::add_failure(FailureGroup group) {
  const bool known = find_group(announced_, group.id) != nullptr;
  if (known || (!options_.explore.all && !announced_.empty())) return;
  group.recording = rerunner_.run(group.simplest_trace).recording;
  announce(group);
  // While that execution ran, the workers were not watched, so this time must not count as a hang.
  for (const auto& worker : workers_) worker->supervisor.reset_hang_timer();
}

void Coordinator::announce(const FailureGroup& group) {
  announced_.push_back(group);
  watcher_.on_group(group);
}

// ---------------------------------------------------------------------------------------------
// Progress and checkpoints

void Coordinator::tick() {
  if (options_.explore.interrupt != nullptr && *options_.explore.interrupt && !stopping_) {
    interrupted_ = true;
    interrupted_at_ = Clock::now();
    stop();
  }
  if (interrupted_ && Clock::now() - interrupted_at_ > kStopGrace) end_workers();
  if (Clock::now() - ticked_ >= kTick) {
    ticked_ = Clock::now();
    for (const auto& worker : workers_) worker->supervisor.attention() = true;
    watcher_.on_tick(progress());
  }
  checkpoint();
}

JobsProgress Coordinator::progress() const {
  JobsProgress all{found_before_.executions, found_before_.failures, found_before_.max_depth,
                   std::nullopt, leases_.size()};
  double share = share_before_;
  bool known = share >= 0;
  for (const auto& worker : workers_) {
    const ExploreProgress& one = worker->supervisor.progress();
    all.executions += one.executions;
    all.failures += one.failures;
    all.max_depth = std::max(all.max_depth, one.max_depth.load());
    all.left_min += one.left_min;
    const double worker_share = one.share;
    // A worker that was never given a unit has explored nothing.
    if (worker_share >= 0) share += worker_share;
    if (worker_share < 0 && one.executions > 0) known = false;
  }
  if (known && all.executions > 0) all.share = share;
  return all;
}

/// When a checkpoint is due: asks all workers for their states and, once all have answered, passes
/// the collected search to the watcher.
void Coordinator::checkpoint() {
  if (!options_.checkpoint_every || stopping_) return;
  if (!collecting_) {
    if (Clock::now() - checkpointed_ < *options_.checkpoint_every) return;
    collecting_ = true;
    for (const auto& worker : workers_) {
      if (worker->ended) continue;
      worker->reporting = worker->pipe.send(encode(CoordinatorMessage{StateRequest{}}));
      worker->supervisor.attention() = true;
    }
  }
  const bool due = std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) {
    return worker->reporting || worker->splitting;
  });
  if (due) return;
  collecting_ = false;
  checkpointed_ = Clock::now();
  watcher_.on_checkpoint(collect());
}

SavedSearch Coordinator::collect() const {
  SavedSearch saved;
  saved.found = found_before_;
  saved.share = progress().share.value_or(-1);
  for (const Lease& lease : leases_) saved.work_units.push_back(lease.unit);
  for (const auto& worker : workers_) {
    saved.found.merge(worker->found);
    if (worker->lease) saved.work_units.push_back(worker->lease->unit);
  }
  return saved;
}

// ---------------------------------------------------------------------------------------------
// The report

JobsReport Coordinator::report() {
  report_.saved = collect();
  Exploration& found = report_.saved.found;
  const bool left = !report_.saved.work_units.empty();
  found.reason = interrupted_ && left ? StopReason::interrupted : StopReason::exhausted;
  take_stop_reason(found);
  const bool ended = found.reason == StopReason::exhausted || found.reason == StopReason::limit;
  if (ended && (found.lost > 0 || left)) found.reason = StopReason::lost;
  // The executions that the failing one would have led to were not explored, so the search cannot
  // be resumed.
  if (found.reason == StopReason::failure) report_.saved.work_units.clear();
  // Groups that were announced by a worker that was lost since, and that no other worker has found.
  for (const FailureGroup& group : announced_) {
    if (find_group(found.groups, group.id) != nullptr) continue;
    found.groups.push_back(group);
    ++found.executions;
    ++found.failures;
  }
  if (!left) found.settle();
  found.complete = found.reason == StopReason::exhausted && found.nothing_left_out() && !left;
  for (FailureGroup& group : found.groups) record(group);
  found.sort_groups();
  found.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  return std::move(report_);
}

/// Gives `found` the reason of the worker whose reason ranks highest.
void Coordinator::take_stop_reason(Exploration& found) const {
  for (const auto& worker : workers_) {
    const Exploration& its = worker->found;
    if (rank_of(its.reason) <= rank_of(found.reason)) continue;
    found.reason = its.reason;
    found.problem = its.problem;
  }
}

/// Sets the recording of the group to that of its simplest failure.
void Coordinator::record(FailureGroup& group) const {
  const FailureGroup* const announced = find_group(announced_, group.id);
  const bool same = announced != nullptr && announced->simplest_trace == group.simplest_trace;
  group.recording = same ? announced->recording : rerunner_.run(group.simplest_trace).recording;
}

}  // namespace sim
