#pragma once
// How far a schedule has been driven: what ScheduleGate knows of each task and each step. The HTTP
// interface shows it at /admin/schedule.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <http/lab/drive_plan.hpp>

namespace http {

/// State of a schedule that is or was driven.
enum class DriveState : std::uint8_t {
  armed,    ///< no transfer of the schedule has arrived yet
  running,  ///< some transfers have arrived
  done,     ///< all steps were done as the simulator did them
  failed,   ///< some step was not
};

/// State of one task of a driven schedule.
struct DrivenTask {
  enum class State : std::uint8_t {
    expected,  ///< its transfer has not arrived yet
    waiting,   ///< it waits for its turn to do a step
    moving,    ///< it was let through and runs
    ended,
    cancelled  ///< it was aborted
  };
  State state = State::expected;
  std::string transfer;   ///< id of its transfer; empty if it has not arrived
  std::string thread_id;  ///< thread of its transfer; empty if it has not arrived
  std::string operation;  ///< the step that it waits to do or did last; empty before its first
  std::string object;     ///< the object of that step
};

/// What one step of a driven schedule did.
struct DrivenResult {
  bool done = false;
  bool failed = false;               ///< a commit that changed nothing
  std::optional<std::string> value;  ///< value of the object after the step; empty for a lock
};

/// A copy of what is known about a driven schedule at one moment.
struct DriveReport {
  std::shared_ptr<const DrivePlan> plan;
  DriveState state = DriveState::armed;
  std::vector<DrivenTask> tasks;             ///< in the order of the plan
  std::vector<DrivenResult> results;         ///< one for each step of the plan
  std::string problem;                       ///< why driving failed; empty if it did not
  std::vector<LockWait> deadlock;            ///< who waits for which lock at the end; may be empty
  std::vector<bank::AccountStart> accounts;  ///< balances now or, once it is over, at its end
};

}  // namespace http
