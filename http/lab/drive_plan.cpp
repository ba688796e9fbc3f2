#include <http/lab/drive_plan.hpp>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <bank/simulation.hpp>
#include <bank/transfer.hpp>
#include <bank/workload_header.hpp>
#include <http/lab/utf8.hpp>
#include <sim/base/outcome.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

Invalid refuse(Invalid::Kind kind, const std::string& where, const sim::ScheduleError& error) {
  return {kind, fmt::format("{}:{}:{}: {}", where, error.line, error.column, error.message)};
}

Invalid unacceptable(std::string detail) {
  return {Invalid::Kind::unacceptable, std::move(detail)};
}

/// Returns the index of the task with this name: "2" is the second task. "0", the test body, never
/// does a step.
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

/// The tasks that a deadlock leaves waiting for locks; empty for any other outcome.
std::vector<LockWait> lock_waits(const sim::Outcome& outcome) {
  std::vector<LockWait> waits;
  const auto* const deadlock = outcome.as<sim::Deadlock>();
  if (deadlock == nullptr) return waits;
  for (const sim::WaitingTask& waiting : deadlock->tasks) {
    const auto* const wait = std::get_if<sim::WaitsToExecute>(&waiting.waits_for);
    // The test body, which only joins the transfers, is not a transfer.
    if (wait == nullptr) continue;
    std::optional<std::size_t> holder;
    if (!wait->held_by.empty()) holder = task_of(wait->held_by.front().task.name);
    waits.push_back({task_of(waiting.task.name), wait->object.name, holder});
  }
  return waits;
}

/// Whether some transfer is already running when the schedule begins, or stops before its end. That
/// transfer cannot be made as one request.
bool is_excerpt(const bank::Workload& workload) {
  return std::any_of(workload.details.begin(), workload.details.end(),
                     [](const auto& detail) { return detail.excerpt != bank::Excerpt{}; });
}

/// Whether the transfers can reach this outcome on real threads.
bool can_be_driven(sim::OutcomeKind kind) {
  return kind == sim::OutcomeKind::passed || kind == sim::OutcomeKind::invariant ||
         kind == sim::OutcomeKind::deadlock;
}

DrivePlan plan_of(bank::Workload workload, const sim::Schedule& schedule,
                  const bank::Simulation& simulation) {
  const sim::Recording& recording = simulation.replayed.recording;
  sim::Schedule complete = schedule;
  // The steps after the one that breaks the invariant are driven, too.
  const bool continues = recording.outcome.kind == sim::OutcomeKind::invariant;
  complete.mode = continues ? sim::ReplayMode::through : sim::ReplayMode::strict;
  complete.expect.emplace(recording.outcome);
  complete.entries = recording.schedule_entries();

  return {std::move(workload),           steps_of(recording),
          simulation.balances,           recording.outcome.summary(),
          lock_waits(recording.outcome), sim::format_schedule(complete)};
}

}  // namespace

std::string to_string(const DrivenStep& step) {
  return fmt::format("{} {}{}{}", step.operation, step.object, step.failed ? " failed" : "",
                     step.value ? " = " + *step.value : "");
}

std::string to_string(const std::vector<LockWait>& waits) {
  std::string text;
  for (const LockWait& wait : waits) {
    const std::string holder = wait.holder ? fmt::format("task {}", *wait.holder + 1) : "nobody";
    text += fmt::format("{}task {} waits to {} {}, held by {}", text.empty() ? "" : "; ",
                        wait.task + 1, bank::words::kLock, wait.lock, holder);
  }
  return text;
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
    return refuse(Invalid::Kind::unreadable, where, *error);
  }
  return plan_drive(std::get<sim::Schedule>(parsed), where);
}

Decoded<DrivePlan> plan_drive(const sim::Schedule& schedule, const std::string& where) {
  auto read = bank::workload_from(schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&read)) {
    return refuse(Invalid::Kind::unacceptable, where, *error);
  }
  auto& workload = std::get<bank::Workload>(read);
  for (const bank::AccountStart& account : workload.accounts) {
    if (is_utf8(account.id)) continue;
    return unacceptable(fmt::format(
        "{}: the name of an account is not UTF-8, so no request can contain it", where));
  }
  if (is_excerpt(workload)) {
    return unacceptable(
        fmt::format("{}: this is an excerpt, in which some transfers are already running at the "
                    "beginning, stop before their end, or are aborted; it can be replayed but not "
                    "driven",
                    where));
  }
  const bank::Simulation simulation = bank::simulate(workload, schedule);
  if (const auto& divergence = simulation.replayed.divergence) {
    return unacceptable(
        fmt::format("{}: {}", sim::place_of(*divergence, where), divergence->message));
  }
  const sim::Outcome& outcome = simulation.replayed.recording.outcome;
  if (!can_be_driven(outcome.kind)) {
    return unacceptable(
        fmt::format("{}: the simulator ends it with: {}", where, outcome.summary()));
  }
  return plan_of(std::move(workload), schedule, simulation);
}

}  // namespace http
