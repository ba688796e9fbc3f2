#include <http/account_mutex.hpp>

#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace http {
namespace {

/// Of who owns and who awaits any lock. One for all of them: a circle is of several locks, and each
/// operation takes some nanoseconds.
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
    std::vector<Deadlock::Member> circle = circle_of(owner);
    if (!circle.empty()) {
      owner.awaited_ = nullptr;
      throw Deadlock{std::move(circle)};
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

/// From `owner`, which waits, along who holds what it waits for; empty where that ends somewhere.
std::vector<Deadlock::Member> AccountMutex::circle_of(const LockOwner& owner) const {
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
