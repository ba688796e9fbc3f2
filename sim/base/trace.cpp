#include <sim/base/trace.hpp>

#include <algorithm>

namespace sim {

bool admits(const TraceEntry& other, const TraceEntry& step) {
  if (!may_wait(step.kind)) return true;
  // A wait has the mutex.
  if (other.object != step.object) return other.second() != step.object;
  switch (step.kind) {
    case OperationKind::lock:
      return other.value == kFree;
    case OperationKind::lock_shared:
      return other.value != kHeldByOne;
    case OperationKind::acquire:
      return other.value > 0;
    case OperationKind::send:
      return (other.value & kSendable) != 0;
    case OperationKind::receive:
      return (other.value & kReceivable) != 0;
    case OperationKind::await_value:
      return false;
    default:
      return other.value > step.value;
  }
}

std::size_t Trace::steps() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const TraceEntry& entry) { return entry.is_step(); }));
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
    hash = hash_step(hash_step(hash, head), entry.value);
  }
  return hash;
}

}  // namespace sim
