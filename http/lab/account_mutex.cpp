#include <http/lab/account_mutex.hpp>

#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace http {
namespace {

/// Guards the owners and waiters of all account locks. One mutex is enough: a cycle spans several
/// locks, and each operation holds it for some nanoseconds only.
std::mutex all_locks;

std::string describe(const std::vector<Deadlock::Member>& members) {
  std::string text;
  for (std::size_t i = 0; i < members.size(); ++i) {
    text += fmt::format("{}transfer {} waits to lock {}, held by transfer {}", i == 0 ? "" : "; ",
                        members[i].id, members[i].awaited, members[(i + 1) % members.size()].id);
  }
  return text;
}

}  // namespace

Deadlock::Deadlock(std::vector<Member> members)
    : std::runtime_error(describe(members)), members_(std::move(members)) {}

void AccountMutex::lock(LockOwner& owner) {
  std::unique_lock guard{all_locks};
  while (owner_ != nullptr) {
    owner.awaited_ = this;
    std::vector<Deadlock::Member> cycle = cycle_from(owner);
    if (!cycle.empty()) {
      owner.awaited_ = nullptr;
      throw Deadlock{std::move(cycle)};
    }
    ++waiters_;
    released_.wait(guard);
    --waiters_;
    owner.awaited_ = nullptr;
  }
  owner_ = &owner;
}

void AccountMutex::unlock() {
  const std::lock_guard guard{all_locks};
  owner_ = nullptr;
  if (waiters_ > 0) released_.notify_one();
}

std::size_t AccountMutex::waiters() const {
  const std::lock_guard guard{all_locks};
  return waiters_;
}

/// Follows the waits from `owner`: from each transfer to the holder of the lock that it awaits.
/// Returns the cycle back to `owner`, or nothing if the chain ends. The caller must hold all_locks.
std::vector<Deadlock::Member> AccountMutex::cycle_from(const LockOwner& owner) const {
  std::vector<Deadlock::Member> members;
  for (const LockOwner* member = &owner; member->awaited_ != nullptr;) {
    const AccountMutex& lock = *member->awaited_;
    members.push_back({member->id_, member->order_, member->algorithm_, lock.name_});
    member = lock.owner_;
    if (member == &owner) return members;
    if (member == nullptr) break;
  }
  return {};
}

}  // namespace http
