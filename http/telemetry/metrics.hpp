#pragma once
// The lab's Prometheus metrics. http/docs/lab.md lists their names and meanings.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <bank/ledger.hpp>
#include <bank/transfer.hpp>

namespace http {

/// All metrics of a lab. Every series is present, at zero, from the start. Thread-safe.
class Metrics {
 public:
  /// `service` is the value of the label `service` of every series.
  explicit Metrics(const std::string& service);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  /// Counts a transfer by its status and observes its duration.
  void transfer_ended(bank::TransferStatus status, std::chrono::nanoseconds duration);
  /// Counts a transfer whose own deduction left its source negative, in both race counters.
  void race_hit();
  /// Sets the balance of each account, and removes the series of accounts that no longer exist.
  void set_balances(std::span<const bank::AccountStart> accounts);
  /// Changes the number of running transfers.
  void add_concurrent(int change);
  /// Changes the number of transfers that wait at the barrier.
  void add_waiting(int change);
  void barrier_timed_out();
  void deadlocked();
  void spans_sent(std::size_t spans);
  void spans_dropped(std::size_t spans);

  /// Returns all series in the text format of Prometheus.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
