#pragma once

// Finds out why an execution fails, by running other executions. The racelab command, test reports
// and the lab's simulator use it. docs/explain.md describes the method and its results.

#include <span>

#include <sim/base/trace.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// Finds out why the execution of `program` in `recording` fails. The recording must end with the
/// failure. For each pair of conflicting steps of different tasks, explain() runs the executions
/// that reverse the pair and keep the order of all other conflicts, except conflicts of the same
/// two tasks that lie between the two steps. If no such execution fails in the same way, and one
/// passes, the order of the pair is necessary. The second step of a pair may be one that its task
/// would have made after the failure; if its order is necessary, it is added to Recording::waiting.
/// Deterministic: equal arguments give equal results. Short executions have short explanations, so
/// call shrink() first. Throws what Prober::search() throws.
///
/// After Yoon Ji Eun et al. (AITIA, EuroSys 2023), who reverse races one at a time to diagnose
/// concurrency failures of a kernel.
Explanation explain(const Program& program, Recording& recording, Prober& prober);

}  // namespace sim
