#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/workload.hpp>
#include <http/decode.hpp>
#include <http/record.hpp>
#include <sim/schedule/schedule.hpp>

namespace http {

/// A step that a driven task is to make, as the simulator made it.
struct DrivenStep {
  std::size_t task = 0;  ///< from 0
  std::string operation;
  std::string object;
  bool failed = false;               ///< a commit that changed nothing
  std::optional<std::string> value;  ///< what the object then holds; of a lock none

  friend bool operator==(const DrivenStep&, const DrivenStep&) = default;
};

/// "deduct alice.balance = 200.00", "commit alice.balance failed = 200.00".
std::string to_string(const DrivenStep& step);

/// One execution of the simulator, to be made again on threads: all its steps up to where every
/// task has ended, or all that are left wait for each other.
struct DrivePlan {
  bank::Workload workload;
  std::vector<DrivenStep> steps;
  std::vector<bank::AccountStart> balances;  ///< at the end
  std::string expect;                        ///< sim::Outcome::summary()
  std::string deadlock;                      ///< its message, where that is the outcome; else empty
  std::string schedule;                      ///< the text of a schedule with all of it

  /// The transfer of a task.
  [[nodiscard]] TransferOrder order(std::size_t task) const;
  /// Whether some task never ends: a lock is held at the end.
  [[nodiscard]] bool deadlocks() const;
};

/// Simulates the schedule of a bank, as it says strictly or by following it. Not from inside an
/// execution of the simulator.
Decoded<DrivePlan> plan_drive(std::string_view text);
/// The same of a schedule that was read from `where`, a file or what messages are to call it.
Decoded<DrivePlan> plan_drive(const sim::Schedule& schedule, const std::string& where);

}  // namespace http
