#include <http/telemetry/metrics.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace http {
namespace {

const prometheus::Histogram::BucketBoundaries kDurationBuckets{0.01, 0.025, 0.05, 0.1, 0.25,
                                                               0.5,  1,     2.5,  5};

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Impl {
  using Labels = prometheus::Labels;
  using Counter = prometheus::Counter;
  using Gauge = prometheus::Gauge;

  explicit Impl(std::string name) : service{{"service", std::move(name)}} {}

  Counter& counter(const char* name, const char* help) {
    return counters(registry, name, help).Add(service);
  }
  Counter& transfers(const char* status) {
    Labels labels = service;
    labels["status"] = status;
    return counters(registry, "transfers_total", "Transfer attempts by status").Add(labels);
  }
  Gauge& gauge(const char* name, const char* help) {
    return gauges(registry, name, help).Add(service);
  }

  Gauge& add_balance(const std::string& account) {
    Labels labels = service;
    labels["account_id"] = account;
    return balances.Add(labels);
  }

  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  Labels service;
  Counter& success = transfers("success");
  Counter& insufficient_funds = transfers("insufficient_funds");
  Counter& race_condition_hits =
      counter("race_condition_hits_total", "Transfers whose own deduction left a negative balance");
  Counter& double_spends = counter("double_spend_detected_total", "Double-spends detected");
  Gauge& concurrent = gauge("concurrent_transfers", "Transfers that are running now");
  Gauge& waiting = gauge("barrier_waiting_count", "Transfers that wait at the barrier now");
  Counter& barrier_timeouts = counter(
      "barrier_timeouts_total", "Barriers that did not fill in time and released their waiters");
  Counter& deadlocks = counter(
      "deadlocks_total", "Transfers that were aborted because they closed a cycle of waiting");
  Counter& sent = counter("otlp_spans_sent_total", "Spans that the collector accepted");
  Counter& dropped =
      counter("otlp_spans_dropped_total",
              "Spans lost because the queue was full or the collector was not reachable");
  prometheus::Histogram& duration = prometheus::BuildHistogram()
                                        .Name("transfer_duration_seconds")
                                        .Help("Time from the start of a transfer to its end")
                                        .Register(registry)
                                        .Add(service, kDurationBuckets);
  prometheus::Family<Gauge>& balances =
      gauges(registry, "account_balance", "Balance of an account");
  std::mutex balances_mutex;
  std::map<std::string, Gauge*> balance_of;  ///< by account id
};

Metrics::Metrics(const std::string& service) : impl_(std::make_unique<Impl>(service)) {}

Metrics::~Metrics() = default;

void Metrics::transfer_ended(bank::TransferStatus status, std::chrono::nanoseconds duration) {
  (status == bank::TransferStatus::success ? impl_->success : impl_->insufficient_funds)
      .Increment();
  impl_->duration.Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::race_hit() {
  impl_->race_condition_hits.Increment();
  impl_->double_spends.Increment();
}

void Metrics::set_balances(std::span<const bank::AccountStart> accounts) {
  const std::lock_guard lock{impl_->balances_mutex};
  auto& balance_of = impl_->balance_of;
  std::erase_if(balance_of, [&](const auto& known) {
    const bool gone = std::none_of(accounts.begin(), accounts.end(),
                                   [&](const auto& account) { return account.id == known.first; });
    if (gone) impl_->balances.Remove(known.second);
    return gone;
  });
  for (const bank::AccountStart& account : accounts) {
    const auto [it, is_new] = balance_of.try_emplace(account.id, nullptr);
    if (is_new) it->second = &impl_->add_balance(account.id);
    it->second->Set(static_cast<double>(account.balance.cents) / 100);
  }
}

void Metrics::add_concurrent(int change) {
  impl_->concurrent.Increment(change);
}

void Metrics::add_waiting(int change) {
  impl_->waiting.Increment(change);
}

void Metrics::barrier_timed_out() {
  impl_->barrier_timeouts.Increment();
}

void Metrics::deadlocked() {
  impl_->deadlocks.Increment();
}

void Metrics::spans_sent(std::size_t spans) {
  impl_->sent.Increment(static_cast<double>(spans));
}

void Metrics::spans_dropped(std::size_t spans) {
  impl_->dropped.Increment(static_cast<double>(spans));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace http
