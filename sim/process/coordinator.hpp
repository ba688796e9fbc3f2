#pragma once

// The part of explore_in_jobs() that runs in the calling process: starts the workers, hands out
// work units, asks busy workers to split theirs, collects failures and progress, and puts together
// the report. It never runs code under test itself.
//
// A worker has a lease on its unit. Whenever it acknowledges what it has done, the coordinator
// replaces the unit by what is left of it. If the worker ends, another process gets the lease, and
// repeats what was not acknowledged; each execution counts once. If the code under test has ended
// the process, the lease names the execution and the step after which that was (FatalExecution):
// there the task is stopped as if an assertion had failed, and the search goes on.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <sim/engine/program.hpp>
#include <sim/process/execution_budget.hpp>
#include <sim/process/jobs.hpp>
#include <sim/process/message_pipe.hpp>
#include <sim/process/rerun.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/process/work_message.hpp>

namespace sim {

/// Runs one search. Keeps references to the arguments of its constructor.
class Coordinator {
 public:
  Coordinator(const Program& program, const StrategyMaker& make_strategy,
              const JobsOptions& options, JobsWatcher& watcher);

  /// Must be called only once. Throws what explore_in_jobs() throws.
  JobsReport run();

 private:
  using Clock = std::chrono::steady_clock;

  /// A work unit, and what is known of executions in it that have ended their processes.
  struct Lease {
    WorkUnit unit;
    /// Numbered from 1, the first execution of the unit, and in the order of their numbers.
    std::vector<FatalExecution> fatal{};
    std::uint32_t ends = 0;  ///< processes that have ended since the last acknowledgement
    /// How many of them were ended from outside at one step, and that step.
    std::uint32_t killed = 0;
    FatalExecution killed_at{};
  };

  /// What the coordinator knows of one worker process.
  struct WorkerProcess {
    explicit WorkerProcess(const EngineOptions& engine) : supervisor(engine) {}
    [[nodiscard]] bool is_busy() const { return !ended && lease.has_value(); }

    Supervisor supervisor;
    MessagePipe pipe;
    bool waiting = false;  ///< has asked for a work unit and has not received one yet
    bool ended = false;
    bool reported = false;         ///< has sent its FinalReport
    std::uint32_t idle_ends = 0;   ///< processes that have ended without a lease
    bool splitting = false;        ///< has not answered a SplitRequest yet
    bool reporting = false;        ///< has not answered a StateRequest yet
    Clock::time_point next_split;  ///< earliest time of the next SplitRequest
    std::optional<Lease> lease;    ///< what it explores; as of the last acknowledgement
    Exploration found;             ///< what this process has found up to then
    double share = -1;             ///< what it had explored by then; below 0 if unknown
  };

  void start_workers();
  void start(WorkerProcess& worker);
  [[nodiscard]] bool has_workers() const;
  void stop();

  void hand_out_units();
  void request_split();

  void wait_for_messages();
  void receive_messages(WorkerProcess& worker);
  void handle(WorkerProcess& worker, WorkerMessage message);
  void acknowledge(WorkerProcess& worker, WorkerState state);
  void add_failure(FailureGroup group);
  void announce(const FailureGroup& group);

  void check_end(WorkerProcess& worker);
  void end_workers();
  void replace(WorkerProcess& worker, const ChildEnd& end);
  void take_back(WorkerProcess& worker, const ChildEnd& end);
  void give_up(WorkerProcess& worker, const ChildEnd& end);
  void end_search_with(WorkerProcess& worker, const ChildEnd& end);
  [[nodiscard]] bool blame(WorkerProcess& worker, const ChildEnd& end);
  [[nodiscard]] bool is_always_killed(Lease& lease, const FatalExecution& at) const;
  [[nodiscard]] std::uint64_t fatal_group(const WorkerProcess& worker, const ChildEnd& end);

  void tick();
  [[nodiscard]] JobsProgress progress() const;
  void checkpoint();
  [[nodiscard]] SavedSearch collect() const;

  JobsReport report();
  void take_stop_reason(Exploration& found) const;
  void record(FailureGroup& group) const;

  const Program& program_;
  const StrategyMaker& make_strategy_;
  const JobsOptions& options_;
  JobsWatcher& watcher_;
  Rerunner rerunner_;
  std::optional<ExecutionBudget> budget_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  ExploreOptions explore_;                ///< the options of the workers
  std::vector<Lease> leases_;             ///< those that no worker has
  std::set<std::uint64_t> fatal_groups_;  ///< the groups of ends that were reproduced
  Exploration found_before_;              ///< the result of the search that is resumed, so far
  double share_before_ = 0;               ///< the share that it had explored; below 0 if unknown
  std::vector<FailureGroup> announced_;
  bool units_wanted_ = false;  ///< a worker waits, and `leases_` is empty
  bool stopping_ = false;
  bool interrupted_ = false;
  bool collecting_ = false;  ///< waits for states for a checkpoint; no unit is handed out meanwhile
  Clock::time_point begin_;
  Clock::time_point interrupted_at_;
  Clock::time_point ticked_;
  Clock::time_point checkpointed_;
  JobsReport report_;
};

}  // namespace sim
