#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include <bank/workload.hpp>
#include <bank/workload_header.hpp>
#include <tests/bank/model.hpp>

namespace bank {

/// As the header of its schedule.
inline void showValue(const Workload& workload, std::ostream& out) {
  for (const sim::HeaderLine& line : header_of(workload)) {
    out << '\n' << line.key << ' ' << line.value;
  }
}

}  // namespace bank

namespace bank_test {

/// Safe and unsafe ones.
inline rc::Gen<bank::Algorithm> algorithms(bool safe) {
  std::vector<bank::Algorithm> found;
  for (const bank::AlgorithmInfo& info : bank::kAlgorithms) {
    if (info.safe == safe) found.push_back(info.algorithm);
  }
  return rc::gen::elementOf(found);
}

/// What a workload may shrink to, beside smaller numbers: each transfer left out, or over before
/// the others begin.
inline std::vector<bank::Workload> shorter(const bank::Workload& workload) {
  std::vector<bank::Workload> all;
  for (std::size_t i = 0; workload.transfers.size() > 1 && i < workload.transfers.size(); ++i) {
    bank::Workload without = workload;
    without.transfers.erase(without.transfers.begin() + static_cast<std::ptrdiff_t>(i));
    bank::Workload after = without;
    Model model{workload.accounts};
    model.transfer(workload.transfers[i]);
    for (std::size_t account = 0; account < after.accounts.size(); ++account) {
      after.accounts[account].balance = model.balances[account].amount;
    }
    all.push_back(std::move(without));
    all.push_back(std::move(after));
  }
  return all;
}

/// Two to four accounts that hold little, and up to `transfers_max` transfers of amounts as little,
/// so that they meet often, and often just fit or just do not. A few hold, or are to transfer, all
/// that can be written. Each value shrinks by itself; then, whole transfers do.
inline rc::Gen<bank::Workload> workloads(rc::Gen<bank::Algorithm> algorithm,
                                         std::size_t transfers_max = 4) {
  using Spec = std::tuple<std::size_t, std::size_t, bank::Money>;  // from, its distance to `to`
  const auto money = [](std::int64_t min, std::int64_t max) {
    const auto little = rc::gen::map(rc::gen::inRange(min, max + 1), bank::whole);
    return rc::gen::weightedOneOf<bank::Money>({{24, little}, {1, rc::gen::just(bank::kMoneyMax)}});
  };
  const auto balances = rc::gen::container<std::vector<bank::Money>>(4, money(0, 3));
  const auto accounts = rc::gen::inRange<std::size_t>(2, 5);
  const auto transfer = rc::gen::tuple(rc::gen::inRange<std::size_t>(0, 4),
                                       rc::gen::inRange<std::size_t>(0, 12), money(1, 4));
  // A container is at most as long as its size, which must not make its elements small.
  const auto transfers = rc::gen::nonEmpty(rc::gen::resize(
      static_cast<int>(transfers_max),
      rc::gen::container<std::vector<Spec>>(rc::gen::resize(rc::kNominalSize, transfer))));
  const auto make = [](bank::Algorithm chosen, std::size_t count,
                       const std::vector<bank::Money>& held, const std::vector<Spec>& specs) {
    bank::Workload workload{chosen, {}, {}};
    for (std::size_t i = 0; i < count; ++i) {
      workload.accounts.push_back({std::string(1, static_cast<char>('a' + i)), held[i]});
    }
    for (const auto& [from, distance, amount] : specs) {
      const std::size_t source = from % count;
      const std::size_t destination = (source + 1 + distance % (count - 1)) % count;
      workload.transfers.push_back({source, destination, amount});
    }
    return workload;
  };
  const auto whole_workloads =
      rc::gen::map(rc::gen::tuple(std::move(algorithm), accounts, balances, transfers),
                   [make](const auto& parts) { return std::apply(make, parts); });
  return rc::gen::resize(rc::kNominalSize,
                         rc::gen::shrink(whole_workloads, [](const bank::Workload& workload) {
                           return rc::seq::fromContainer(shorter(workload));
                         }));
}

}  // namespace bank_test
