// The part of Lab that drives a schedule: at most one at a time.

#include <utility>

#include <fmt/format.h>

#include <http/lab/lab.hpp>

namespace http {

std::optional<DriveReport> Lab::drive(std::shared_ptr<const DrivePlan> plan,
                                      std::chrono::milliseconds timeout) {
  const std::lock_guard lock{mutex_};
  retire_finished_gate();
  if (gate_) return std::nullopt;
  install(plan->workload.accounts);
  around_.log.info(fmt::format("schedule: driving {} steps of {} transfers, expected outcome: {}",
                               plan->steps.size(), plan->workload.transfers.size(), plan->expect));
  gate_ = std::make_shared<ScheduleGate>(std::move(plan), timeout);
  publish_state(DriveState::armed);
  const DriveReport armed = drive_report();
  if (stopped_) gate_->cancel("the lab is stopping");
  return armed;
}

std::optional<DriveReport> Lab::driven() {
  const std::lock_guard lock{mutex_};
  retire_finished_gate();
  if (!gate_ && !last_gate_) return std::nullopt;
  return drive_report();
}

void Lab::end_overdue_schedule() {
  const std::lock_guard lock{mutex_};
  retire_finished_gate();
}

/// Ends driving if the gate is done or has failed. The caller must hold mutex_.
void Lab::retire_finished_gate() {
  if (!gate_ || !gate_->is_over()) return;
  last_accounts_ = views_of(*ledger_);
  last_gate_ = std::exchange(gate_, nullptr);
  const DriveReport over = last_gate_->report();
  publish_state(over.state);
  if (over.state == DriveState::done) {
    around_.log.info("schedule: done, every step was as in the simulator");
    return;
  }
  around_.log.warn(fmt::format("schedule: failed, accounts are reset: {}", over.problem));
  install(kInitialAccounts);
}

void Lab::publish_state(DriveState state) {
  around_.events.publish([state] { return ScheduleChanged{state}; });
}

/// The caller must hold mutex_, and a schedule must be driven or have been driven.
DriveReport Lab::drive_report() const {
  DriveReport report = (gate_ ? gate_ : last_gate_)->report();
  report.accounts = gate_ ? views_of(*ledger_) : last_accounts_;
  return report;
}

}  // namespace http
