#include <sim/search/dpor/canonical_order.hpp>

#include <sim/memory/conflict.hpp>

namespace sim {

bool CanonicalOrder::is_canonical(const RaceReversal& reversal) const {
  std::uint32_t step = execution_[reversal.racing].step;
  const TaskId displaced = execution_[reversal.racing].entry.task;
  for (auto i = path_.wakeup_sequences.size(); i-- > 0;) {
    const WakeupSequence& sequence = path_.wakeup_sequences[i];
    if (sequence.end >= step) continue;
    if (sequence.end + 1 != step || sequence.displaced_task != displaced) break;
    const std::uint32_t end = execution_.order().entry_of(sequence.end);
    // If x depends on this sequence, x could not have been chosen before it, nor before the
    // sequences that precede it.
    if (depends_on(reversal, end)) break;
    if (comes_first(reversal, end)) return false;
    step = sequence.begin;
  }
  return true;
}

/// Whether the result of `entry` may be another one before the racing step than after it.
bool CanonicalOrder::result_may_change(const RaceReversal& reversal,
                                       const TraceEntry& entry) const {
  const TraceEntry& racing = execution_[reversal.racing].entry;
  return result_depends_on_order(entry.kind) &&
         (entry.object == racing.object || entry.object == racing.also_writes());
}

/// Whether x precedes `other`, the last step of another wakeup sequence, in the canonical order.
/// The order compares steps that do not depend on each other: those whose result may change come
/// last; otherwise steps are ordered by task.
bool CanonicalOrder::comes_first(const RaceReversal& reversal, std::uint32_t other) const {
  const TraceEntry& end = execution_[other].entry;
  const bool may_change = result_may_change(reversal, reversal.step);
  if (may_change != result_may_change(reversal, end)) return !may_change;
  return execution_.precedes(reversal.step.task, end.task);
}

/// Whether x, executed before d, depends on `other`, the last step of an earlier wakeup sequence,
/// directly or through steps between the two.
bool CanonicalOrder::depends_on(const RaceReversal& reversal, std::uint32_t other) const {
  const HappensBefore& order = execution_.order();
  if (reversal.ready >= 0 && order.in(other, execution_.clock_or_zeros(reversal.ready))) {
    return true;
  }
  const std::uint32_t racing = execution_[reversal.racing].step;
  for (std::uint32_t step = racing + 1; step < reversal.until; ++step) {
    const std::uint32_t entry = order.entry_of(step);
    if (order.in(entry, reversal.needs) && order.in(other, order.clock(entry))) return true;
  }
  const Footprint x = footprint(reversal.step, would_write(reversal, other));
  for (std::uint32_t step = execution_[other].step; step < racing; ++step) {
    const std::uint32_t entry = order.entry_of(step);
    if (order.in(other, order.clock(entry)) && order.conflicts(entry, x)) return true;
  }
  return false;
}

/// Whether x writes if it is executed before d. If the result of x may change and `other` is a
/// failed operation on the same object, x finds the object in the state in which `other` found it.
/// In other cases the answer makes no difference to depends_on().
bool CanonicalOrder::would_write(const RaceReversal& reversal, std::uint32_t other) const {
  const TraceEntry& end = execution_[other].entry;
  const TraceEntry& step = reversal.step;
  if (!result_may_change(reversal, step)) return !step.failed;
  if (!result_may_change(reversal, end) || end.is_write()) return false;
  if (row_of(step.kind).requires_state != Requirement::expected_value) {
    return found_required_state(end, step);
  }
  return execution_.comparison(*reversal.entry).expected == execution_.comparison(other).found;
}

}  // namespace sim
