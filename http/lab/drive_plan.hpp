#pragma once
// The plan for driving a schedule on real threads: the steps of one simulated execution, with the
// result that the simulator saw for each. POST /admin/schedule and `racelab drive` make plans;
// schedule_gate.hpp follows them.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/workload.hpp>
#include <http/lab/invalid.hpp>
#include <http/lab/record.hpp>
#include <sim/schedule/schedule.hpp>

namespace http {

/// A step that a task is to do, with what the simulator did.
struct DrivenStep {
  std::size_t task = 0;  ///< from 0
  std::string operation;
  std::string object;
  bool failed = false;               ///< a commit that changed nothing
  std::optional<std::string> value;  ///< value of the object after the step; empty for a lock

  friend bool operator==(const DrivenStep&, const DrivenStep&) = default;
};

/// Returns, for example, "deduct alice.balance = 200.00" or "commit alice.balance failed = 200.00".
std::string to_string(const DrivenStep& step);

/// A task that waits for a lock at the end of an execution.
struct LockWait {
  std::size_t task = 0;  ///< from 0
  std::string lock;
  std::optional<std::size_t> holder;  ///< the task that holds the lock, from 0; empty if none does

  friend bool operator==(const LockWait&, const LockWait&) = default;
};

/// Returns, for example, "task 1 waits to lock bob.lock, held by task 2; task 2 waits to lock
/// alice.lock, held by task 1". Empty if nobody waits.
std::string to_string(const std::vector<LockWait>& waits);

/// One simulated execution: all its steps until every task has ended, or until the remaining tasks
/// are deadlocked.
struct DrivePlan {
  bank::Workload workload;
  std::vector<DrivenStep> steps;
  std::vector<bank::AccountStart> balances;  ///< at the end
  std::string expect;                        ///< sim::Outcome::summary() of the execution
  /// Who waits for which lock at the end, in the order of the tasks. Empty if the outcome is not a
  /// deadlock.
  std::vector<LockWait> deadlock;
  std::string schedule;  ///< schedule file of the complete execution

  /// Returns the transfer of a task.
  [[nodiscard]] TransferOrder order(std::size_t task) const;
  /// Whether some task never ends: a lock is still held at the end.
  [[nodiscard]] bool deadlocks() const;
};

/// Simulates a schedule file of a bank and makes a plan of it, or returns why it cannot be driven.
/// Must not be called from inside an execution of the simulator.
Decoded<DrivePlan> plan_drive(std::string_view text);
/// Makes a plan of a schedule that was already parsed. `where` is the name that messages use for
/// it, such as its file name.
Decoded<DrivePlan> plan_drive(const sim::Schedule& schedule, const std::string& where);

}  // namespace http
