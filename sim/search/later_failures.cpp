#include <sim/search/later_failures.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>

namespace sim {
namespace {

/// The steps that happen before a failure: together they are enough to make it happen.
class FailureCause {
 public:
  FailureCause(const Causality& causality, const FailureNote& failure)
      : causality_(causality), failure_(failure), clock_(causality.tasks_max()) {
    // The failing code follows the last step of its task or, before the first one, its spawn.
    for (std::size_t i = failure.entries; i-- > 0;) {
      const TraceEntry& entry = causality[i].entry;
      const bool spawns =
          entry.kind == OperationKind::spawn && task_at(entry.value) == failure.task;
      if (entry.task != failure.task && !spawns) continue;
      const ClockView before = causality.clock(i);
      clock_.assign(before.begin(), before.end());
      break;
    }
  }

  /// Whether the cause of another failure is part of this one.
  [[nodiscard]] bool contains(const FailureCause& other) const {
    return contains(ClockView{other.clock_});
  }

  /// The entries of the cause in their order, as a trace of its own: tasks, objects and references
  /// to entries are renumbered as if nothing else had happened.
  [[nodiscard]] std::vector<TraceEntry> entries() const {
    std::vector<TraceEntry> kept;
    std::vector<std::size_t> index_in_kept(failure_.entries);
    std::array<TaskId, kTasksMax> renamed{};
    std::uint8_t tasks = 1;
    for (std::size_t i = 0; i < failure_.entries; ++i) {
      if (!contains(causality_.clock(i))) continue;
      TraceEntry entry = causality_[i].entry;
      index_in_kept[i] = kept.size();
      if (entry.kind == OperationKind::wake) entry.value = index_in_kept[entry.value];
      if (entry.kind == OperationKind::spawn) renamed[entry.value] = TaskId{tasks++};
      entry.task = renamed[index_of(entry.task)];
      const auto rename = [&](ObjectId object) {
        const ObjectId same = object_id(renamed[index_of(creator_of(object))], ordinal_of(object));
        return is_queue(object) ? queue_of(same) : same;
      };
      if (entry.kind == OperationKind::wait && !entry.failed) {
        entry.value = static_cast<std::uint64_t>(rename(*entry.second()));
      }
      if (entry.is_step()) entry.object = rename(entry.object);
      kept.push_back(entry);
    }
    return kept;
  }

 private:
  [[nodiscard]] bool contains(ClockView clock) const {
    return std::equal(clock.begin(), clock.end(), clock_.begin(), std::less_equal{});
  }

  const Causality& causality_;
  const FailureNote& failure_;
  std::vector<std::int32_t> clock_;
};

/// The failures of an execution; if a task repeats a failure, only its first.
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

void LaterFailures::count(const Engine& engine, const std::optional<Reproduction>& reproduction) {
  if (engine.failures().size() < 2) return;
  const std::vector<FailureNote> failures = different_failures(engine);
  if (failures.size() < 2) return;
  causality_.assign(engine.trace());
  std::vector<FailureCause> causes;
  for (const FailureNote& failure : failures) causes.emplace_back(causality_, failure);
  std::vector<std::uint64_t> counted{failures[0].group};
  for (std::size_t i = 1; i < failures.size(); ++i) {
    const std::uint64_t group = failures[i].group;
    const bool is_counted = std::find(counted.begin(), counted.end(), group) != counted.end();
    const auto depends_on = [&](const FailureCause& other) { return causes[i].contains(other); };
    const auto own = causes.begin() + static_cast<std::ptrdiff_t>(i);
    if (is_counted || std::any_of(causes.begin(), own, depends_on)) continue;
    if (count_alone(group, causes[i].entries(), reproduction)) counted.push_back(group);
  }
}

/// Runs only what a failure needs. Returns whether the failure comes first there; if so, it is
/// counted.
bool LaterFailures::count_alone(std::uint64_t group, const std::vector<TraceEntry>& cause,
                                const std::optional<Reproduction>& reproduction) {
  Recorder recorder;
  const Engine& engine = repeater_.repeat(cause, &recorder);
  const Outcome& outcome = engine.outcome();
  if (!outcome.failed() || outcome.group != group) return false;
  const auto failed = engine.trace().entries().first(outcome.entries);
  if (FailureGroup* const known = groups_.find(group)) {
    FailureGroups::count(*known, failed, reproduction);
  } else {
    groups_.add({group, 1, {failed.begin(), failed.end()}, reproduction, recorder.recording()});
  }
  return true;
}

}  // namespace sim
