#include <sim/diagnose/shrink.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <sim/diagnose/livelock.hpp>
#include <sim/schedule/follow_strategy.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/search/bounded.hpp>

namespace sim {
namespace {

using Entries = std::vector<ScheduleEntry>;

/// Schedules to try. Each is made when it is needed, because all together could be large.
struct Candidates {
  std::size_t count = 0;
  std::function<Entries(std::size_t)> make;
};

/// Follows the candidates one after the other.
class CandidatesStrategy final : public Strategy {
 public:
  CandidatesStrategy(const Candidates& candidates, std::size_t first)
      : candidates_(candidates), next_(first) {}

  SearchStatus begin_execution() override {
    if (next_ == candidates_.count) return SearchStatus::limit;
    entries_ = candidates_.make(next_++);
    follow_.emplace(entries_);
    return follow_->begin_execution();
  }
  std::uint32_t choose(const ChoicePoint& point) override { return follow_->choose(point); }

 private:
  const Candidates& candidates_;
  std::size_t next_;
  Entries entries_;
  std::optional<FollowStrategy> follow_;
};

const std::string& task_of(const ScheduleEntry& entry) {
  return std::visit([](const auto& what) -> const std::string& { return what.task; }, entry.what);
}

/// Splits a schedule into segments: the longest runs of consecutive entries of one task.
std::vector<Entries> segments_of(const Entries& entries) {
  std::vector<Entries> segments;
  for (const ScheduleEntry& entry : entries) {
    if (segments.empty() || task_of(segments.back().front()) != task_of(entry)) {
      segments.emplace_back();
    }
    segments.back().push_back(entry);
  }
  return segments;
}

void append(Entries& entries, std::span<const Entries> segments) {
  for (const Entries& segment : segments) {
    entries.insert(entries.end(), segment.begin(), segment.end());
  }
}

/// Leaves out each of `parts` parts of the segments in turn. The steps of that part are then made
/// with the next steps of their tasks, or after the last entry.
Candidates without_parts(const std::vector<Entries>& segments, std::size_t parts) {
  return {parts, [&segments, parts](std::size_t part) {
            const std::size_t begin = segments.size() * part / parts;
            const std::size_t end = segments.size() * (part + 1) / parts;
            Entries rest;
            append(rest, std::span{segments}.first(begin));
            append(rest, std::span{segments}.subspan(end));
            return rest;
          }};
}

/// Moves each segment in turn up to the previous segment of its task.
Candidates pulled_up(const std::vector<Entries>& segments) {
  return {segments.size(), [&segments](std::size_t i) {
            std::size_t before = i;
            while (before > 0 &&
                   task_of(segments[before - 1].front()) != task_of(segments[i].front())) {
              --before;
            }
            Entries moved;
            append(moved, std::span{segments}.first(before));
            append(moved, std::span{segments}.subspan(i, 1));
            append(moved, std::span{segments}.subspan(before, i - before));
            append(moved, std::span{segments}.subspan(i + 1));
            return moved;
          }};
}

/// Leaves out each task in turn.
Candidates without_tasks(const Entries& entries) {
  std::vector<std::string> tasks;
  for (const ScheduleEntry& entry : entries) {
    const bool known = std::find(tasks.begin(), tasks.end(), task_of(entry)) != tasks.end();
    if (!known) tasks.push_back(task_of(entry));
  }
  const std::size_t count = tasks.size();
  return {count, [&entries, tasks = std::move(tasks)](std::size_t i) {
            Entries rest;
            std::copy_if(entries.begin(), entries.end(), std::back_inserter(rest),
                         [&](const ScheduleEntry& entry) { return task_of(entry) != tasks[i]; });
            return rest;
          }};
}

/// The name that `task` has in a program without the task number `without`; empty if it is that
/// task or a child of it.
std::string renamed(const std::string& task, std::uint32_t without) {
  const std::size_t dot = std::min(task.find('.'), task.size());
  const unsigned long number = std::strtoul(task.c_str(), nullptr, 10);
  if (number == without) return {};
  return number < without ? task : fmt::format("{}{}", number - 1, task.substr(dot));
}

Entries renamed(const Entries& entries, std::uint32_t without) {
  Entries all;
  for (ScheduleEntry entry : entries) {
    const bool kept = std::visit(
        [&](auto& what) {
          what.task = renamed(what.task, without);
          return !what.task.empty();
        },
        entry.what);
    if (auto* const choice = std::get_if<ScheduledChoice>(&entry.what)) {
      choice->woken = choice->woken.empty() ? "" : renamed(choice->woken, without);
    }
    if (kept) all.push_back(std::move(entry));
  }
  return all;
}

/// What a task waits for, independent of which task waits and which task it waits for. Objects are
/// identified by name, because the programs that are compared may number them differently.
using Wait = std::tuple<std::size_t, OperationKind, std::string>;

Wait wait_of(const WaitingTask& task) {
  const std::size_t kind = task.waits_for.index();
  if (const auto* const wait = std::get_if<WaitsToExecute>(&task.waits_for)) {
    return {kind, wait->operation, wait->object.name};
  }
  if (const auto* const wait = std::get_if<WaitsForNotification>(&task.waits_for)) {
    return {kind, OperationKind{}, wait->queue.name};
  }
  return {kind, OperationKind::join, std::get<WaitsToJoin>(task.waits_for).task.name};
}

/// What the tasks of a deadlock wait for. Tasks that join are left out unless all of them do.
std::set<Wait> waits_of(const Outcome& outcome) {
  std::set<Wait> waits;
  const auto* const deadlock = outcome.as<Deadlock>();
  if (deadlock == nullptr) return waits;
  const bool only_joins = deadlock->only_joins();
  for (const WaitingTask& task : deadlock->tasks) {
    if (!task.joins() || only_joins) waits.insert(wait_of(task));
  }
  return waits;
}

class Shrinking {
 public:
  Shrinking(const Program& program, std::span<const TraceEntry> trace, Prober& prober)
      : prober_(prober), executions_before_(prober.executions()) {
    shrunk_.program = program;
    shrunk_.trace.assign(trace.begin(), trace.end());
    shrunk_.recording = prober.record(program, trace);
    if (shrunk_.recording.outcome.kind == OutcomeKind::divergence) {
      // The execution has reached a bound that was lower than that of the prober.
      prober.limit_executions(trace.size());
      Recording bounded = prober.record(program, trace);
      const bool is_it = bounded.outcome.kind == OutcomeKind::step_bound;
      if (is_it) shrunk_.recording = std::move(bounded);
      prober.limit_executions(SIZE_MAX);
    }
    shrunk_.before = shrunk_.after = size_of(trace);
    entries_ = shrunk_.recording.schedule_entries();
    target_ = target_of(shrunk_.recording);
    cut_after_deadlock();
  }

  Shrunk run() {
    const OutcomeKind kind = shrunk_.recording.outcome.kind;
    if (kind == OutcomeKind::step_bound) {
      shrink_livelock();
    } else if (shrunk_.recording.outcome.failed() && kind != OutcomeKind::divergence) {
      simplify();
      while (take_smaller_program()) simplify();
      search_simpler();
    }
    shrunk_.exhaustive = shrunk_.exhaustive && !prober_.is_spent();
    shrunk_.executions = prober_.executions() - executions_before_;
    return std::move(shrunk_);
  }

 private:
  /// Makes an execution that has the failure the best one so far. Returns false if it does not fail
  /// when it is the first execution of a new process.
  bool take(const Program& program, const Target& target, std::span<const TraceEntry> trace) {
    Recording recording = prober_.record(program, trace);
    if (!target.is(recording.outcome)) {
      unstable_ = true;
      return false;
    }
    shrunk_.trace.assign(trace.begin(), trace.end());
    shrunk_.after = size_of(trace);
    shrunk_.recording = std::move(recording);
    entries_ = shrunk_.recording.schedule_entries();
    cut_after_deadlock();
    return true;
  }

  /// Looks for a short execution that ends in the same livelock, and cuts it after the repeated
  /// steps have been made three times. An execution that reaches the bound on steps without a
  /// livelock is not shrunk.
  void shrink_livelock() {
    const auto found = short_livelock(shrunk_.program, shrunk_.recording, prober_);
    prober_.limit_executions(found ? found->size() : SIZE_MAX);
    if (found) take(shrunk_.program, target_, *found);
  }

  /// If other tasks have gone on after a deadlock of some tasks until the execution reached its
  /// bound, cuts their steps after the last one of the tasks in the deadlock.
  void cut_after_deadlock() {
    const std::optional<std::size_t> end = end_of_deadlock(shrunk_.recording);
    if (!end || *end >= shrunk_.trace.size()) return;
    prober_.limit_executions(*end);
    const std::span<const TraceEntry> part = std::span{shrunk_.trace}.first(*end);
    Recording recording = prober_.record(shrunk_.program, part);
    if (!target_.is(recording.outcome)) {
      prober_.limit_executions(shrunk_.trace.size());
      return;
    }
    shrunk_.trace.resize(*end);
    shrunk_.after = size_of(shrunk_.trace);
    shrunk_.recording = std::move(recording);
    entries_ = shrunk_.recording.schedule_entries();
  }

  [[nodiscard]] bool is_done() const { return unstable_ || prober_.is_spent(); }

  [[nodiscard]] bool is_simpler(std::span<const TraceEntry> trace) const {
    return size_of(trace) < shrunk_.after;
  }

  /// Searches for an execution of the strategy that has the failure and is simpler than the best
  /// one.
  Probe search(Strategy& strategy) {
    Probe probe;
    if (ends_process(target_.kind)) {
      probe = prober_.search(shrunk_.program, strategy, target_);
      probe.found = probe.found && is_simpler(probe.trace);
    } else {
      probe = prober_.search(shrunk_.program, strategy, [&](const Engine& engine) {
        return target_.is(engine.outcome()) && is_simpler(engine.trace().entries());
      });
    }
    if (probe.found) probe.found = take(shrunk_.program, target_, probe.trace);
    return probe;
  }

  /// Tries all candidates. A crash ends the child process, so the next candidates need another one.
  bool try_all(const Candidates& candidates) {
    for (std::size_t at = 0; at < candidates.count && !is_done();) {
      CandidatesStrategy strategy{candidates, at};
      const Probe probe = search(strategy);
      if (probe.found) return true;
      if (probe.exhaustive || probe.executions == 0) return false;
      at += probe.executions;
    }
    return false;
  }

  void simplify() {
    for (std::size_t parts = 1; !is_done();) {
      const std::vector<Entries> segments = segments_of(entries_);
      if (try_all(without_parts(segments, std::min(parts, segments.size())))) {
        parts = std::max<std::size_t>(parts - 1, 1);
      } else if (parts < segments.size()) {
        parts = std::min(parts * 2, segments.size());
      } else if (!try_all(without_tasks(entries_)) && !try_all(pulled_up(segments))) {
        return;
      }
    }
  }

  /// Replaces the program by the smallest one that has the failure too. Returns whether it did.
  bool take_smaller_program() {
    if (!shrunk_.program.smaller) return false;
    std::vector<SmallerProgram> smaller = shrunk_.program.smaller();
    for (SmallerProgram& candidate : smaller) candidate.program.bounds = shrunk_.program.bounds;
    for (auto candidate = smaller.rbegin(); candidate != smaller.rend(); ++candidate) {
      if (is_done()) return false;
      if (!take_smaller_program(*candidate)) continue;
      shrunk_.program = std::move(candidate->program);
      shrunk_.smaller = true;
      return true;
    }
    return false;
  }

  bool take_smaller_program(const SmallerProgram& smaller) {
    const std::uint64_t budget = prober_.options().steps_max / 20;
    // A deadlock of a smaller program has fewer tasks, so its group is another one.
    Target target = target_;
    target.any_group = target.kind == OutcomeKind::deadlock;
    const Candidates same{1, [&](std::size_t) {
                            return smaller.without ? renamed(entries_, *smaller.without) : entries_;
                          }};
    CandidatesStrategy follow{same, 0};
    Probe probe = prober_.search(smaller.program, follow, target, budget);
    if (!probe.found || size_of(probe.trace) > shrunk_.after) {
      BoundedStrategy few{static_cast<std::uint32_t>(shrunk_.after.preemptions)};
      probe = prober_.search(smaller.program, few, target, budget);
    }
    if (!probe.found || size_of(probe.trace) > shrunk_.after) return false;
    // A program that fails in every execution has another bug.
    BoundedStrategy any;
    const auto passes = [](const Engine& engine) { return !engine.outcome().failed(); };
    if (!prober_.search(smaller.program, any, passes, budget).found) return false;
    const std::set<Wait> waits = waits_of(shrunk_.recording.outcome);
    const Recording recording = prober_.record(smaller.program, probe.trace);
    const std::set<Wait> its = waits_of(recording.outcome);
    const bool waits_alike =
        !target.any_group || std::includes(waits.begin(), waits.end(), its.begin(), its.end());
    if (!waits_alike || !take(smaller.program, target, probe.trace)) return false;
    target_ = target_of(shrunk_.recording);
    return true;
  }

  /// Searches all executions with at most as many preemptions, those with fewer first.
  void search_simpler() {
    while (!is_done()) {
      if (!shrunk_.fewest && shrunk_.after.preemptions > 0) {
        BoundedStrategy fewer{static_cast<std::uint32_t>(shrunk_.after.preemptions) - 1};
        const Probe probe = search(fewer);
        if (probe.found) continue;
        shrunk_.exhaustive = shrunk_.exhaustive && probe.exhaustive;
        shrunk_.fewest = probe.exhaustive && !unstable_;
      }
      shrunk_.fewest = shrunk_.fewest || shrunk_.after.preemptions == 0;
      BoundedStrategy as_few{static_cast<std::uint32_t>(shrunk_.after.preemptions)};
      const Probe probe = search(as_few);
      if (probe.found) continue;
      shrunk_.exhaustive = shrunk_.exhaustive && probe.exhaustive;
      return;
    }
  }

  Prober& prober_;
  Shrunk shrunk_;
  Entries entries_;  ///< schedule of shrunk_.recording
  Target target_;
  bool unstable_ = false;  ///< a failure of one process did not happen in another
  std::uint64_t executions_before_ = 0;
};

}  // namespace

ScheduleSize size_of(std::span<const TraceEntry> trace) {
  ScheduleSize size;
  TaskSet tasks;
  for (const TraceEntry& entry : trace) {
    if (!entry.is_step()) continue;
    tasks.insert(entry.task);
    size.preemptions += entry.preemption ? 1 : 0;
    ++size.steps;
  }
  size.tasks = tasks.size();
  return size;
}

Shrunk shrink(const Program& program, std::span<const TraceEntry> trace, Prober& prober) {
  return Shrinking{program, trace, prober}.run();
}

std::string found_by_shrinking(const std::string& found_by) {
  constexpr const char* kShrunk = "shrunk";
  if (found_by.ends_with(kShrunk)) return found_by;
  return found_by.empty() ? kShrunk : found_by + ", " + kShrunk;
}

}  // namespace sim
