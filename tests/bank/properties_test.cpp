// What the bank promises, for all workloads and all their interleavings.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bank/workload.hpp>
#include <sim/check.hpp>
#include <sim/fiber_runtime.hpp>
#include <sim/rapidcheck.hpp>
#include <sim/rapidcheck_gtest.hpp>
#include <sim/sync/thread.hpp>
#include <tests/bank/model.hpp>
#include <tests/bank/workloads.hpp>

namespace bank_test {
namespace {

using bank::Algorithm;
using bank::Workload;
using sim::FiberRuntime;

/// Runs the transfers of a workload, each as a task, and has their ending judged. Without the
/// bank's invariants, which a search by traces pays for: more cases are explored completely.
template <class Judge>
sim::Body judged(Workload workload, Judge judge) {
  return [shared = std::make_shared<const Workload>(std::move(workload)), judge] {
    bank::Ledger<FiberRuntime> ledger{shared->accounts};
    Ending ending;
    ending.results.resize(shared->transfers.size());
    std::vector<sim::thread> tasks;
    for (std::size_t i = 0; i < shared->transfers.size(); ++i) {
      tasks.emplace_back([&, i] {
        FiberRuntime::Context context;
        ending.results[i] = execute(shared->algorithm, ledger, shared->transfers[i], context);
      });
    }
    for (sim::thread& task : tasks) task.join();
    for (std::size_t i = 0; i < ledger.size(); ++i) {
      ending.balances.push_back(ledger.at(i).balance.peek());
    }
    judge(*shared, ending);
  };
}

SIM_GTEST_PROP(BankProperties, SafeAlgorithmsKeepTheInvariantsAndDoNotDeadlock, ()) {
  return bank::make_program(*workloads(algorithms(true)));
}

SIM_GTEST_PROP(BankProperties, ResultsTellOneHistoryOfEachAccount, ()) {
  return judged(*workloads(algorithms(true)), [](const Workload& workload, const Ending& ending) {
    SIM_EXPECT(tells_one_history(workload, ending));
    SIM_EXPECT(successes_are_serializable(workload, ending));
  });
}

SIM_GTEST_PROP(BankProperties, LockedTransfersAreSerializable, ()) {
  return judged(*workloads(rc::gen::just(Algorithm::ordered_locks)),
                [](const Workload& workload, const Ending& ending) {
                  SIM_EXPECT(is_serializable(workload, ending));
                });
}

SIM_GTEST_PROP(BankProperties, ThreeOptimisticTransfersAreSerializable, ()) {
  return judged(*workloads(rc::gen::just(Algorithm::optimistic), 3),
                [](const Workload& workload, const Ending& ending) {
                  SIM_EXPECT(is_serializable(workload, ending));
                });
}

}  // namespace
}  // namespace bank_test
