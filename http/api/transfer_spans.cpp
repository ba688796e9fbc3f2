#include <http/api/transfer_spans.hpp>

#include <cstdint>
#include <random>
#include <string>

#include <fmt/format.h>

#include <bank/algorithm.hpp>

namespace http {
namespace {

/// Returns 16 digits that are not all zero, because that would mean "no id".
std::string random_id() {
  static thread_local std::mt19937_64 random{[] {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }()};
  return fmt::format("{:016x}", random() | 1U);
}

double number(bank::Money money) {
  return static_cast<double>(money.cents) / 100;
}

bool uses_locks(bank::Algorithm algorithm) {
  return algorithm == bank::Algorithm::ordered_locks ||
         algorithm == bank::Algorithm::request_order_locks;
}

sim::SpanAttributes attributes_of(const FinishedTransfer& finished) {
  const TransferRecord& record = finished.record;
  sim::SpanAttributes all{
      {"transfer.id", record.id},
      {"transfer.from_account", record.order.from},
      {"transfer.to_account", record.order.to},
      {"transfer.amount", number(record.order.amount)},
      {"transfer.thread_id", record.thread_id},
      {"transfer.duration_ms", std::chrono::duration<double, std::milli>(record.duration).count()},
      {"transfer.using_locks", uses_locks(finished.settings.algorithm)},
      {"transfer.algorithm", std::string{bank::to_string(finished.settings.algorithm)}}};
  if (!finished.error.empty()) return all;
  const bank::TransferResult& result = record.result;
  const bool success = result.status == bank::TransferStatus::success;
  all.emplace_back("transfer.status",
                   std::string{success ? "success" : "failed_insufficient_funds"});
  all.emplace_back("transfer.from_balance_before", number(result.from_before.amount));
  all.emplace_back("transfer.from_balance_after", number(result.from_after.amount));
  all.emplace_back("transfer.to_balance_before", number(result.to_before.amount));
  all.emplace_back("transfer.to_balance_after", number(result.to_after.amount));
  if (!finished.counted) {
    all.emplace_back("transfer.overtaken_by_reset", true);
  } else if (record.hit_race()) {
    all.emplace_back("race_condition.detected", true);
    all.emplace_back("race_condition.negative_balance", number(result.from_after.amount));
  }
  return all;
}

}  // namespace

std::vector<sim::Span> spans_of(const FinishedTransfer& finished) {
  const TransferRecord& record = finished.record;
  const std::string trace_id = random_id() + random_id();
  sim::Span root{trace_id, random_id(), "", "transfer", sim::SpanKind::server};
  root.begin = record.begin;
  root.end = record.begin + std::chrono::duration_cast<sim::SpanTime::duration>(record.duration);
  root.attributes = attributes_of(finished);
  root.error = finished.error;
  std::vector<sim::Span> spans{root};
  for (const StepRecord& step : finished.steps) {
    sim::Span child{trace_id, random_id(), root.span_id, step.name, sim::SpanKind::internal};
    child.begin = step.begin;
    child.end = step.end;
    if (!step.object.empty()) child.attributes.emplace_back("step.object", step.object);
    child.attributes.emplace_back("step.result", step.text);
    child.attributes.emplace_back("transfer.id", record.id);
    spans.push_back(std::move(child));
  }
  return spans;
}

}  // namespace http
