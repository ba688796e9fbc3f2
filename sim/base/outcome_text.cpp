// The texts of outcomes. They are made nowhere else. `expect` lines of schedule files contain them,
// so changing a text changes the file format.

#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/outcome.hpp>

namespace sim {
namespace {

std::string text_of(const Holder& holder, TaskId waiting) {
  return fmt::format(", held by {}{}",
                     holder.task.id == waiting ? "itself" : "task " + holder.task.name,
                     holder.ended ? ", which has ended" : "");
}

/// Overloads on what a task waits for.
struct WaitText {
  TaskId waiting;

  std::string operator()(const WaitsToExecute& wait) const {
    std::string text = waiting_text(wait.operation, wait.label, wait.object.name);
    for (const Holder& holder : wait.held_by) text += text_of(holder, waiting);
    return text;
  }
  std::string operator()(const WaitsForNotification& wait) const {
    return fmt::format("waits for {} to be notified", wait.queue.name);
  }
  std::string operator()(const WaitsToJoin& wait) const {
    return fmt::format("waits to join task {}", wait.task.name);
  }
};

std::string text_of(const WaitingTask& task) {
  return fmt::format("task {} {}", task.task.name,
                     std::visit(WaitText{task.task.id}, task.waits_for));
}

std::string text_of(const RacingAccess& access) {
  return fmt::format("task {} {} {}", access.task.name, access.action, to_string(access.where));
}

std::string in_task(const std::optional<TaskRef>& task) {
  return task ? " in task " + task->name : std::string{};
}

/// What a task does that makes no step.
std::string doing_text(const Hang& hang) {
  switch (hang.blocked_in) {
    case BlockedIn::nothing:
      return "endless loop without a scheduling point";
    case BlockedIn::mutex:
      return "blocked in std::mutex";
    case BlockedIn::shared_mutex:
      return "blocked in std::shared_mutex";
    case BlockedIn::condition_variable:
      return "blocked in std::condition_variable";
    case BlockedIn::semaphore:
      return "blocked in a semaphore of the system";
    case BlockedIn::barrier:
      return "blocked in a barrier of the system";
    case BlockedIn::join:
      return "blocked in std::thread::join";
    case BlockedIn::static_initializer:
      return "recursive initialization: blocked at a static variable that another task initializes";
    case BlockedIn::futex:
      return "blocked in a futex of the system, as std::atomic and std::counting_semaphore use it";
    case BlockedIn::sleep:
      return "sleeps in the kernel";
    case BlockedIn::call:
      return fmt::format("waits in the system, in {}()", hang.call);
    case BlockedIn::unknown:
      break;
  }
  return "blocked in the system";
}

/// What to use instead of something that the simulator does not control.
std::string_view instead_text(BlockedIn what) {
  switch (what) {
    case BlockedIn::mutex:
      return ": use sim::mutex";
    case BlockedIn::shared_mutex:
      return ": use sim::shared_mutex";
    case BlockedIn::condition_variable:
      return ": use sim::condition_variable";
    case BlockedIn::semaphore:
      return ": use sim::counting_semaphore";
    case BlockedIn::barrier:
      return ": use sim::barrier";
    case BlockedIn::join:
      return ": use sim::thread";
    case BlockedIn::static_initializer:
      return ": make it a variable of the test, without steps in its initializer";
    case BlockedIn::futex:
      return ": use the types of sim::";
    case BlockedIn::sleep:
      return ": use sim::this_thread::sleep_for";
    default:
      return "";
  }
}

/// Overloads on the reasons of a misuse.
struct ReasonText {
  std::string operator()(const FailedCheck& check) const {
    return check.literal.empty() ? check.report : fmt::format("\"{}\"", check.literal);
  }
  std::string operator()(const TooManyTasks& too_many) const {
    if (too_many.tasks_max > kTasksMax) {
      return fmt::format(
          "more than {} tasks in one execution, one after the other: allow more steps",
          too_many.tasks_max);
    }
    return fmt::format(
        "more than {} tasks in one execution: use fewer, join them before others are made, or "
        "build "
        "with RACELAB_TASKS_MAX={}",
        too_many.tasks_max, too_many.tasks_max + 64);
  }
};

using Clauses = std::vector<std::string>;

/// Overloads on the facts of each kind, for those that are described in one clause.
struct FactsText {
  std::string operator()(const std::monostate&) const { return {}; }
  std::string operator()(const AssertionFailure& failure) const {
    return ReasonText{}(failure.check);
  }
  std::string operator()(const InvariantViolation& violation) const {
    return fmt::format("\"{}\"{}{}", violation.name, violation.detail.empty() ? "" : ": ",
                       violation.detail);
  }
  std::string operator()(const Misuse& misuse) const {
    return std::visit(ReasonText{}, misuse.reason);
  }
  std::string operator()(const UseAfterDestruction& use) const {
    if (use.waited) {
      return fmt::format("task {} {}, which task {} destroys", use.user.name,
                         std::visit(WaitText{use.user.id}, use.use), use.destroyer.name);
    }
    const auto* const operation = std::get_if<WaitsToExecute>(&use.use);
    return fmt::format("task {} does {} {} after task {} has destroyed it", use.user.name,
                       operation == nullptr ? "wait" : operation->label, use.object.name,
                       use.destroyer.name);
  }
  std::string operator()(const UncaughtException& exception) const { return exception.what; }
  std::string operator()(const Crash& crash) const {
    return to_string(crash.cause) + in_task(crash.task);
  }
  std::string operator()(const Hang& hang) const {
    return doing_text(hang) + in_task(hang.task) + std::string{instead_text(hang.blocked_in)};
  }
};

/// Overloads on the facts of each kind.
struct FactsClauses {
  template <class Facts>
  Clauses operator()(const Facts& facts) const {
    return {FactsText{}(facts)};
  }
  Clauses operator()(const Deadlock& deadlock) const {
    const bool only_joins = deadlock.only_joins();
    Clauses clauses;
    for (const WaitingTask* const task : deadlock.cycle_first()) {
      // A task that joins a deadlocked task does not explain the deadlock.
      if (!task->joins() || only_joins) clauses.push_back(text_of(*task));
    }
    for (const TaskRef& other : deadlock.others) {
      clauses.push_back(fmt::format("task {} still runs", other.name));
    }
    return clauses;
  }
  Clauses operator()(const StepBound& bound) const {
    Clauses clauses{fmt::format("more than {} steps in one execution", bound.steps_max)};
    for (const Spin& spin : bound.spins) {
      clauses.push_back(fmt::format("task {} spins on {}", spin.task.name, spin.object.name));
    }
    return clauses;
  }
  Clauses operator()(const DataRace& race) const {
    return {fmt::format("on {}: {}", race.variable.name, text_of(race.earlier)),
            text_of(race.later), "nothing orders the two"};
  }
};

/// The place of a failure, if its facts have one.
const SourceLine* source_line(const Outcome& outcome) {
  if (const auto* const assertion = outcome.as<AssertionFailure>()) return &assertion->check.where;
  if (const auto* const race = outcome.as<DataRace>()) return &race->later.where;
  if (const auto* const exception = outcome.as<UncaughtException>()) return &exception->where;
  const auto* const misuse = outcome.as<Misuse>();
  const auto* const check = misuse == nullptr ? nullptr : std::get_if<FailedCheck>(&misuse->reason);
  return check == nullptr ? nullptr : &check->where;
}

}  // namespace

std::string waiting_text(OperationKind kind, std::string_view label, std::string_view object) {
  const std::string_view awaits = row_of(kind).awaits;
  if (awaits.empty()) return fmt::format("waits to {} {}", label, object);
  return "waits for " + fmt::format(fmt::runtime(awaits), object);
}

std::string to_string(const SourceLine& where) {
  return where.file.empty() ? std::string{} : fmt::format("{}:{}", where.file, where.line);
}

std::string to_string(const CrashCause& cause) {
  switch (cause.how) {
    case CrashCause::How::exit:
      return fmt::format("exit({}) was called", cause.number);
    case CrashCause::How::stack_overflow:
      return "stack overflow";
    default:
      break;
  }
  const char* const name = ::sigabbrev_np(cause.number);
  return name == nullptr ? fmt::format("signal {}", cause.number) : fmt::format("SIG{}", name);
}

std::string to_string(const OutcomeFacts& facts) {
  return fmt::format("{}", fmt::join(std::visit(FactsClauses{}, facts), "; "));
}

std::vector<std::string> Outcome::clauses() const {
  Clauses all = std::visit(FactsClauses{}, facts);
  std::string first{to_string(kind)};
  if (all.empty()) return {first};
  if (!all.front().empty()) first.append(" ").append(all.front());
  all.front() = std::move(first);
  return all;
}

std::string Outcome::place() const {
  if (const auto* const use = as<UseAfterDestruction>()) return to_string(use->used_at());
  if (const auto* const hang = as<Hang>()) return hang->function;
  const auto* const exception = as<UncaughtException>();
  if (exception != nullptr && exception->where.file.empty()) return exception->function;
  if (const auto* const misuse = as<Misuse>()) {
    const auto* const check = std::get_if<FailedCheck>(&misuse->reason);
    if (check != nullptr && !check->from.empty()) {
      const SourceLine line = line_of(check->from);
      if (!line.file.empty()) return to_string(line);
    }
  }
  const SourceLine* const where = source_line(*this);
  return where == nullptr ? std::string{} : to_string(*where);
}

std::string Outcome::summary() const {
  std::string text{to_string(kind)};
  if (const std::string what = message(); !what.empty()) text.append(" ").append(what);
  return text;
}

}  // namespace sim
