#pragma once

// Counts the failures of an execution that come after its first one.
//
// A search by traces runs one execution of each trace, and which failure comes first in it is
// chance: a later failure that does not depend on the earlier ones comes first in another execution
// of the same trace, which is not run. So that the failures a search finds do not depend on which
// execution it runs, such a failure is counted as if that execution had been run.

#include <cstdint>
#include <optional>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/search/failure_groups.hpp>
#include <sim/search/repeater.hpp>

namespace sim {

/// Adds later failures to the groups of an exploration.
class LaterFailures {
 public:
  /// Keeps both.
  LaterFailures(Repeater& repeater, FailureGroups& groups) : repeater_(repeater), groups_(groups) {}

  /// Counts the later failures of the last execution of `engine`, whose first one is counted
  /// already. Its trace must have spawns and joins (EngineOptions::record_order).
  void count(const Engine& engine, const std::optional<Reproduction>& reproduction);

 private:
  bool count_alone(std::uint64_t group, const std::vector<TraceEntry>& cause,
                   const std::optional<Reproduction>& reproduction);

  Repeater& repeater_;
  FailureGroups& groups_;
  HappensBefore happens_before_;
};

}  // namespace sim
