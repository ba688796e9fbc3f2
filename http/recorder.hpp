#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <bank/ledger.hpp>
#include <bank/live_excerpt.hpp>
#include <bank/live_transfer.hpp>

namespace http {

/// A transfer as it is recorded. Its own thread adds to it while others look. Thread-safe.
class RecordedTransfer {
 public:
  explicit RecordedTransfer(bank::LiveTransfer transfer) : transfer_(std::move(transfer)) {
    transfer_.steps.reserve(8);
  }

  void add(const bank::LiveStep& step) {
    const std::lock_guard lock{mutex_};
    transfer_.steps.push_back(step);
  }
  void give_up() {
    const std::lock_guard lock{mutex_};
    transfer_.gave_up = true;
  }
  void end() {
    const std::lock_guard lock{mutex_};
    transfer_.ended = true;
  }
  [[nodiscard]] bank::LiveTransfer copy() const {
    const std::lock_guard lock{mutex_};
    return transfer_;
  }
  /// The newest change that it has made to each balance and each lock.
  void note_changes(std::vector<std::uint64_t>& balances, std::vector<std::uint64_t>& locks) const;

 private:
  mutable std::mutex mutex_;
  bank::LiveTransfer transfer_;
};

/// What really happens on one ledger: the transfers that run, and the last ones that have ended.
/// Bounded in memory. Thread-safe.
class Recorder {
 public:
  using Transfer = std::shared_ptr<RecordedTransfer>;
  static constexpr std::size_t kEndedMax = 1024;

  explicit Recorder(std::size_t accounts)
      : forgotten_balances_(accounts), forgotten_locks_(accounts) {}

  Transfer begin(bank::LiveTransfer transfer);
  void end(const Transfer& transfer);

  /// The transfers of this moment. They may get further steps.
  struct Moment {
    std::vector<Transfer> transfers;  ///< in the order in which they began
    std::vector<std::uint64_t> forgotten_balances;
    std::vector<std::uint64_t> forgotten_locks;

    [[nodiscard]] bank::LiveRun run(std::vector<bank::AccountStart> accounts) const;
  };
  [[nodiscard]] Moment moment() const;
  /// How many transfers there are.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::uint64_t number;  ///< in the order in which they began
    Transfer transfer;
  };

  mutable std::mutex mutex_;
  std::uint64_t begun_ = 0;
  std::vector<Entry> running_;
  std::deque<Entry> ended_;
  std::vector<std::uint64_t> forgotten_balances_;
  std::vector<std::uint64_t> forgotten_locks_;
};

/// Has a transfer recorded, where there is a recorder, for a scope.
class RecordedScope {
 public:
  /// `recorder` may be null.
  RecordedScope(Recorder* recorder, bank::LiveTransfer transfer) : recorder_(recorder) {
    if (recorder_ != nullptr) transfer_ = recorder_->begin(std::move(transfer));
  }
  RecordedScope(const RecordedScope&) = delete;
  RecordedScope& operator=(const RecordedScope&) = delete;
  ~RecordedScope() {
    if (recorder_ != nullptr) recorder_->end(transfer_);
  }
  /// Null where it is not recorded.
  [[nodiscard]] const Recorder::Transfer& transfer() const { return transfer_; }

 private:
  Recorder* recorder_;
  Recorder::Transfer transfer_;
};

}  // namespace http
