#pragma once
// Drives real threads through one recorded execution: each transfer stops before every step and
// continues when its step is the next one of the plan. drive_plan.hpp makes the plan,
// drive_report.hpp has the values that show how far it is, and lab_schedule.cpp starts and ends
// driving.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <http/lab/drive_plan.hpp>
#include <http/lab/drive_report.hpp>
#include <http/lab/record.hpp>

namespace http {

/// Thrown into a driven transfer that must not go on; what() says why.
class TransferAborted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Lets the steps of a plan happen one by one, in the plan's order. Fails if a transfer does
/// something else than the plan says, or if the next step does not arrive within the timeout; a
/// failure aborts every transfer that waits here. Thread-safe. Tasks are numbered from 0.
class ScheduleGate {
 public:
  ScheduleGate(std::shared_ptr<const DrivePlan> plan, std::chrono::milliseconds timeout);

  [[nodiscard]] const DrivePlan& plan() const { return *plan_; }

  /// Registers the transfer of a task. Returns an empty text, or why the transfer is refused.
  std::string enter(std::size_t task, const TransferOrder& order, const std::string& transfer,
                    const std::string& thread_id);
  /// Waits until the task may do this step. Throws TransferAborted, except before an unlock: locks
  /// must be released whatever has happened.
  void before_step(std::size_t task, std::string_view operation, std::string_view object);
  /// Reports a step that was done, and lets the next one happen.
  void after_step(std::size_t task, const DrivenResult& result);
  /// Reports that the transfer of a task has ended. `finished` is false if it was aborted. Returns
  /// false if the gate has failed, so that the transfer's result does not count.
  bool leave(std::size_t task, bool finished);

  /// Fails the gate if it is not over.
  void cancel(const std::string& why);
  /// Whether it is done or has failed. No transfer waits in it then.
  bool is_over();
  /// Returns everything but the accounts.
  DriveReport report();

 private:
  using Clock = std::chrono::steady_clock;
  using State = DrivenTask::State;

  [[nodiscard]] bool over() const {
    return state_ == DriveState::done || state_ == DriveState::failed;
  }
  [[nodiscard]] const DrivenStep& next() const { return plan_->steps[next_]; }
  [[nodiscard]] std::size_t next_step_of(std::size_t task) const;
  [[nodiscard]] std::string step_text(std::size_t step) const;
  [[nodiscard]] std::optional<std::size_t> holder_of(std::string_view lock) const;
  [[nodiscard]] std::string states_text() const;
  [[nodiscard]] std::vector<LockWait> lock_waits() const;
  void check_deadline();
  void advance();
  void grant(DrivenTask& task);
  void finish();
  void expire();
  void fail(std::string problem);
  void end(DriveState state);

  const std::shared_ptr<const DrivePlan> plan_;
  const std::chrono::milliseconds timeout_;

  std::mutex mutex_;  ///< guards the members below
  std::condition_variable changed_;
  DriveState state_ = DriveState::armed;
  std::vector<DrivenTask> tasks_;
  std::vector<DrivenResult> results_;
  std::map<std::string, std::size_t, std::less<>> holders_;  ///< task that holds each locked lock
  std::size_t next_ = 0;                                     ///< index of the next step
  bool granted_ = false;                                     ///< the next step is being done
  Clock::time_point deadline_;
  std::string problem_;
  std::vector<LockWait> deadlock_;
};

/// The place of a transfer in a gate, for a scope. Belongs to one thread.
class GatePlace {
 public:
  GatePlace() = default;
  GatePlace(const GatePlace&) = delete;
  GatePlace& operator=(const GatePlace&) = delete;
  /// Leaves the gate as aborted, unless leave() was called before.
  ~GatePlace() { leave(false); }

  /// Enters the gate. Returns an empty text, or why the transfer is refused.
  std::string enter(std::shared_ptr<ScheduleGate> gate, std::size_t task,
                    const TransferOrder& order, const std::string& transfer,
                    const std::string& thread_id) {
    std::string problem = gate->enter(task, order, transfer, thread_id);
    if (problem.empty()) gate_ = std::move(gate);
    task_ = task;
    return problem;
  }
  /// Leaves the gate. Returns false if the gate has failed; true if no gate was entered.
  bool leave(bool finished) {
    return !gate_ || std::exchange(gate_, nullptr)->leave(task_, finished);
  }

 private:
  std::shared_ptr<ScheduleGate> gate_;
  std::size_t task_ = 0;
};

}  // namespace http
