#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <bank/ledger.hpp>
#include <bank/transfer.hpp>

namespace http {

/// The lab's metrics, all of them present from the start. Thread-safe.
class Metrics {
 public:
  /// `service` is the label that all series have.
  explicit Metrics(const std::string& service);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  void transfer_ended(bank::TransferStatus status, std::chrono::nanoseconds duration);
  void race_hit();
  /// The accounts there are; the series of others end.
  void set_balances(std::span<const bank::AccountStart> accounts);
  void add_concurrent(int change);
  void add_waiting(int change);
  void barrier_timed_out();
  void deadlocked();
  void spans_sent(std::size_t spans);
  void spans_dropped(std::size_t spans);

  /// All series in Prometheus' text format.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
