#include <tests/bank/judged.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <sim/runtime/fiber_runtime.hpp>
#include <sim/sync/thread.hpp>

namespace bank_test {

sim::Program judged(bank::Workload workload,
                    void (*judge)(const bank::Workload& workload, const Ending& ending)) {
  using Fibers = sim::FiberRuntime;
  const auto shared = std::make_shared<const bank::Workload>(std::move(workload));
  const auto body = [shared, judge] {
    bank::Ledger<Fibers> ledger{shared->accounts};
    Ending ending;
    ending.results.resize(shared->transfers.size());
    std::vector<sim::thread> tasks;
    for (std::size_t i = 0; i < shared->transfers.size(); ++i) {
      tasks.emplace_back([&, i] {
        Fibers::Context context;
        ending.results[i] = execute(shared->algorithm, ledger, shared->transfers[i], context);
      });
    }
    for (sim::thread& task : tasks) task.join();
    for (std::size_t i = 0; i < ledger.size(); ++i) {
      ending.balances.push_back(ledger.at(i).balance.peek());
    }
    judge(*shared, ending);
  };
  return {{}, {}, body};
}

}  // namespace bank_test
