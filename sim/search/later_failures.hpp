#pragma once

// Counts the failures of an execution that come after its first one.
//
// A search by traces runs one execution of each trace. A later failure in it that does not depend
// on the earlier ones comes first in another execution of the same trace, which is not run. Such a
// failure is counted as if that execution had been run, so that the failures a search finds do not
// depend on which execution of each trace it runs.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/search/failure_groups.hpp>
#include <sim/search/repeater.hpp>

namespace sim {

/// Adds the later failures of executions to the groups of an exploration.
class LaterFailures {
 public:
  /// Keeps both references.
  LaterFailures(Repeater& repeater, FailureGroups& groups) : repeater_(repeater), groups_(groups) {}

  /// Counts the later failures of the last execution of `engine`. The caller has counted the first
  /// one. Requires that the engine records spawns and joins (EngineOptions::record_order). `fatal`
  /// are the points at which tasks were stopped in it.
  void count(const Engine& engine, const std::optional<Reproduction>& reproduction,
             std::span<const FatalPoint> fatal = {});

 private:
  bool count_alone(std::uint64_t group, const std::vector<TraceEntry>& cause,
                   const std::optional<Reproduction>& reproduction, std::vector<FatalPoint> fatal);

  Repeater& repeater_;
  FailureGroups& groups_;
  HappensBefore happens_before_;
};

}  // namespace sim
