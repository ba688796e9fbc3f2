#pragma once

#include <span>

#include <sim/base/trace.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// Finds out why `recording`, that of an execution of `program` up to its failure, fails: for each
/// two conflicting steps of different tasks it runs the executions with these reversed, and with
/// the order of the other conflicts kept, but for those of the same two tasks in between. Where
/// there is such an execution and none fails in the same way, their order is necessary.
/// What tasks would have done after the failure counts as the second of two steps: it is then added
/// to Recording::waiting. The same for the same input. Short executions have short explanations:
/// shrink() first.
///
/// After Yoon Ji Eun et al. (AITIA, EuroSys 2023), who reverse races one at a time to diagnose
/// concurrency failures of a kernel.
Explanation explain(const Program& program, Recording& recording, Prober& prober);

}  // namespace sim
