#include <http/drive_plan.hpp>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <bank/simulation.hpp>
#include <bank/transfer.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

Invalid wrong(int status, const std::string& where, const sim::ScheduleError& error) {
  return {status, fmt::format("{}:{}:{}: {}", where, error.line, error.column, error.message)};
}

/// "2" is the second task; "0", the test body, makes no step of its own.
std::size_t task_of(const std::string& name) {
  std::size_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number - 1;
}

std::vector<DrivenStep> steps_of(const sim::Recording& recording) {
  std::vector<DrivenStep> steps;
  for (const sim::ScheduleEntry& entry : recording.schedule_entries()) {
    const auto* const step = std::get_if<sim::ScheduledStep>(&entry.what);
    if (step == nullptr) continue;
    steps.push_back(
        {task_of(step->task), step->operation, step->object, step->failed, step->value});
  }
  return steps;
}

/// A transfer that is on its way when the schedule begins, or stops half-way, is no request.
bool is_excerpt(const bank::Workload& workload) {
  return std::any_of(workload.details.begin(), workload.details.end(),
                     [](const auto& detail) { return detail.excerpt != bank::Excerpt{}; });
}

/// Others are no end that the transfers come to.
bool can_be_driven(sim::OutcomeKind kind) {
  return kind == sim::OutcomeKind::passed || kind == sim::OutcomeKind::invariant ||
         kind == sim::OutcomeKind::deadlock;
}

DrivePlan plan_of(bank::Workload workload, const sim::Schedule& schedule,
                  const bank::Simulation& simulation) {
  const sim::Recording& recording = simulation.replayed.recording;
  sim::Schedule whole = schedule;
  // Behind the step that breaks an invariant there are more.
  const bool goes_on = recording.outcome.kind == sim::OutcomeKind::invariant;
  whole.mode = goes_on ? sim::ReplayMode::through : sim::ReplayMode::strict;
  whole.expect.emplace(recording.outcome);
  whole.entries = recording.schedule_entries();
  const bool deadlock = recording.outcome.kind == sim::OutcomeKind::deadlock;
  return {std::move(workload),
          steps_of(recording),
          simulation.balances,
          recording.outcome.summary(),
          deadlock ? recording.outcome.message() : std::string{},
          sim::format_schedule(whole)};
}

}  // namespace

std::string to_string(const DrivenStep& step) {
  return fmt::format("{} {}{}{}", step.operation, step.object, step.failed ? " failed" : "",
                     step.value ? " = " + *step.value : "");
}

TransferOrder DrivePlan::order(std::size_t task) const {
  const bank::Transfer& transfer = workload.transfers.at(task);
  return {workload.accounts.at(transfer.from).id, workload.accounts.at(transfer.to).id,
          transfer.amount};
}

bool DrivePlan::deadlocks() const {
  const auto count = [this](std::string_view operation) {
    return std::count_if(steps.begin(), steps.end(),
                         [&](const DrivenStep& step) { return step.operation == operation; });
  };
  return count(bank::words::kLock) > count(bank::words::kUnlock);
}

Decoded<DrivePlan> plan_drive(std::string_view text) {
  const std::string where = "body";
  const auto parsed = sim::parse_schedule(text);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&parsed)) {
    return wrong(400, where, *error);
  }
  return plan_drive(std::get<sim::Schedule>(parsed), where);
}

Decoded<DrivePlan> plan_drive(const sim::Schedule& schedule, const std::string& where) {
  auto read = bank::workload_from(schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&read)) {
    return wrong(422, where, *error);
  }
  auto& workload = std::get<bank::Workload>(read);
  for (const bank::AccountStart& account : workload.accounts) {
    if (is_utf8(account.id)) continue;
    return Invalid{
        422, fmt::format("{}: an account's name is no UTF-8, so no request can have it", where)};
  }
  if (is_excerpt(workload)) {
    return Invalid{422, fmt::format("{}: this is an excerpt, in which transfers are on their way "
                                    "at the begin or the end, or are given up; it can be replayed, "
                                    "but not driven",
                                    where)};
  }
  const bank::Simulation simulation = bank::simulate(workload, schedule);
  if (const auto& divergence = simulation.replayed.divergence) {
    return Invalid{422,
                   fmt::format("{}: {}", sim::place_of(*divergence, where), divergence->message)};
  }
  const sim::Outcome& outcome = simulation.replayed.recording.outcome;
  if (!can_be_driven(outcome.kind)) {
    return Invalid{422, fmt::format("{}: the simulator ends it with {}", where, outcome.summary())};
  }
  return plan_of(std::move(workload), schedule, simulation);
}

}  // namespace http
