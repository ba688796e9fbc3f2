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

  /// Must be called only once. Throws what explore_in_jobs() throws.
  JobsReport run();

 private:
  using Clock = std::chrono::steady_clock;

  /// What the coordinator knows of one worker process.
  struct WorkerProcess {
    explicit WorkerProcess(const EngineOptions& engine) : supervisor(engine) {}
    [[nodiscard]] bool is_busy() const { return !ended && !waiting; }

    Supervisor supervisor;
    MessagePipe pipe;
    bool waiting = false;  ///< has asked for a work unit and has not received one yet
    bool ended = false;
    bool splitting = false;            ///< has not answered a SplitRequest yet
    bool reporting = false;            ///< has not answered a StateRequest yet
    Clock::time_point next_split;      ///< earliest time of the next SplitRequest
    std::optional<WorkerState> state;  ///< the last reported state
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
  void end_workers();
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
  std::vector<WorkUnit> units_;  ///< units that are not assigned to a worker
  Exploration found_before_;     ///< the result of the search that is resumed, so far
  double share_before_ = 0;      ///< the share that it had explored; below 0 if unknown
  std::vector<FailureGroup> announced_;
  bool units_wanted_ = false;  ///< a worker waits, and `units_` is empty
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
