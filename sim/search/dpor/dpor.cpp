#include <sim/search/dpor/dpor.hpp>

#include <algorithm>

namespace sim {
namespace {

bool chose_otherwise(const TraceEntry& choice) {
  return choice.value != 0;
}

std::optional<std::uint32_t> to_entry(std::int32_t entry) {
  return entry < 0 ? std::nullopt : std::optional{static_cast<std::uint32_t>(entry)};
}
std::optional<std::uint32_t> to_entry(std::optional<std::size_t> entry) {
  return entry ? std::optional{static_cast<std::uint32_t>(*entry)} : std::nullopt;
}

}  // namespace

DporStrategy::DporStrategy() : SplittableStrategy(kCapabilities) {
  branches_.push(Branch{});
}

SearchStatus DporStrategy::begin_execution() {
  if (status_ != SearchStatus::running) return status_;
  if (branches_.empty()) return status_ = SearchStatus::exhausted;
  // Only branches that can be read are kept.
  static_cast<void>(branch_.read(branches_.top()));
  branches_.pop();
  if (branch_.alternatives > 0 && branch_.choices.back().index + 1 < branch_.alternatives) {
    // The next answer to the same choice is a branch of its own.
    ++branch_.choices.back().index;
    branches_.push(branch_);
    --branch_.choices.back().index;
  }
  steps_made_ = 0;
  choice_made_.assign(branch_.choices.size(), false);
  choice_new_.clear();
  detoured_ = !branch_.detours.empty() && branch_.detours.back().end + 1 == branch_.steps.size();
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
    if (child_.read(in.text()) && child_.is_well_formed()) {
      branches_.push(child_);
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
  return task && point.enabled.contains(*task) ? point.enabled.rank(*task) : kRefuse;
}

SIM_FAST_BITS std::uint32_t DporStrategy::choose_default(const ChoicePoint& point) {
  if (detoured_) {
    detoured_ = false;
    const std::optional<TaskId> skipped = actual(branch_.detours.back().skipped, *point.names);
    if (skipped && point.enabled.contains(*skipped)) return point.enabled.rank(*skipped);
  }
  const bool goes_on = point.current && point.enabled.contains(*point.current);
  return goes_on ? point.enabled.rank(*point.current) : 0;
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

/// The number that a task of the branch has in this execution; empty where it is not there yet.
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
// Looking for races

void DporStrategy::end_execution(const Trace& trace) {
  if (trace.context().yielded) {
    status_ = end_search(
        SearchStatus::unsupported,
        "the test calls sim::yield(), whose effect depends on more than the order of conflicting "
        "steps; explore it with the strategy exhaustive or bounded");
    return;
  }
  if (trace.context().transient_invariant) {
    status_ = end_search(
        SearchStatus::unsupported,
        "an invariant begins or ends while other tasks run, so what it sees depends on more than "
        "the order of conflicting steps; make it before they are started and keep it until they "
        "are joined, or use the strategy exhaustive or bounded");
    return;
  }
  const bool all_made =
      steps_made_ == branch_.steps.size() &&
      std::find(choice_made_.begin(), choice_made_.end(), false) == choice_made_.end();
  if (!all_made || !rename_skipped()) {
    status_ = end_diverged();
    return;
  }
  comparisons_ = trace.context().comparisons;
  admissions_ = trace.context().admissions;
  // Of the branch, only the step that it was made for is in races that no one has seen.
  const std::size_t first_new =
      branch_.steps.size() - (branch_.alternatives == 0 && !branch_.steps.empty() ? 1 : 0);
  std::size_t entry = take_over(trace);
  auto entries = trace.entries();
  // What tasks join at the end orders nothing any more.
  while (trace.context().blocked.empty() && entries.size() > entry &&
         entries.back().kind == OperationKind::join) {
    entries = entries.first(entries.size() - 1);
  }
  for (; entry < entries.size(); ++entry) {
    add(entries[entry]);
    const Causality::Node& node = causality_[entry];
    if (!node.entry.is_step() || node.step < first_new) continue;
    const auto number = static_cast<std::uint32_t>(entry);
    if (!causality_.races().empty()) {
      reverse_races(number);
    } else if (may_wait(node.entry.kind)) {
      reverse_attempt(node.entry, node.before, number, admitting(node.entry, number));
    }
  }
  for (const BlockedTask& blocked : trace.context().blocked) {
    const TraceEntry step{blocked.task, blocked.kind, false, false, blocked.object, 0};
    const std::optional<std::uint32_t> before =
        blocked.kind == OperationKind::await_value
            ? to_entry(blocked.admitted_by)
            : to_entry(causality_.last_admitting(step, std::nullopt));
    reverse_attempt(step, causality_.last_of(blocked.task), std::nullopt, before);
  }
  branch_choices();
}

/// Gives the tasks that the branch's detours skip the numbers they have in this execution. False
/// where one of them was not there.
bool DporStrategy::rename_skipped() {
  if (branch_.origins.empty()) return true;
  for (Detour& detour : branch_.detours) {
    const std::optional<TaskId>& task = actual_[index_of(detour.skipped)];
    if (!task) return false;
    detour.skipped = *task;
  }
  return true;
}

/// Keeps what this execution has in common with the last one, up to the end of the branch, and
/// makes room for the rest. Returns how many entries are kept.
std::size_t DporStrategy::take_over(const Trace& trace) {
  const auto entries = trace.entries();
  const auto coupled = trace.context().jointly_observed;
  if (!std::equal(coupled.begin(), coupled.end(), coupled_.begin(), coupled_.end())) {
    cut(0);
    coupled_.assign(coupled.begin(), coupled.end());
    causality_.couple(coupled);
  }
  std::size_t same = 0;
  for (; same < std::min(entries.size(), causality_.size()); ++same) {
    if (entries[same] != causality_[same].entry) break;
    if (entries[same].is_step() && causality_[same].step + 1 >= branch_.steps.size()) break;
  }
  cut(same);
  std::size_t tasks = tasks_;
  for (std::size_t i = same; i < entries.size(); ++i) {
    if (entries[i].kind == OperationKind::spawn) tasks = entries[i].value + 1;
  }
  if (tasks > causality_.tasks_max()) {
    cut(same = 0);
    causality_.reserve_tasks(tasks);
    no_clock_.assign(causality_.tasks_max(), 0);
  }
  in_detour_.assign(entries.size(), false);
  for (const Detour& detour : branch_.detours) {
    std::fill(in_detour_.begin() + detour.begin, in_detour_.begin() + detour.end + 1, true);
  }
  return same;
}

void DporStrategy::add(const TraceEntry& entry) {
  if (entry.is_step()) {
    steps_.push_back(entry.task);
  } else if (entry.kind == OperationKind::choice) {
    chosen_.push_back(static_cast<std::uint32_t>(causality_.size()));
  } else if (entry.kind == OperationKind::spawn) {
    parent_[entry.value] = entry.task;
    ordinal_[entry.value] = ++children_[index_of(entry.task)];
    nested_ += entry.task != kMainTask ? 1 : 0;
    ++tasks_;
  }
  causality_.add(entry);
}

void DporStrategy::cut(std::size_t entries) {
  for (std::size_t i = causality_.size(); i-- > entries;) {
    const TraceEntry& entry = causality_[i].entry;
    if (entry.is_step()) {
      steps_.pop_back();
    } else if (entry.kind == OperationKind::choice) {
      chosen_.pop_back();
    } else if (entry.kind == OperationKind::spawn) {
      --children_[index_of(entry.task)];
      nested_ -= entry.task != kMainTask ? 1 : 0;
      --tasks_;
    }
  }
  causality_.cut(entries);
}

void DporStrategy::reverse_races(std::uint32_t entry) {
  const ClockView clock = causality_.clock(entry);
  const std::int32_t floor = barrier(clock, entry);
  const Causality::Node& node = causality_[entry];
  for (const std::uint32_t racing : causality_.races()) {
    if (static_cast<std::int32_t>(causality_[racing].step) <= floor) break;
    reverse({racing, node.entry, node.before, clock, node.step, entry});
  }
}

/// The last step that found the object in a state which admits `step`, which was made as `entry`.
std::optional<std::uint32_t> DporStrategy::admitting(const TraceEntry& step,
                                                     std::uint32_t entry) const {
  if (step.kind != OperationKind::await_value) {
    return to_entry(causality_.last_admitting(step, entry));
  }
  const auto found =
      std::lower_bound(admissions_.begin(), admissions_.end(), entry,
                       [](const Admission& a, std::size_t at) { return a.entry < at; });
  return to_entry(found->before);
}

/// A task has come to a step that had to wait, behind entry `ready`; it could have made it before
/// `before`, the last step that found the object in a state which admits it, unless that one comes
/// before `ready` anyway. `entry` is the step, where it was made. Earlier such states are seen
/// where this task comes between.
void DporStrategy::reverse_attempt(const TraceEntry& step, std::int32_t ready,
                                   std::optional<std::uint32_t> entry,
                                   std::optional<std::uint32_t> before) {
  // Who has arrived stays: what is awaited was never there before.
  if (step.kind == OperationKind::await || !before) return;
  const std::uint32_t racing = *before;
  const ClockView clock =
      ready < 0 ? ClockView{no_clock_} : causality_.clock(static_cast<std::size_t>(ready));
  if (causality_.in(racing, clock)) return;
  if (static_cast<std::int32_t>(causality_[racing].step) <= barrier(clock, entry)) return;
  std::uint32_t until = 0;
  if (ready >= 0) {
    const Causality::Node& node = causality_[static_cast<std::size_t>(ready)];
    until = node.step + (node.entry.is_step() ? 1 : 0);
  }
  reverse({racing, step, ready, clock, until, entry});
}

/// The last step that is, or is the end of, a detour or choice which is not in `clock`: a race with
/// it or with a step before it belongs to another execution. -1 where there is none. `racing` is
/// the entry that the clock belongs to.
std::int32_t DporStrategy::barrier(ClockView clock, std::optional<std::uint32_t> racing) const {
  std::int32_t floor = -1;
  for (auto i = branch_.detours.size(); i-- > 0;) {
    const std::uint32_t end = causality_.entry_of(branch_.detours[i].end);
    if (end == racing || causality_.in(end, clock)) continue;
    floor = static_cast<std::int32_t>(branch_.detours[i].end);
    break;
  }
  for (const std::uint32_t choice : chosen_) {
    if (chose_otherwise(causality_[choice].entry)) {
      floor = std::max(floor, barrier_of_choice(choice, clock));
    }
  }
  return floor;
}

std::int32_t DporStrategy::barrier_of_choice(std::uint32_t choice, ClockView clock) const {
  const ClockView needs = causality_.clock(choice);
  for (auto step = static_cast<std::int32_t>(causality_[choice].step); step-- > 0;) {
    const std::uint32_t entry = causality_.entry_of(static_cast<std::size_t>(step));
    if (causality_.in(entry, needs) && !causality_.in(entry, clock)) return step;
  }
  return -1;
}

/// Whether a choice that depends on `entry` was answered otherwise than by default.
bool DporStrategy::chose_behind(std::uint32_t entry) const {
  return std::any_of(chosen_.rbegin(), chosen_.rend(), [&](std::uint32_t choice) {
    return choice > entry && chose_otherwise(causality_[choice].entry) &&
           causality_.in(entry, causality_.clock(choice));
  });
}

/// Whether the detours that stand before the racing step d, all of them taken to come before d, are
/// in their canonical order with x as one more.
bool DporStrategy::is_least(const Reversal& reversal) const {
  std::uint32_t step = causality_[reversal.racing].step;
  const TaskId skipped = causality_[reversal.racing].entry.task;
  for (auto i = branch_.detours.size(); i-- > 0;) {
    const Detour& detour = branch_.detours[i];
    if (detour.end >= step) continue;
    if (detour.end + 1 != step || detour.skipped != skipped) break;
    const std::uint32_t end = causality_.entry_of(detour.end);
    // Behind one of them, x is not among the steps that any of those before it was chosen from.
    if (is_behind(reversal, end)) break;
    if (comes_first(reversal, end)) return false;
    step = detour.begin;
  }
  return true;
}

/// Whether the result of `entry` may be another one before the racing step than behind it.
bool DporStrategy::is_open(const Reversal& reversal, const TraceEntry& entry) const {
  const TraceEntry& racing = causality_[reversal.racing].entry;
  if (entry.object != racing.object && entry.object != racing.second()) return false;
  switch (entry.kind) {
    case OperationKind::compare_exchange:
    case OperationKind::try_lock:
    case OperationKind::try_lock_until:
    case OperationKind::try_lock_shared:
    case OperationKind::try_lock_shared_until:
    case OperationKind::try_acquire:
    case OperationKind::try_acquire_until:
      return true;
    default:
      return false;
  }
}

/// The order in which steps that do not depend on each other are taken before the same d: those
/// whose result is known first, then by task.
bool DporStrategy::comes_first(const Reversal& reversal, std::uint32_t other) const {
  const TraceEntry& end = causality_[other].entry;
  const bool open = is_open(reversal, reversal.step);
  if (open != is_open(reversal, end)) return !open;
  return precedes(reversal.step.task, end.task);
}

/// Whether x, before d, depends on `other`, the end of an earlier detour, or on a step that does.
bool DporStrategy::is_behind(const Reversal& reversal, std::uint32_t other) const {
  if (reversal.ready >= 0 &&
      causality_.in(other, causality_.clock(static_cast<std::size_t>(reversal.ready)))) {
    return true;
  }
  const std::uint32_t racing = causality_[reversal.racing].step;
  for (std::uint32_t step = racing + 1; step < reversal.until; ++step) {
    const std::uint32_t entry = causality_.entry_of(step);
    if (causality_.in(entry, reversal.needs) && causality_.in(other, causality_.clock(entry))) {
      return true;
    }
  }
  const bool changes = would_change(reversal, other);
  for (std::uint32_t step = causality_[other].step; step < racing; ++step) {
    const std::uint32_t entry = causality_.entry_of(step);
    if (causality_.in(other, causality_.clock(entry)) &&
        causality_.conflict(entry, reversal.step, changes)) {
      return true;
    }
  }
  return false;
}

/// Whether x, before d, changes anything. Where its result is open and `other` is an operation of
/// the same kinds that left the object as it was, both find it in the same state; else it makes no
/// difference here.
bool DporStrategy::would_change(const Reversal& reversal, std::uint32_t other) const {
  const TraceEntry& end = causality_[other].entry;
  const TraceEntry& step = reversal.step;
  if (!is_open(reversal, step)) return !step.failed;
  if (!is_open(reversal, end) || end.is_write()) return false;
  const auto comparison = [this](std::size_t entry) {
    return std::lower_bound(comparisons_.begin(), comparisons_.end(), entry,
                            [](const Comparison& c, std::size_t at) { return c.entry < at; });
  };
  switch (step.kind) {
    case OperationKind::try_lock:
    case OperationKind::try_lock_until:
      return end.value == kFree;
    case OperationKind::try_lock_shared:
    case OperationKind::try_lock_shared_until:
      return end.value != kHeldByOne;
    case OperationKind::try_acquire:
    case OperationKind::try_acquire_until:
      return end.value > 0;
    default:
      return comparison(*reversal.entry)->expected == comparison(other)->found;
  }
}

/// An order of tasks that is the same in every interleaving.
bool DporStrategy::precedes(TaskId a, TaskId b) const {
  if (nested_ == 0) return a < b;
  const auto path = [this](TaskId task) {
    std::vector<std::uint32_t> ordinals;
    for (; task != kMainTask; task = parent_[index_of(task)]) {
      ordinals.insert(ordinals.begin(), ordinal_[index_of(task)]);
    }
    return ordinals;
  };
  return path(a) < path(b);
}

// ---------------------------------------------------------------------------------------------
// New branches

void DporStrategy::reverse(const Reversal& reversal) {
  const Causality::Node& racing = causality_[reversal.racing];
  if (in_detour_[racing.step] || !is_least(reversal)) return;
  if (!chosen_.empty() && chose_behind(reversal.racing)) return;
  child_.clear();
  child_.steps.assign(steps_.begin(), steps_.begin() + racing.step);
  for (std::uint32_t step = racing.step + 1; step < reversal.until; ++step) {
    if (causality_.in(causality_.entry_of(step), reversal.needs)) {
      child_.steps.push_back(steps_[step]);
    }
  }
  child_.steps.push_back(reversal.step.task);
  for (const Detour& detour : branch_.detours) {
    if (detour.end < racing.step) child_.detours.push_back(detour);
  }
  child_.detours.push_back(
      {racing.step, static_cast<std::uint32_t>(child_.steps.size() - 1), racing.entry.task});
  if (!chosen_.empty()) copy_choices(reversal);
  push_child();
}

/// The choices that are made in the steps of the new branch, without those behind its last one.
void DporStrategy::copy_choices(const Reversal& reversal) {
  for (const std::uint32_t choice : chosen_) {
    const Causality::Node& node = causality_[choice];
    const ClockView needs = causality_.clock(choice);
    bool made = true;
    for (std::uint32_t step = causality_[reversal.racing].step; made && step < node.step; ++step) {
      const std::uint32_t entry = causality_.entry_of(step);
      if (!causality_.in(entry, needs)) continue;
      made =
          step < reversal.until && entry != reversal.racing && causality_.in(entry, reversal.needs);
    }
    if (made) {
      child_.choices.push_back({node.entry.task, static_cast<std::uint32_t>(node.entry.value)});
    }
  }
}

/// The other answers to the choices that were made for the first time.
void DporStrategy::branch_choices() {
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    if (!choice_new_[i]) continue;
    const Causality::Node& node = causality_[chosen_[i]];
    child_.clear();
    child_.steps.assign(steps_.begin(), steps_.begin() + node.step);
    child_.detours = branch_.detours;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const TraceEntry& entry = causality_[chosen_[earlier]].entry;
      child_.choices.push_back({entry.task, static_cast<std::uint32_t>(entry.value)});
    }
    child_.choices.push_back({node.entry.task, 1});
    child_.alternatives = static_cast<std::uint32_t>(node.entry.object);
    push_child();
  }
}

void DporStrategy::push_child() {
  if (nested_ > 0) {
    for (std::uint32_t task = 0; task < tasks_; ++task) {
      child_.origins.push_back({parent_[task], ordinal_[task]});
    }
  }
  branches_.push(child_);
}

}  // namespace sim
