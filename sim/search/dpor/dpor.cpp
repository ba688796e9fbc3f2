#include <sim/search/dpor/dpor.hpp>

#include <algorithm>

namespace sim {

DporStrategy::DporStrategy() : SplittableStrategy(kCapabilities) {
  branches_.push(Branch{});
}

SearchStatus DporStrategy::begin_execution() {
  if (status_ != SearchStatus::running) return status_;
  if (branches_.empty()) return status_ = SearchStatus::exhausted;
  // This cannot fail: the stack contains only branches that push() has encoded.
  static_cast<void>(branch_.read(branches_.top()));
  branches_.pop();
  if (branch_.alternatives > 0 && branch_.choices.back().index + 1 < branch_.alternatives) {
    // The remaining alternatives of this choice stay on the stack as one branch.
    ++branch_.choices.back().index;
    branches_.push(branch_);
    --branch_.choices.back().index;
  }
  steps_made_ = 0;
  choice_made_.assign(branch_.choices.size(), false);
  choice_new_.clear();
  displaced_is_due_ = !branch_.wakeup_sequences.empty() &&
                      branch_.wakeup_sequences.back().end + 1 == branch_.steps.size();
  actual_known_ = 0;
  return status_;
}

std::string DporStrategy::save() const {
  std::string bytes;
  ByteWriter out{bytes};
  branches_.write(out);
  return bytes;
}

bool DporStrategy::resume(std::string_view part) {
  branches_.clear();
  status_ = SearchStatus::running;
  ByteReader in{part};
  while (in.has_more()) {
    if (checked_.read(in.text()) && checked_.is_well_formed()) {
      branches_.push(checked_);
    } else {
      in.fail();
    }
  }
  if (!in.ok()) branches_.clear();
  return in.ok();
}

std::optional<std::string> DporStrategy::split() {
  const std::size_t count = branches_.size() / 2;
  if (count == 0) return std::nullopt;
  std::string bytes;
  ByteWriter out{bytes};
  branches_.move_bottom(count, out);
  return bytes;
}

SearchProgress DporStrategy::progress() const {
  return {std::nullopt, branches_.size()};
}

// ---------------------------------------------------------------------------------------------
// Running

SIM_FAST_BITS std::uint32_t DporStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return choose_value(point);
  if (steps_made_ == branch_.steps.size()) return choose_default(point);
  const std::optional<TaskId> task = actual(branch_.steps[steps_made_++], *point.names);
  return task ? point.index_of_task(*task).value_or(kRefuse) : kRefuse;
}

SIM_FAST_BITS std::uint32_t DporStrategy::choose_default(const ChoicePoint& point) {
  if (displaced_is_due_) {
    displaced_is_due_ = false;
    const std::optional<TaskId> task =
        actual(branch_.wakeup_sequences.back().displaced_task, *point.names);
    if (const auto index = task ? point.index_of_task(*task) : std::nullopt) return *index;
  }
  return point.default_index();
}

std::uint32_t DporStrategy::choose_value(const ChoicePoint& point) {
  const TaskId chooser = *point.chooser;
  for (std::size_t i = 0; i < branch_.choices.size(); ++i) {
    if (choice_made_[i] || actual(branch_.choices[i].task, *point.names) != chooser) continue;
    choice_made_[i] = true;
    choice_new_.push_back(false);
    return branch_.choices[i].index < point.alternatives ? branch_.choices[i].index : kRefuse;
  }
  choice_new_.push_back(true);
  return 0;
}

/// The TaskId in this execution of the task that the branch calls `named`; empty if the task does
/// not exist yet.
std::optional<TaskId> DporStrategy::find_actual(TaskId named, const NameTable& names) {
  const auto& origins = branch_.origins;
  if (actual_known_ == 0) actual_.fill(std::nullopt);
  for (; actual_known_ < names.task_count(); ++actual_known_) {
    const TaskId task = task_at(actual_known_);
    named_[actual_known_].reset();
    for (std::size_t name = 0; name < origins.size(); ++name) {
      const bool same = task == kMainTask
                            ? name == 0
                            : name != 0 && origins[name].child_number == names.child_number(task) &&
                                  origins[name].parent == named_[index_of(names.parent_of(task))];
      if (!same) continue;
      actual_[name] = task;
      named_[actual_known_] = task_at(name);
    }
  }
  return actual_[index_of(named)];
}

// ---------------------------------------------------------------------------------------------
// Finding the next executions

std::string_view DporStrategy::unsupported_because_of(const TraceContext& context) {
  if (context.transient_invariant) {
    return "an invariant begins or ends while other tasks run, so what it sees depends on more "
           "than "
           "the order of conflicting steps; make it before they are started and keep it until they "
           "are joined, or use the strategy exhaustive or bounded";
  }
  return {};
}

void DporStrategy::end_execution(const Trace& trace) {
  if (const auto reason = unsupported_because_of(trace.context()); !reason.empty()) {
    status_ = end_search(SearchStatus::unsupported, reason);
    return;
  }
  const bool all_made =
      steps_made_ == branch_.steps.size() &&
      std::find(choice_made_.begin(), choice_made_.end(), false) == choice_made_.end();
  if (!all_made || !rename_displaced_tasks()) {
    status_ = end_diverged();
    return;
  }
  // The execution that made the branch has reversed the races of all its steps but the last.
  const std::size_t first_new =
      branch_.steps.size() - (branch_.alternatives == 0 && !branch_.steps.empty() ? 1 : 0);
  std::size_t entry = last_.reuse_common_prefix(trace, branch_);
  reverser_.begin(trace);
  auto entries = trace.entries();
  // Joins at the end have no effect on the order, because no step follows them.
  while (trace.context().blocked.empty() && entries.size() > entry && entries.back().is_join()) {
    entries = entries.first(entries.size() - 1);
  }
  for (; entry < entries.size(); ++entry) {
    last_.add(entries[entry]);
    if (!entries[entry].is_step() || last_[entry].step < first_new) continue;
    reverser_.reverse_races_of(static_cast<std::uint32_t>(entry));
  }
  for (const BlockedTask& blocked : trace.context().blocked) reverser_.reverse_blocked(blocked);
  reverser_.branch_choices(choice_new_);
}

/// Replaces the displaced tasks of the branch by their TaskIds in this execution. Returns false if
/// one of them does not exist in it.
bool DporStrategy::rename_displaced_tasks() {
  if (branch_.origins.empty()) return true;
  for (WakeupSequence& sequence : branch_.wakeup_sequences) {
    const std::optional<TaskId>& task = actual_[index_of(sequence.displaced_task)];
    if (!task) return false;
    sequence.displaced_task = *task;
  }
  return true;
}

}  // namespace sim
