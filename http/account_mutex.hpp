#pragma once

#include <condition_variable>
#include <stdexcept>
#include <string>
#include <vector>

#include <bank/algorithm.hpp>
#include <http/record.hpp>

namespace http {

class AccountMutex;

/// Who takes the locks of accounts: a transfer, on its thread.
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

/// Thrown to a transfer that would wait for ever: it waits for a lock whose owner waits for one,
/// and so on, whose owner is itself.
class Deadlock : public std::runtime_error {
 public:
  /// A transfer of the circle. It holds the lock that the member before it waits for.
  struct Member {
    std::string id;
    TransferOrder order;
    bank::Algorithm algorithm;
    std::string awaited;  ///< the lock that it waits for
  };
  /// The first of `members`, of which there is one at least, is who is told; each waits for the
  /// next one, the last for the first.
  explicit Deadlock(std::vector<Member> members);
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

/// The lock of an account. It knows who owns it and who waits, so that a deadlock is seen when it
/// comes about. Not recursive. Thread-safe.
class AccountMutex {
 public:
  explicit AccountMutex(std::string name) : name_(std::move(name)) {}
  AccountMutex(const AccountMutex&) = delete;
  AccountMutex& operator=(const AccountMutex&) = delete;

  /// Waits until it is free. Throws Deadlock where that cannot come about any more.
  void lock(LockOwner& owner);
  /// By its owner.
  void unlock();

  [[nodiscard]] const std::string& name() const { return name_; }
  /// How many wait for it now.
  [[nodiscard]] std::size_t waiters() const;

 private:
  [[nodiscard]] std::vector<Deadlock::Member> circle_of(const LockOwner& owner) const;

  const std::string name_;
  LockOwner* owner_ = nullptr;
  std::size_t waiters_ = 0;
  std::condition_variable released_;
};

}  // namespace http
