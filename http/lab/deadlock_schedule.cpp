#include <http/lab/deadlock_schedule.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <bank/simulation.hpp>
#include <bank/transfer.hpp>
#include <bank/workload.hpp>
#include <bank/workload_header.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

std::size_t position_of(const std::vector<bank::AccountStart>& accounts, const std::string& id) {
  const auto it = std::find_if(accounts.begin(), accounts.end(),
                               [&](const bank::AccountStart& account) { return account.id == id; });
  return static_cast<std::size_t>(it - accounts.begin());
}

}  // namespace

std::string schedule_of(const Deadlock& deadlock, const std::vector<bank::AccountStart>& accounts) {
  const std::vector<Deadlock::Member>& members = deadlock.members();
  bank::Workload workload{members.front().algorithm, accounts, {}, {}};
  sim::Schedule schedule;
  schedule.found_by = "recorded live: a deadlock";
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Deadlock::Member& member = members[i];
    const Deadlock::Member& before = members[(i + members.size() - 1) % members.size()];
    workload.transfers.push_back({position_of(accounts, member.order.from),
                                  position_of(accounts, member.order.to), member.order.amount});
    workload.details.push_back({member.algorithm, {}});
    schedule.entries.push_back({sim::ScheduledStep{fmt::format("{}", i + 1), bank::words::kLock,
                                                   before.awaited, false, std::nullopt},
                                0});
  }
  schedule.program = bank::header_of(workload);
  schedule.expect.emplace(bank::simulate(workload, schedule).replayed.recording.outcome);
  return sim::format_schedule(schedule);
}

}  // namespace http
