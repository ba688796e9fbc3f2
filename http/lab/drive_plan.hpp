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

/// One simulated execution: all its steps until every task has ended, or until the remaining tasks
/// are deadlocked.
struct DrivePlan {
  bank::Workload workload;
  std::vector<DrivenStep> steps;
  std::vector<bank::AccountStart> balances;  ///< at the end
  std::string expect;                        ///< sim::Outcome::summary() of the execution
  std::string deadlock;                      ///< who waits for whom; empty unless it deadlocks
  std::string schedule;                      ///< schedule file of the complete execution

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
