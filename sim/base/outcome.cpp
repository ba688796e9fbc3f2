#include <sim/base/outcome.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sim {
namespace {

constexpr std::array<std::string_view, 13> kWords{"passed",
                                                  "assertion",
                                                  "invariant",
                                                  "deadlock",
                                                  "step-bound",
                                                  "misuse",
                                                  "data-race",
                                                  "uncaught-exception",
                                                  "crash",
                                                  "hang",
                                                  "divergence",
                                                  "nondeterminism",
                                                  "use-after-destruction"};

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}

std::optional<OutcomeKind> outcome_kind(std::string_view word) {
  const auto* const found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<OutcomeKind>(found - kWords.begin());
}

SourceLine::SourceLine(SourceLocation where) : file(where.file_name()), line(where.line) {}

SourceLine line_of(const CallPath& path) {
  CodeLine found = place_of(path);
  SourceLine line;
  line.file = std::move(found.file);
  line.line = found.line;
  return line;
}

SourceLine UseAfterDestruction::used_at() const {
  return accessed_at.file.empty() ? line_of(used_from) : accessed_at;
}

SourceLine UseAfterDestruction::destroyed_at() const {
  return line_of(destroyed_from);
}

bool Deadlock::only_joins() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const WaitingTask& w) { return w.joins(); });
}

namespace {

/// The tasks for which `waiting` waits, as far as it is known.
std::vector<TaskId> awaited_by(const WaitingTask& waiting) {
  std::vector<TaskId> tasks;
  if (const auto* const wait = std::get_if<WaitsToExecute>(&waiting.waits_for)) {
    for (const Holder& holder : wait->held_by) tasks.push_back(holder.task.id);
  } else if (const auto* const join = std::get_if<WaitsToJoin>(&waiting.waits_for)) {
    tasks.push_back(join->task.id);
  }
  return tasks;
}

}  // namespace

std::vector<const WaitingTask*> Deadlock::cycle_first() const {
  // reached[i]: the tasks for which task i waits, directly or through others.
  std::vector<TaskSet> reached(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const TaskId awaited : awaited_by(tasks[i])) reached[i].insert(awaited);
  }
  for (std::size_t round = 0; round < tasks.size(); ++round) {
    for (TaskSet& its : reached) {
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (its.contains(tasks[i].task.id)) its = its | reached[i];
      }
    }
  }
  std::vector<const WaitingTask*> order;
  for (const bool in_cycle : {true, false}) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (reached[i].contains(tasks[i].task.id) == in_cycle) order.push_back(&tasks[i]);
    }
  }
  return order;
}

}  // namespace sim
