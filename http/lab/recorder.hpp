#pragma once
// Records the steps of live transfers, so that what really happened can be replayed. Each step has
// a version of the object that it touched; recorded_schedule.hpp orders the steps by the versions.

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

/// The record of one transfer. Its own thread adds steps while others read. Thread-safe.
class RecordedTransfer {
 public:
  explicit RecordedTransfer(bank::LiveTransfer transfer) : transfer_(std::move(transfer)) {
    transfer_.steps.reserve(8);
  }

  void add(const bank::LiveStep& step) {
    const std::lock_guard lock{mutex_};
    transfer_.steps.push_back(step);
  }
  /// Notes that the transfer was aborted and only releases its locks from now on.
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
  /// Raises each element to the version of this transfer's newest change of that account's balance
  /// or lock.
  void note_changes(std::vector<std::uint64_t>& balances, std::vector<std::uint64_t>& locks) const;

 private:
  mutable std::mutex mutex_;
  bank::LiveTransfer transfer_;
};

/// Records the transfers of one ledger: those that run, and the last kEndedMax that have ended, so
/// that its memory is bounded. Thread-safe.
class Recorder {
 public:
  using Transfer = std::shared_ptr<RecordedTransfer>;
  static constexpr std::size_t kEndedMax = 1024;

  /// `accounts` is the number of accounts of the ledger.
  explicit Recorder(std::size_t accounts)
      : forgotten_balances_(accounts), forgotten_locks_(accounts) {}

  Transfer begin(bank::LiveTransfer transfer);
  void end(const Transfer& transfer);

  /// The transfers that were known at one moment. Those that run may still get steps.
  struct Moment {
    std::vector<Transfer> transfers;  ///< in the order in which they began
    /// Newest version of each balance and each lock that a forgotten transfer had changed.
    std::vector<std::uint64_t> forgotten_balances;
    std::vector<std::uint64_t> forgotten_locks;

    [[nodiscard]] bank::LiveRun run(std::vector<bank::AccountStart> accounts) const;
  };
  [[nodiscard]] Moment moment() const;
  /// Returns the number of recorded transfers.
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

/// Records a transfer for a scope.
class RecordedScope {
 public:
  /// `recorder` may be null, which records nothing.
  RecordedScope(Recorder* recorder, bank::LiveTransfer transfer) : recorder_(recorder) {
    if (recorder_ != nullptr) transfer_ = recorder_->begin(std::move(transfer));
  }
  RecordedScope(const RecordedScope&) = delete;
  RecordedScope& operator=(const RecordedScope&) = delete;
  ~RecordedScope() {
    if (recorder_ != nullptr) recorder_->end(transfer_);
  }
  /// Null if the transfer is not recorded.
  [[nodiscard]] const Recorder::Transfer& transfer() const { return transfer_; }

 private:
  Recorder* recorder_;
  Recorder::Transfer transfer_;
};

}  // namespace http
