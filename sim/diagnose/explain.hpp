#pragma once

// Finds out why an execution fails, by running others. Used by the command, by test
// reports and by the lab's simulator. docs/explain.md describes the method and its results.

#include <span>

#include <sim/base/trace.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// Finds out why `recording`, of an execution of `program` up to its failure, fails. For each two
/// conflicting steps of different tasks it runs the executions that reverse the two and keep the
/// order of the other conflicts, except for conflicts of the same two tasks between them. If there
/// is such an execution and none fails in the same way, the order of the two is necessary. A step
/// that a task would have made after the failure can be the second of the two; it is then added to
/// Recording::waiting. Equal input gives an equal result. Short executions have short explanations,
/// so shrink() first.
///
/// After Yoon Ji Eun et al. (AITIA, EuroSys 2023), who reverse races one at a time to diagnose
/// concurrency failures of a kernel.
Explanation explain(const Program& program, Recording& recording, Prober& prober);

}  // namespace sim
