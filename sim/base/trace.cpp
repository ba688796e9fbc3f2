#include <sim/base/trace.hpp>

#include <algorithm>
#include <cstdint>

namespace sim {

namespace {

/// Whether a mutex in `state`, as of TraceEntry::lock_state_found(), is as `step` requires.
bool has_required_lock_state(std::uint64_t state, const TraceEntry& step) {
  const Requirement required = row_of(step.kind).requires_state;
  if (required == Requirement::no_exclusive_owner) return state != kHeldByOne;
  if (required == Requirement::no_writer) return (state & kWriterQueued) == 0;
  return (state & ~kWriterQueued) == kFree;
}

/// found_required_state() for the step that ended the object.
bool ended_in_required_state(const TraceEntry& end, const TraceEntry& step) {
  switch (row_of(step.kind).requires_state) {
    case Requirement::nothing:
      return true;
    case Requirement::unlocked:
    case Requirement::no_exclusive_owner:
    case Requirement::no_writer:
      return has_required_lock_state(end.state_at_end(), step);
    case Requirement::permit:
      return end.state_at_end() > 0;
    case Requirement::room:
      return (end.state_at_end() & kSendable) != 0;
    case Requirement::message:
      return (end.state_at_end() & kReceivable) != 0;
    default:
      return false;
  }
}

}  // namespace

bool found_required_state(const TraceEntry& other, const TraceEntry& step) {
  if (other.kind == OperationKind::destroy) return ended_in_required_state(other, step);
  switch (row_of(step.kind).requires_state) {
    case Requirement::nothing:
      return true;
    case Requirement::unlocked:
    case Requirement::no_exclusive_owner:
    case Requirement::no_writer:
      return has_required_lock_state(other.lock_state_found(), step);
    case Requirement::permit:
      return other.permits_found() > 0;
    case Requirement::room:
      return (other.channel_state_found() & kSendable) != 0;
    case Requirement::message:
      return (other.channel_state_found() & kReceivable) != 0;
    case Requirement::arrivals:
      return other.phase() > step.phase();
    case Requirement::value_of_predicate:
    case Requirement::expected_value:
      break;
  }
  return false;
}

bool would_enable(const TraceEntry& other, const TraceEntry& step) {
  if (!may_wait(step.kind)) return true;
  if (other.object == step.object) return found_required_state(other, step);
  // A wait releases its mutex, its second object. It found that mutex held by its own task.
  return other.also_writes() != step.object;
}

std::size_t Trace::steps() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const TraceEntry& entry) { return entry.is_step(); }));
}

std::size_t Trace::length() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const TraceEntry& entry) { return !entry.is_order(); }));
}

std::size_t Trace::preemptions() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const TraceEntry& entry) { return entry.preemption; }));
}

std::uint64_t Trace::digest() const {
  std::uint64_t hash = entries_.size();
  for (const TraceEntry& entry : entries_) {
    const std::uint64_t head = (static_cast<std::uint64_t>(entry.object) << 32U) |
                               (static_cast<std::uint64_t>(entry.task) << 16U) |
                               (static_cast<std::uint64_t>(entry.kind) << 8U) |
                               (entry.failed ? 1U : 0U);
    hash = hash_step(hash_step(hash, head), entry.raw_value);
  }
  return hash;
}

}  // namespace sim
