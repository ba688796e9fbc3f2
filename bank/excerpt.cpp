#include <bank/excerpt.hpp>

#include <bank/transfer.hpp>

namespace bank {

Money in_flight(const Excerpt& excerpt, Money amount) {
  Money money;
  for (const PastStep& step : excerpt.past) {
    const bool commits = step.operation == words::kCommit && !step.failed;
    if (commits || step.operation == words::kDeduct || step.operation == words::kStore) {
      money = money + amount;
    }
    if (step.operation == words::kCredit) money = money - amount;
  }
  return money;
}

}  // namespace bank
