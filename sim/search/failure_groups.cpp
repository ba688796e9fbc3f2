#include <sim/search/failure_groups.hpp>

#include <utility>

namespace sim {

FailureGroup* FailureGroups::find(std::uint64_t id) {
  if (last_ < groups_.size() && groups_[last_].id == id) return &groups_[last_];
  for (last_ = 0; last_ < groups_.size(); ++last_) {
    if (groups_[last_].id == id) return &groups_[last_];
  }
  return nullptr;
}

void FailureGroups::count(FailureGroup& group, std::span<const TraceEntry> entries,
                          const std::optional<Reproduction>& reproduction) {
  ++group.executions;
  if (!precedes(entries, group.simplest_trace)) return;
  group.simplest_trace.assign(entries.begin(), entries.end());
  group.reproduction = reproduction;
}

void FailureGroups::add(FailureGroup group) {
  groups_.push_back(std::move(group));
  if (on_new_) on_new_(groups_.back());
}

}  // namespace sim
