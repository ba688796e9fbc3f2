#include <sim/shrink.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <sim/schedule.hpp>
#include <sim/strategies/bounded.hpp>
#include <sim/strategies/follow.hpp>

namespace sim {
namespace {

using Entries = std::vector<ScheduleEntry>;

/// Follows one order after the other.
class CandidatesStrategy final : public Strategy {
 public:
  explicit CandidatesStrategy(const std::vector<Entries>& candidates) : candidates_(candidates) {}

  bool begin_execution() override {
    if (next_ == candidates_.size()) return false;
    follow_ = std::make_unique<FollowStrategy>(candidates_[next_++]);
    return follow_->begin_execution();
  }
  std::uint32_t choose(const ChoicePoint& point) override { return follow_->choose(point); }

 private:
  const std::vector<Entries>& candidates_;
  std::size_t next_ = 0;
  std::unique_ptr<FollowStrategy> follow_;
};

const std::string& task_of(const ScheduleEntry& entry) {
  return std::visit([](const auto& what) -> const std::string& { return what.task; }, entry.what);
}

/// What a task does before another one goes on.
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

Entries joined(std::span<const Entries> segments) {
  Entries entries;
  for (const Entries& segment : segments) {
    entries.insert(entries.end(), segment.begin(), segment.end());
  }
  return entries;
}

/// Without each of `parts` parts in turn: the steps in it are made with the next ones of their
/// tasks, or behind the end.
std::vector<Entries> without_parts(const std::vector<Entries>& segments, std::size_t parts) {
  std::vector<Entries> candidates;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto begin = static_cast<std::ptrdiff_t>(segments.size() * part / parts);
    const auto end = static_cast<std::ptrdiff_t>(segments.size() * (part + 1) / parts);
    std::vector<Entries> rest{segments.begin(), segments.begin() + begin};
    rest.insert(rest.end(), segments.begin() + end, segments.end());
    candidates.push_back(joined(rest));
  }
  return candidates;
}

/// With each segment in turn made at once with the one before of its task.
std::vector<Entries> pulled_up(const std::vector<Entries>& segments) {
  std::vector<Entries> candidates;
  for (std::size_t i = 2; i < segments.size(); ++i) {
    const auto same = [&](const Entries& other) {
      return task_of(other.front()) == task_of(segments[i].front());
    };
    const auto here = segments.rend() - static_cast<std::ptrdiff_t>(i);
    const auto before = std::find_if(here, segments.rend(), same);
    if (before == segments.rend()) continue;
    std::vector<Entries> moved{segments.begin(), before.base()};
    moved.push_back(segments[i]);
    moved.insert(moved.end(), before.base(), segments.begin() + static_cast<std::ptrdiff_t>(i));
    moved.insert(moved.end(), segments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                 segments.end());
    candidates.push_back(joined(moved));
  }
  return candidates;
}

/// Without each task in turn.
std::vector<Entries> without_tasks(const Entries& entries) {
  std::vector<std::string> tasks;
  for (const ScheduleEntry& entry : entries) {
    const bool known = std::find(tasks.begin(), tasks.end(), task_of(entry)) != tasks.end();
    if (!known) tasks.push_back(task_of(entry));
  }
  std::vector<Entries> candidates;
  for (const std::string& task : tasks) {
    Entries rest;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(rest),
                 [&](const ScheduleEntry& entry) { return task_of(entry) != task; });
    candidates.push_back(std::move(rest));
  }
  return candidates;
}

/// The name of a task in a program that has no task `without` any more; empty where it is that one
/// or one of its own.
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

class Shrinking {
 public:
  Shrinking(const Program& program, std::span<const TraceEntry> trace, Prober& prober)
      : prober_(prober) {
    shrunk_.program = program;
    take(trace);
    shrunk_.before = shrunk_.after;
    executions_before_ = prober.executions();
  }

  Shrunk run() {
    const Outcome& outcome = shrunk_.recording.outcome;
    // Of a program that is another one when it runs again nothing can be made simpler.
    if (outcome.failed() && outcome.kind != OutcomeKind::divergence) {
      target_ = {outcome.kind, outcome.group, outcome.message, false};
      simplify();
      while (take_smaller_program()) simplify();
      search_simpler();
    }
    shrunk_.whole = !prober_.is_spent();
    shrunk_.executions = prober_.executions() - executions_before_;
    return std::move(shrunk_);
  }

 private:
  void take(std::span<const TraceEntry> trace) {
    shrunk_.trace.assign(trace.begin(), trace.end());
    shrunk_.after = size_of(shrunk_.trace);
    shrunk_.recording = prober_.record(shrunk_.program, shrunk_.trace);
    entries_ = shrunk_.recording.schedule_entries();
  }

  [[nodiscard]] bool is_simpler(std::span<const TraceEntry> trace) const {
    return size_of(trace) < shrunk_.after;
  }

  /// Takes the first execution of the strategy that fails so and is simpler.
  Probe search(Strategy& strategy) {
    Probe probe;
    if (target_.dies()) {
      probe = prober_.search(shrunk_.program, strategy, target_);
      probe.found = probe.found && is_simpler(probe.trace);
    } else {
      probe = prober_.search(shrunk_.program, strategy, [&](const Engine& engine) {
        return target_.is(engine.outcome()) && is_simpler(engine.trace().entries());
      });
    }
    if (probe.found) take(probe.trace);
    return probe;
  }

  /// A crash ends the child: what is behind it in the list needs another one.
  bool try_all(const std::vector<Entries>& candidates) {
    const bool dies = target_.dies();
    for (std::size_t at = 0; at < candidates.size();) {
      const std::vector<Entries> rest{candidates.begin() + static_cast<std::ptrdiff_t>(at),
                                      candidates.end()};
      CandidatesStrategy strategy{rest};
      const Probe probe = search(strategy);
      if (probe.found) return true;
      if (prober_.is_spent() || probe.executions == 0) return false;
      if (!dies && probe.whole) return false;
      at += probe.executions;
    }
    return false;
  }

  void simplify() {
    for (std::size_t parts = 1; !prober_.is_spent();) {
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

  /// Whether a smaller program fails so too.
  bool take_smaller_program() {
    if (!shrunk_.program.smaller) return false;
    std::vector<SmallerProgram> smaller = shrunk_.program.smaller();
    for (auto candidate = smaller.rbegin(); candidate != smaller.rend(); ++candidate) {
      Target target = target_;
      // Its deadlocks are of fewer tasks.
      target.any_group = target.kind == OutcomeKind::deadlock;
      const std::vector<Entries> same{candidate->without ? renamed(entries_, *candidate->without)
                                                         : entries_};
      CandidatesStrategy follow{same};
      Probe probe = prober_.search(candidate->program, follow, target);
      if (!probe.found) {
        BoundedStrategy few{static_cast<std::uint32_t>(shrunk_.after.preemptions)};
        probe = prober_.search(candidate->program, few, target, prober_.options().steps_max / 20);
      }
      if (!probe.found) continue;
      shrunk_.program = std::move(candidate->program);
      shrunk_.smaller = true;
      take(probe.trace);
      target_.group = shrunk_.recording.outcome.group;
      return true;
    }
    return false;
  }

  /// All executions there are with no more preemptions, the fewest first.
  void search_simpler() {
    for (bool found = true; found && !prober_.is_spent();) {
      BoundedStrategy fewer{static_cast<std::uint32_t>(shrunk_.after.preemptions)};
      found = false;
      if (shrunk_.after.preemptions > 0) {
        BoundedStrategy few{static_cast<std::uint32_t>(shrunk_.after.preemptions) - 1};
        const Probe probe = search(few);
        shrunk_.fewest = !probe.found && probe.whole;
        found = probe.found;
      } else {
        shrunk_.fewest = true;
      }
      if (!found) found = search(fewer).found;
    }
  }

  Prober& prober_;
  Shrunk shrunk_;
  Entries entries_;  ///< of shrunk_.recording
  Target target_;
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

}  // namespace sim
