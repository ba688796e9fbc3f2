#include <bank/workload.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <bank/excerpt_runtime.hpp>
#include <bank/invariants.hpp>
#include <bank/workload_header.hpp>
#include <sim/check.hpp>
#include <sim/runtime/fiber_runtime.hpp>
#include <sim/sync/thread.hpp>

namespace bank {
namespace {

template <sim::Runtime R>
std::string balances_text(const Ledger<R>& ledger) {
  std::string text;
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const auto& account = ledger.at(i);
    text += fmt::format("{}{} {}", i == 0 ? "" : "   ", account.id, account.balance.peek());
  }
  return text;
}

Money in_flight(const Workload& workload) {
  Money money;
  for (std::size_t i = 0; i < workload.details.size(); ++i) {
    money = money + in_flight(workload.details[i].excerpt, workload.transfers[i].amount);
  }
  return money;
}

/// Runs each transfer as a task and waits for all. `make_context(i)` makes transfer i's context.
template <sim::Runtime R, class MakeContext>
void run(const Workload& workload, const MakeContext& make_context) {
  Ledger<R> ledger{workload.accounts};
  const Invariants invariants{ledger, in_flight(workload)};
  const sim::StateView balances{[&ledger] { return balances_text(ledger); }};
  std::vector<sim::thread> tasks;
  tasks.reserve(workload.transfers.size());
  for (std::size_t i = 0; i < workload.transfers.size(); ++i) {
    tasks.emplace_back([&workload, &ledger, &make_context, i] {
      typename R::Context context = make_context(i);
      context.describe([&] { return transfer_text(workload, i); });
      try {
        execute(workload.algorithm_of(i), ledger, workload.transfers[i], context);
      } catch (const Unfollowed&) {
        // The excerpt ends here for this transfer: nothing after this step was recorded.
      }
    });
  }
  for (sim::thread& task : tasks) task.join();
}

void run(const Workload& workload) {
  const bool plain =
      std::all_of(workload.details.begin(), workload.details.end(),
                  [](const TransferDetail& detail) { return detail.excerpt == Excerpt{}; });
  if (plain) {
    run<sim::FiberRuntime>(workload, [](std::size_t) { return sim::FiberRuntime::Context{}; });
  } else {
    run<ExcerptRuntime>(workload, [&](std::size_t i) {
      return ExcerptRuntime::Context{workload.details[i].excerpt};
    });
  }
}

/// The workloads with one transfer fewer, one for each transfer that can be left out.
std::vector<sim::SmallerProgram> smaller_programs(const Workload& workload) {
  std::vector<sim::SmallerProgram> programs;
  const auto transfers = static_cast<std::uint32_t>(workload.transfers.size());
  for (std::uint32_t i = 0; i < transfers && transfers > 1; ++i) {
    Workload rest = workload;
    rest.transfers.erase(rest.transfers.begin() + i);
    if (!rest.details.empty()) rest.details.erase(rest.details.begin() + i);
    programs.push_back({make_program(std::move(rest)), i + 1});
  }
  return programs;
}

}  // namespace

sim::Program make_program(Workload workload) {
  sim::Program program;
  program.header = header_of(workload);
  // Shared, because the body is copied while tasks hold references into its workload.
  const auto shared = std::make_shared<const Workload>(std::move(workload));
  program.body = [shared] { run(*shared); };
  program.smaller = [shared] { return smaller_programs(*shared); };
  return program;
}

}  // namespace bank
