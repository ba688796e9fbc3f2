#pragma once

#include <bank/workload.hpp>
#include <sim/engine/program.hpp>
#include <tests/bank/model.hpp>

namespace bank_test {

/// Runs the transfers of a workload, each as a task, and then `judge`, which fails the execution
/// where their ending is wrong. Without the bank's invariants, which a search by traces pays for:
/// more cases are explored completely.
sim::Program judged(bank::Workload workload,
                    void (*judge)(const bank::Workload& workload, const Ending& ending));

}  // namespace bank_test
