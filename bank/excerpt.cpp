#include <bank/excerpt.hpp>

#include <bank/transfer.hpp>

namespace bank {

Money in_flight(const Excerpt& excerpt, Money amount) {
  bool deducted = false;
  bool credited = false;
  for (const PastStep& step : excerpt.past) {
    const bool commits = step.operation == words::kCommit && !step.failed;
    deducted |= commits || step.operation == words::kDeduct || step.operation == words::kStore;
    credited |= step.operation == words::kCredit;
  }
  // A transfer deducts and credits once, even if a file written by hand repeats the steps.
  return (deducted ? amount : Money{}) - (credited ? amount : Money{});
}

}  // namespace bank
