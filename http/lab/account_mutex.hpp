#pragma once
// The locks of the live lab's accounts. They know who holds and who awaits them, so that a deadlock
// is detected at the moment when it arises, and one transfer can be aborted to end it.

#include <condition_variable>
#include <stdexcept>
#include <string>
#include <vector>

#include <bank/algorithm.hpp>
#include <http/lab/record.hpp>

namespace http {

class AccountMutex;

/// A transfer that takes locks, on its thread.
class LockOwner {
 public:
  LockOwner(std::string id, TransferOrder order, bank::Algorithm algorithm)
      : id_(std::move(id)), order_(std::move(order)), algorithm_(algorithm) {}
  LockOwner(const LockOwner&) = delete;
  LockOwner& operator=(const LockOwner&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const TransferOrder& order() const { return order_; }
  [[nodiscard]] bank::Algorithm algorithm() const { return algorithm_; }

 private:
  friend class AccountMutex;
  const std::string id_;
  const TransferOrder order_;
  const bank::Algorithm algorithm_;
  const AccountMutex* awaited_ = nullptr;
};

/// Thrown to the transfer whose wait would close a cycle in which each transfer waits for a lock
/// that the next one holds.
class Deadlock : public std::runtime_error {
 public:
  /// A transfer of the cycle. It holds the lock that the member before it waits for.
  struct Member {
    std::string id;
    TransferOrder order;
    bank::Algorithm algorithm;
    std::string awaited;  ///< name of the lock that it waits for
  };
  /// `members` must not be empty. Each waits for the next, and the last for the first, which is the
  /// transfer that the exception is thrown to.
  explicit Deadlock(std::vector<Member> members);
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

/// The lock of an account. Not recursive. Thread-safe.
class AccountMutex {
 public:
  explicit AccountMutex(std::string name) : name_(std::move(name)) {}
  AccountMutex(const AccountMutex&) = delete;
  AccountMutex& operator=(const AccountMutex&) = delete;

  /// Waits until the lock is free and takes it. Throws Deadlock if waiting would close a cycle.
  void lock(LockOwner& owner);
  /// Must be called by the owner.
  void unlock();

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns how many transfers wait for the lock now.
  [[nodiscard]] std::size_t waiters() const;

 private:
  [[nodiscard]] std::vector<Deadlock::Member> cycle_from(const LockOwner& owner) const;

  const std::string name_;
  LockOwner* owner_ = nullptr;
  std::size_t waiters_ = 0;
  std::condition_variable released_;
};

}  // namespace http
