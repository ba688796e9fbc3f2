#pragma once

// Sorts the failures of a search into groups, and keeps the simplest execution of each.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <sim/search/exploration.hpp>

namespace sim {

/// Collects the groups of one exploration while it runs.
class FailureGroups {
 public:
  /// Adds to `groups`. `on_new` is called for each new group, with the failure that was found
  /// first; it may be empty. Both must outlive this object.
  FailureGroups(std::vector<FailureGroup>& groups,
                const std::function<void(const FailureGroup&)>& on_new)
      : groups_(groups), on_new_(on_new) {}

  /// Returns the group with this id, or null if it does not exist yet. Valid until the next call of
  /// add().
  FailureGroup* find(std::uint64_t id);
  /// Counts another execution of `group`. `entries` is the trace of that execution up to the
  /// failure.
  static void count(FailureGroup& group, std::span<const TraceEntry> entries,
                    const std::optional<Reproduction>& reproduction);
  /// Adds a new group. Requires that find() returns null for its id.
  void add(FailureGroup group);

 private:
  std::vector<FailureGroup>& groups_;
  const std::function<void(const FailureGroup&)>& on_new_;
  std::size_t last_ = 0;  ///< index of the group that was found last; the next failure is often of
                          ///< the same group
};

}  // namespace sim
