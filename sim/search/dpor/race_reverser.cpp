#include <sim/search/dpor/race_reverser.hpp>

#include <algorithm>

namespace sim {

void RaceReverser::reverse_races_of(std::uint32_t entry) {
  const HappensBefore::Node& node = execution_[entry];
  const HappensBefore& order = execution_.order();
  if (order.races().empty()) {
    if (!may_wait(node.entry.kind)) return;
    reverse_attempt(node.entry, node.before, entry, execution_.last_enabling(node.entry, entry));
    return;
  }
  const ClockView clock = order.clock(entry);
  const std::int32_t floor = reversal_floor(clock, entry);
  for (const std::uint32_t racing : order.races()) {
    if (static_cast<std::int32_t>(execution_[racing].step) <= floor) break;
    reverse({racing, node.entry, node.before, clock, node.step, entry});
  }
}

void RaceReverser::reverse_blocked(const BlockedTask& blocked) {
  const HappensBefore& order = execution_.order();
  const TraceEntry step = TraceEntry::step(blocked.task, blocked.kind, blocked.object);
  std::optional<std::uint32_t> before;
  if (row_of(blocked.kind).requires_state == Requirement::value_of_predicate) {
    if (blocked.admitted_by) before = static_cast<std::uint32_t>(*blocked.admitted_by);
  } else if (const std::int32_t found = order.last_enabling(step, std::nullopt); found >= 0) {
    before = static_cast<std::uint32_t>(found);
  }
  reverse_attempt(step, order.last_of(blocked.task), std::nullopt, before);
}

/// Reverses the attempt of `step`, an operation that may wait and that was pending after entry
/// `ready`. `before` is the last step that found the object in a state in which `step` could have
/// been executed: `step` could have come before it, unless `before` happens before `ready`. `entry`
/// is the entry of `step`; empty if it was not executed. Earlier such states are covered by other
/// executions, in which `step` comes before `before`.
void RaceReverser::reverse_attempt(const TraceEntry& step, std::int32_t ready,
                                   std::optional<std::uint32_t> entry,
                                   std::optional<std::uint32_t> before) {
  // Arrivals are never undone, so an awaited state cannot have existed before.
  if (row_of(step.kind).requires_state == Requirement::arrivals || !before) return;
  const std::uint32_t racing = *before;
  const ClockView clock = execution_.clock_or_zeros(ready);
  if (execution_.order().in(racing, clock)) return;
  if (static_cast<std::int32_t>(execution_[racing].step) <= reversal_floor(clock, entry)) return;
  std::uint32_t until = 0;
  if (ready >= 0) {
    const HappensBefore::Node& node = execution_[static_cast<std::size_t>(ready)];
    until = node.step + (node.entry.is_step() ? 1 : 0);
  }
  reverse({racing, step, ready, clock, until, entry});
}

/// Races at or before the returned step are reversed by another execution (docs/dpor.md, "Finding
/// the branches"); -1 if this execution reverses them all. The floor is the last step that is not
/// in `clock` and that either ends a wakeup sequence or has a choice depending on it that took
/// another alternative than the first. `entry` is the entry of the clock, if it has one.
std::int32_t RaceReverser::reversal_floor(ClockView clock,
                                          std::optional<std::uint32_t> entry) const {
  const HappensBefore& order = execution_.order();
  std::int32_t floor = -1;
  for (auto i = path_.wakeup_sequences.size(); i-- > 0;) {
    const std::uint32_t end = order.entry_of(path_.wakeup_sequences[i].end);
    if (end == entry || order.in(end, clock)) continue;
    floor = static_cast<std::int32_t>(path_.wakeup_sequences[i].end);
    break;
  }
  for (const std::uint32_t choice : execution_.choices()) {
    if (execution_.chose_another(choice)) floor = std::max(floor, floor_of_choice(choice, clock));
  }
  return floor;
}

/// The last step on which `choice` depends and that is not in `clock`; -1 if there is no such step.
std::int32_t RaceReverser::floor_of_choice(std::uint32_t choice, ClockView clock) const {
  const HappensBefore& order = execution_.order();
  const ClockView needs = order.clock(choice);
  for (auto step = static_cast<std::int32_t>(execution_[choice].step); step-- > 0;) {
    const std::uint32_t entry = order.entry_of(static_cast<std::size_t>(step));
    if (order.in(entry, needs) && !order.in(entry, clock)) return step;
  }
  return -1;
}

/// Whether a choice that depends on `entry` took another alternative than the first.
bool RaceReverser::chose_another_after(std::uint32_t entry) const {
  const auto choices = execution_.choices();
  return std::any_of(choices.rbegin(), choices.rend(), [&](std::uint32_t choice) {
    return choice > entry && execution_.chose_another(choice) &&
           execution_.order().in(entry, execution_.order().clock(choice));
  });
}

/// Pushes the branch in which x comes before d, if it is canonical.
void RaceReverser::reverse(const RaceReversal& reversal) {
  const HappensBefore& order = execution_.order();
  const HappensBefore::Node& racing = execution_[reversal.racing];
  if (execution_.is_in_wakeup_sequence(racing.step)) return;
  if (!canonical_order_.is_canonical(reversal)) return;
  if (!execution_.choices().empty() && chose_another_after(reversal.racing)) return;
  if (fairness_.has_yields() && !may_be_fair(reversal)) return;
  const auto steps = execution_.steps();
  child_.clear();
  child_.steps.assign(steps.begin(), steps.begin() + racing.step);
  for (std::uint32_t step = racing.step + 1; step < reversal.until; ++step) {
    if (order.in(order.entry_of(step), reversal.needs)) child_.steps.push_back(steps[step]);
  }
  child_.steps.push_back(reversal.step.task);
  for (const WakeupSequence& sequence : path_.wakeup_sequences) {
    if (sequence.end < racing.step) child_.wakeup_sequences.push_back(sequence);
  }
  child_.wakeup_sequences.push_back(
      {racing.step, static_cast<std::uint32_t>(child_.steps.size() - 1), racing.entry.task});
  if (!execution_.choices().empty()) copy_choices(reversal);
  push_child();
}

/// Whether the branch in which x comes before d can belong to a fair execution.
bool RaceReverser::may_be_fair(const RaceReversal& reversal) {
  const HappensBefore& order = execution_.order();
  const std::uint32_t racing = execution_[reversal.racing].step;
  fair_.entries.clear();
  for (std::uint32_t step = 0; step < std::max(racing, reversal.until); ++step) {
    const std::uint32_t entry = order.entry_of(step);
    const bool needed = step < racing || (step > racing && order.in(entry, reversal.needs));
    if (needed) fair_.entries.push_back(entry);
  }
  // The steps before are those of this execution, whether or not it is fair.
  fair_.checked = racing;
  fair_.overtaken.reset();
  if (reversal.entry) {
    fair_.entries.push_back(*reversal.entry);
    fair_.overtaken = reversal.racing;
  }
  return fairness_.may_be_fair(fair_);
}

/// Copies to the new branch the choices that are made during its steps, without those after its
/// last step.
void RaceReverser::copy_choices(const RaceReversal& reversal) {
  const HappensBefore& order = execution_.order();
  for (const std::uint32_t choice : execution_.choices()) {
    const HappensBefore::Node& node = execution_[choice];
    const ClockView needs = order.clock(choice);
    bool made = true;
    for (std::uint32_t step = execution_[reversal.racing].step; made && step < node.step; ++step) {
      const std::uint32_t entry = order.entry_of(step);
      if (!order.in(entry, needs)) continue;
      made = step < reversal.until && entry != reversal.racing && order.in(entry, reversal.needs);
    }
    if (made) child_.choices.push_back({node.entry.task, node.entry.chosen_index()});
  }
}

void RaceReverser::branch_choices(const std::vector<bool>& is_new) {
  const auto choices = execution_.choices();
  const auto steps = execution_.steps();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (!is_new[i]) continue;
    const HappensBefore::Node& node = execution_[choices[i]];
    child_.clear();
    child_.steps.assign(steps.begin(), steps.begin() + node.step);
    child_.wakeup_sequences = path_.wakeup_sequences;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const TraceEntry& entry = execution_[choices[earlier]].entry;
      child_.choices.push_back({entry.task, entry.chosen_index()});
    }
    child_.choices.push_back({node.entry.task, 1});
    child_.alternatives = node.entry.alternatives();
    push_child();
  }
}

void RaceReverser::push_child() {
  execution_.add_origins(child_);
  branches_.push(child_);
}

}  // namespace sim
