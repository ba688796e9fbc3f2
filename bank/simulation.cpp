#include <bank/simulation.hpp>

#include <utility>

namespace bank {

Simulation simulate(const Workload& workload, const sim::Schedule& schedule) {
  sim::ReplayOptions options;
  options.mode = schedule.mode;
  options.engine.after_failure = sim::AfterFailure::continue_;
  Simulation simulation{sim::replay(make_program(workload), schedule, options), {}};
  simulation.balances = balances_after(workload, simulation.replayed.recording);
  return simulation;
}

std::vector<AccountStart> balances_after(const Workload& workload,
                                         const sim::Recording& recording) {
  std::vector<AccountStart> balances = workload.accounts;
  for (const sim::RecordedEvent& event : recording.events) {
    if (!event.is_step()) continue;
    for (AccountStart& account : balances) {
      if (event.text != balance_name(account.id)) continue;
      if (const auto money = parse_balance(event.value)) account.balance = *money;
    }
  }
  return balances;
}

}  // namespace bank
