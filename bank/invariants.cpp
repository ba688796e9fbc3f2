#include <bank/invariants.hpp>

#include <cstddef>
#include <vector>

#include <fmt/format.h>

namespace bank {

Invariants::Invariants(const Ledger<sim::FiberRuntime>& ledger, Money in_flight) {
  add(ledger, in_flight);
}

Invariants::Invariants(const Ledger<ExcerptRuntime>& ledger, Money in_flight) {
  add(ledger, in_flight);
}

template <sim::Runtime R>
void Invariants::add(const Ledger<R>& ledger, Money in_flight) {
  std::vector<sim::ObjectId> all;
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const auto* const account = &ledger.at(i);
    all.push_back(account->balance.id());
    if (account->balance.peek().amount < Money{}) continue;
    invariants_.emplace_back(
        "no account is negative", std::vector{account->balance.id()},
        [account] { return account->balance.peek().amount >= Money{}; },
        [account] { return fmt::format("{} = {}", account->id, account->balance.peek()); });
  }
  const auto* const bank = &ledger;
  const Money total = ledger.total() + in_flight;
  const auto now = [bank] { return bank->total() + Money{bank->in_flight.value()}; };
  invariants_.emplace_back(
      "money is conserved", all, [now, total] { return now() == total; },
      [now, total] { return fmt::format("{} became {}", total, now()); });
}

}  // namespace bank
