#pragma once

// The conflict relation: which steps of different tasks do not commute. It defines which executions
// are the same Mazurkiewicz trace, hence which pairs of steps the search by traces and explanations
// reverse, and which arrows a report draws. This is the only definition in the project;
// docs/dpor.md has the theory.

#include <optional>

#include <sim/base/operation.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// The objects that one step touches.
struct Footprint {
  ObjectId object;
  bool writes;  ///< whether the step writes `object`; if not, it reads it
  std::optional<ObjectId> also_writes;
};

/// The footprint of a step as it was executed.
[[nodiscard]] constexpr Footprint footprint(const TraceEntry& step) {
  return {step.object, step.is_write(), step.also_writes()};
}
/// The footprint that `step` would have if it succeeded or, with `succeeds` false, if it failed.
[[nodiscard]] constexpr Footprint footprint(const TraceEntry& step, bool succeeds) {
  return {step.object, succeeds && !only_reads(step.kind), step.also_writes()};
}

/// Whether two steps do not commute: they touch one object that at least one of them writes.
[[nodiscard]] constexpr bool conflicts(const Footprint& a, const Footprint& b) {
  if (a.object == b.object && (a.writes || b.writes)) return true;
  return (a.also_writes && (a.also_writes == b.object || a.also_writes == b.also_writes)) ||
         (b.also_writes && b.also_writes == a.object);
}
[[nodiscard]] constexpr bool conflicts(const TraceEntry& a, const TraceEntry& b) {
  return a.is_step() && b.is_step() && conflicts(footprint(a), footprint(b));
}

/// Whether two steps write objects that an invariant observes jointly, so that their order shows in
/// what the invariant sees. `jointly_observed(x, y)` says whether it reads both.
template <class Jointly>
[[nodiscard]] bool writes_jointly(const Footprint& a, const Footprint& b,
                                  const Jointly& jointly_observed) {
  const auto any = [&](ObjectId mine) {
    return (b.writes && jointly_observed(mine, b.object)) ||
           (b.also_writes && jointly_observed(mine, *b.also_writes));
  };
  return (a.writes && any(a.object)) || (a.also_writes && any(*a.also_writes));
}

/// Whether two pending operations may conflict on the objects that they are announced on. The
/// result of a pending operation is not known, so one that may write counts as a write. Second
/// objects are ignored, because not all of them are known in advance.
[[nodiscard]] constexpr bool may_conflict(const Operation& a, const Operation& b) {
  return a.object == b.object && !(only_reads(a.kind) && only_reads(b.kind));
}

}  // namespace sim
