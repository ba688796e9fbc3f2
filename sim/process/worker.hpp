#pragma once

// The part of explore_in_jobs() that runs in a child process: explores the work units that the
// coordinator sends, and reports what it finds. sim/process/work_message.hpp has the protocol.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <sim/engine/program.hpp>
#include <sim/process/message_pipe.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/process/work_message.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/splittable.hpp>

namespace sim {

/// Explores in the process that calls run(). Keeps references to `program`, `make_strategy` and
/// `supervisor`.
class Worker {
 public:
  Worker(const Program& program, const StrategyMaker& make_strategy, ExploreOptions options,
         const Supervisor& supervisor, MessagePipe pipe);

  /// Sends the final report and returns when the search stops. Throws what explore() throws.
  void run();

 private:
  bool wait_for_unit(const Exploration& found);
  bool start_unit(const UnitAssignment& assignment, const Exploration& found);
  void handle_messages(const Exploration& found);
  void handle(const CoordinatorMessage& message, const Exploration* found);
  [[nodiscard]] std::optional<StopReason> end_of_strategy() const;
  [[nodiscard]] WorkerState state(const Exploration& found) const;
  void acknowledge_if_due(const Exploration& found);
  void acknowledged(const Exploration& found);
  void update_progress() const;
  void send(const WorkerMessage& message) { pipe_.send(encode(message)); }

  const Program& program_;
  const StrategyMaker& make_strategy_;
  ExploreOptions options_;
  const Supervisor& supervisor_;
  MessagePipe pipe_;
  std::unique_ptr<SplittableStrategy> strategy_;  ///< null before the first unit
  const std::atomic<bool>* interrupt_ = nullptr;  ///< ExploreOptions::interrupt of the caller
  std::atomic<bool> stop_{false};                 ///< ends the exploration in this process
  std::vector<FatalExecution>
      fatal_;  ///< those of the present unit, numbered as ExploreOptions says

  // When what was done is to be acknowledged. After a fatal execution this is done as soon as it
  // has been passed, and then after 1, 2, 4, … executions, because others often follow soon. So
  // what is run again after each of them is less than what was run before.
  std::uint64_t acknowledged_ = 0;  ///< executions that the last message counted
  std::uint64_t next_ = 0;          ///< execution after which it is due; 0: only the time counts
  std::uint64_t interval_ = 0;      ///< executions up to the next time but one
  std::chrono::steady_clock::time_point not_before_{};  ///< otherwise
};

}  // namespace sim
