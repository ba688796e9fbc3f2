#include <bank/workload_header.hpp>

#include <fmt/format.h>

namespace bank {
namespace {

std::string to_text(const PastStep& step) {
  std::string text = fmt::format("{} {}", step.operation, step.object);
  if (step.failed) text += " failed";
  if (step.value) text += fmt::format(" = {}", *step.value);
  if (step.value && step.changes_since > 0) {
    text += fmt::format(" {} changes ago", step.changes_since);
  }
  return text;
}

}  // namespace

std::string transfer_text(const Workload& workload, std::size_t number) {
  const Transfer& transfer = workload.transfers[number];
  const Algorithm algorithm = workload.algorithm_of(number);
  const std::string own =
      algorithm == workload.algorithm ? "" : fmt::format(" {}", to_string(algorithm));
  return fmt::format("transfer {} {} {}{}", workload.accounts[transfer.from].id,
                     workload.accounts[transfer.to].id, transfer.amount, own);
}

std::vector<sim::HeaderLine> header_of(const Workload& workload) {
  std::vector<sim::HeaderLine> lines;
  lines.push_back({"algorithm", std::string{to_string(workload.algorithm)}});
  std::string start;
  for (const AccountStart& account : workload.accounts) {
    start += fmt::format("{}{} {}", start.empty() ? "" : "   ", account.id, account.balance);
  }
  lines.push_back({"start", std::move(start)});
  for (std::size_t i = 0; i < workload.transfers.size(); ++i) {
    lines.push_back({"task", fmt::format("{} {}", i + 1, transfer_text(workload, i))});
  }
  for (std::size_t i = 0; i < workload.details.size(); ++i) {
    const Excerpt& excerpt = workload.details[i].excerpt;
    for (const PastStep& step : excerpt.past) {
      lines.push_back({"past", fmt::format("{} {}", i + 1, to_text(step))});
    }
    if (excerpt.steps_max) {
      lines.push_back({"until", fmt::format("{} {} steps", i + 1, *excerpt.steps_max)});
    }
    if (excerpt.gives_up) {
      lines.push_back({"gives-up", fmt::format("{} {} steps", i + 1, *excerpt.gives_up)});
    }
  }
  return lines;
}

}  // namespace bank
