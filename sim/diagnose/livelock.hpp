#pragma once

// Recognizes livelocks: executions that end at the bound on steps because tasks repeat the same
// steps. shrink() and explain() use it. An execution in which a task loops while the schedule lets
// no other task run is no livelock, so each one that is found is verified with a fair schedule.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// The shortest sequence of steps that is repeated at least three times at the end of `trace`;
/// empty if nothing is repeated. The indexes of the result are those of `trace`.
[[nodiscard]] std::optional<Livelock> repeated_steps(std::span<const TraceEntry> trace);

/// The livelock in which the execution of `program` in `recording` ends, if a fair schedule does
/// not end it. The indexes of the result are events.
[[nodiscard]] std::optional<Livelock> livelock_of(const Program& program,
                                                  const Recording& recording, Prober& prober);

/// Searches for a short execution that ends in the livelock of `recording`: the same tasks look at
/// the same objects. Returns its trace up to the third repetition.
[[nodiscard]] std::optional<std::vector<TraceEntry>> short_livelock(const Program& program,
                                                                    const Recording& recording,
                                                                    Prober& prober);

}  // namespace sim
