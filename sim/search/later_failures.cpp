#include <sim/search/later_failures.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <sim/memory/vector_clock.hpp>

namespace sim {
namespace {

/// The steps that happen before a failure. Executing only these steps produces the failure again.
class FailureCause {
 public:
  FailureCause(const HappensBefore& happens_before, const FailureNote& failure)
      : happens_before_(happens_before), failure_(failure) {
    // The failing code runs after the last step of its task or, before the first step, after its
    // spawn.
    for (std::size_t i = failure.entries; i-- > 0;) {
      const TraceEntry& entry = happens_before[i].entry;
      const bool spawns = entry.is_spawn() && entry.other_task() == failure.task;
      if (entry.task != failure.task && !spawns) continue;
      clock_ = VectorClock{happens_before.clock(i)};
      break;
    }
  }

  /// Whether the cause of another failure is part of this one.
  [[nodiscard]] bool contains(const FailureCause& other) const {
    return includes(clock_, other.clock_);
  }

  /// The entries of the cause as a separate trace: tasks, objects and references to entries are
  /// renumbered as if no other entries existed.
  [[nodiscard]] std::vector<TraceEntry> entries() {
    std::vector<TraceEntry> kept;
    std::vector<std::size_t> index_in_kept(failure_.entries);
    std::array<TaskId, kTasksMax> renamed{};
    std::uint8_t tasks = 1;
    for (std::size_t i = 0; i < failure_.entries; ++i) {
      if (!includes(clock_, happens_before_.clock(i))) continue;
      TraceEntry entry = happens_before_[i].entry;
      index_in_kept[i] = kept.size();
      if (entry.is_wake())
        entry = TraceEntry::wake(entry.task, index_in_kept[entry.notify_entry()]);
      if (entry.is_spawn() && !happens_before_.takes_place(i))
        renamed[index_of(entry.other_task())] = TaskId{tasks++};
      entry.task = renamed[index_of(entry.task)];
      const auto rename = [&](ObjectId object) {
        if (is_static(object)) return object;
        const ObjectId same = object_id(renamed[index_of(creator_of(object))], ordinal_of(object));
        return is_queue(object) ? queue_of(same) : same;
      };
      if (row_of(entry.kind).also_writes == AlsoWrites::released_mutex) {
        entry.set_released_mutex(rename(entry.released_mutex()));
      }
      if (entry.is_step()) entry.object = rename(entry.object);
      kept.push_back(entry);
    }
    task_ = renamed[index_of(failure_.task)];
    return kept;
  }
  /// The failing task in the trace that entries() has returned.
  [[nodiscard]] TaskId task() const { return task_; }

 private:
  const HappensBefore& happens_before_;
  const FailureNote& failure_;
  VectorClock clock_;
  TaskId task_{};
};

/// The failures of an execution. If a task repeats a failure, only the first one is included.
std::vector<FailureNote> different_failures(const Engine& engine) {
  std::vector<FailureNote> different;
  for (const FailureNote& failure : engine.failures()) {
    const auto same = [&](const FailureNote& other) {
      return other.group == failure.group && other.task == failure.task;
    };
    if (std::none_of(different.begin(), different.end(), same)) different.push_back(failure);
  }
  return different;
}

}  // namespace

void LaterFailures::count(const Engine& engine, const std::optional<Reproduction>& reproduction,
                          std::span<const FatalPoint> fatal) {
  if (engine.failures().size() < 2) return;
  const std::vector<FailureNote> failures = different_failures(engine);
  if (failures.size() < 2) return;
  happens_before_.assign(engine.trace());
  std::vector<FailureCause> causes;
  for (const FailureNote& failure : failures) causes.emplace_back(happens_before_, failure);
  std::vector<std::uint64_t> counted{failures[0].group};
  for (std::size_t i = 1; i < failures.size(); ++i) {
    const std::uint64_t group = failures[i].group;
    const bool is_counted = std::find(counted.begin(), counted.end(), group) != counted.end();
    const auto depends_on = [&](const FailureCause& other) { return causes[i].contains(other); };
    const auto own = causes.begin() + static_cast<std::ptrdiff_t>(i);
    if (is_counted || std::any_of(causes.begin(), own, depends_on)) continue;
    const std::vector<TraceEntry> cause = causes[i].entries();
    std::vector<FatalPoint> points;
    for (const FatalPoint& point : fatal) {
      if (point.group != group || point.task != failures[i].task) continue;
      points.push_back(point);
      points.back().task = causes[i].task();
      points.back().steps = Trace{cause}.length();
    }
    if (count_alone(group, cause, reproduction, std::move(points))) counted.push_back(group);
  }
}

/// Runs only the entries of `cause`. If the first failure of that execution is of `group`, counts
/// it and returns true.
bool LaterFailures::count_alone(std::uint64_t group, const std::vector<TraceEntry>& cause,
                                const std::optional<Reproduction>& reproduction,
                                std::vector<FatalPoint> fatal) {
  Recorder recorder;
  const Engine& engine = repeater_.repeat(cause, &recorder, std::move(fatal));
  const Outcome& outcome = engine.outcome();
  if (!outcome.failed() || outcome.group != group) return false;
  const auto failed = engine.trace().entries().first(outcome.entries);
  if (FailureGroup* const known = groups_.find(group)) {
    FailureGroups::count(*known, failed, reproduction);
  } else {
    groups_.add({group, 1, {failed.begin(), failed.end()}, reproduction, 0, recorder.recording()});
  }
  return true;
}

}  // namespace sim
