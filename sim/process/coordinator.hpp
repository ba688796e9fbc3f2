#pragma once

// The part of explore_in_jobs() that runs in the calling process: starts the workers, hands out
// work units, asks busy workers to split theirs, collects failures and progress, and puts together
// the report. It never runs code under test itself.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
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

  /// To be called once. See explore_in_jobs().
  JobsReport run();

 private:
  using Clock = std::chrono::steady_clock;

  /// A worker process, as the coordinator knows it.
  struct WorkerProcess {
    explicit WorkerProcess(const EngineOptions& engine) : supervisor(engine) {}
    [[nodiscard]] bool is_busy() const { return !ended && !waiting; }

    Supervisor supervisor;
    MessagePipe pipe;
    bool waiting = false;  ///< has asked for work and was given none yet
    bool ended = false;
    bool splitting = false;            ///< has not answered a SplitRequest yet
    bool reporting = false;            ///< has not answered a StateRequest yet
    Clock::time_point next_split;      ///< not to be asked to split before
    std::optional<WorkerState> state;  ///< the last one that it reported
  };

  void start_workers();
  void start(const ExploreOptions& explore);
  [[nodiscard]] bool has_workers() const;
  void stop();

  void hand_out_units();
  void request_split();

  void wait_for_messages();
  void receive_messages(WorkerProcess& worker);
  void handle(WorkerProcess& worker, WorkerMessage message);
  void add_failure(FailureGroup group);
  void announce(const FailureGroup& group);

  void check_end(WorkerProcess& worker);
  void record_loss(WorkerProcess& worker, const ChildEnd& end);
  void add_fatal_failure(const WorkerProcess& worker, const ChildEnd& end, Exploration& found);

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
  std::vector<WorkUnit> units_;  ///< that no worker has
  Exploration found_before_;     ///< by the search that is resumed
  double share_before_ = 0;      ///< explored by it; below 0 if unknown
  std::vector<FailureGroup> announced_;
  bool units_wanted_ = false;  ///< some worker waits, and there is no unit for it
  bool stopping_ = false;
  bool interrupted_ = false;
  bool collecting_ = false;  ///< states for a checkpoint; no unit changes hands meanwhile
  Clock::time_point begin_;
  Clock::time_point ticked_;
  Clock::time_point checkpointed_;
  JobsReport report_;
};

}  // namespace sim
