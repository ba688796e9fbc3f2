#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <http/drive_plan.hpp>
#include <http/record.hpp>

namespace http {

/// Thrown to a driven transfer that does not go on; what() says why.
class GivenUp : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class DriveState : std::uint8_t {
  armed,    ///< no transfer has come yet
  running,  ///< some have
  done,     ///< all steps were made as the simulator made them
  failed,   ///< some step was not
};

/// What a gate knows of a task, and of a step.
struct DrivenTask {
  enum class State : std::uint8_t {
    expected,  ///< its transfer has not come yet
    waiting,   ///< ahead of a step
    moving,
    ended,
    cancelled  ///< given up
  };
  State state = State::expected;
  std::string transfer;   ///< its id; empty where it has not come
  std::string thread_id;  ///< likewise
  std::string operation;  ///< that it waits to make, or made last; empty before its first
  std::string object;
};

struct DrivenResult {
  bool done = false;
  bool failed = false;               ///< it changed nothing
  std::optional<std::string> value;  ///< what the object then held; of a lock none
};

/// How far a schedule was driven. A value.
struct DriveReport {
  std::shared_ptr<const DrivePlan> plan;
  DriveState state = DriveState::armed;
  std::vector<DrivenTask> tasks;      ///< in the plan's order
  std::vector<DrivenResult> results;  ///< of the plan's steps
  std::string problem;                ///< why it failed; empty where it did not
  std::string deadlock;               ///< who waits for whom at the end; empty where nobody does
  std::vector<bank::AccountStart> accounts;  ///< now or, where it is over, at its end
};

/// Leads transfers on threads through one execution, step by step: a task makes a step when the
/// plan has it next, and the step behind it is let go when this one is made. Where something else
/// happens than the plan says, or nothing within the time-out, the gate fails, and who waits in it
/// is given up. Thread-safe; tasks are numbered from 0.
class ScheduleGate {
 public:
  ScheduleGate(std::shared_ptr<const DrivePlan> plan, std::chrono::milliseconds timeout);

  [[nodiscard]] const DrivePlan& plan() const { return *plan_; }

  /// A transfer takes a task's place. Empty, or why it may not.
  std::string enter(std::size_t task, const TransferOrder& order, const std::string& transfer,
                    const std::string& thread_id);
  /// Waits until it is the task's turn. Throws GivenUp, but not ahead of an unlock: that is made
  /// while the task's locks are released, whatever has happened.
  void before_step(std::size_t task, std::string_view operation, std::string_view object);
  /// The step is made; `value` is empty where it has none.
  void after_step(std::size_t task, const DrivenResult& result);
  /// The transfer has come to its end or, where it is not `finished`, was given up. False where its
  /// result is of no account: the gate has failed.
  bool leave(std::size_t task, bool finished);

  /// Ends it, where it is not over.
  void cancel(const std::string& why);
  /// Whether it is done or has failed: nobody waits in it any more, nor will.
  bool is_over();
  /// All but the accounts.
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
  [[nodiscard]] std::string holder_of(std::string_view lock) const;
  [[nodiscard]] std::string whereabouts() const;
  [[nodiscard]] std::string waiting_for_locks() const;
  void look();
  void advance();
  void grant(DrivenTask& task);
  void finish();
  void expire();
  void fail(std::string problem);
  void end(DriveState state);

  const std::shared_ptr<const DrivePlan> plan_;
  const std::chrono::milliseconds timeout_;

  std::mutex mutex_;  ///< of all below
  std::condition_variable changed_;
  DriveState state_ = DriveState::armed;
  std::vector<DrivenTask> tasks_;
  std::vector<DrivenResult> results_;
  std::map<std::string, std::size_t, std::less<>> holders_;  ///< of each lock that is held
  std::size_t next_ = 0;                                     ///< the step whose turn it is
  bool granted_ = false;                                     ///< and it is being made
  Clock::time_point deadline_;
  std::string problem_;
  std::string deadlock_;
};

}  // namespace http
