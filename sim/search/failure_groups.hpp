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

/// The groups of one exploration while it runs.
class FailureGroups {
 public:
  /// Keeps both. `on_new` is called for each new group, with the failure that was found first; it
  /// may be empty.
  FailureGroups(std::vector<FailureGroup>& groups,
                const std::function<void(const FailureGroup&)>& on_new)
      : groups_(groups), on_new_(on_new) {}

  /// The group `id`, until the next call of add(). Null if it is new.
  FailureGroup* find(std::uint64_t id);
  /// Counts another execution of `group`. `entries` are its trace up to the failure.
  static void count(FailureGroup& group, std::span<const TraceEntry> entries,
                    const std::optional<Reproduction>& reproduction);
  /// Adds a group that find() does not know.
  void add(FailureGroup group);

 private:
  std::vector<FailureGroup>& groups_;
  const std::function<void(const FailureGroup&)>& on_new_;
  std::size_t last_ = 0;  ///< the group that was found last, which the next failure often has too
};

}  // namespace sim
