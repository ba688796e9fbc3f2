#pragma once

// The part of explore_in_jobs() that runs in a child process: explores the work units that the
// coordinator sends, and reports what it finds. sim/process/work_message.hpp has the protocol.

#include <atomic>
#include <memory>
#include <optional>

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
  bool start_unit(const WorkUnit& unit);
  void handle_messages(const Exploration& found);
  void handle(const CoordinatorMessage& message, const Exploration& found);
  [[nodiscard]] std::optional<StopReason> end_of_strategy() const;
  [[nodiscard]] WorkerState state(const Exploration& found) const;
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
};

}  // namespace sim
