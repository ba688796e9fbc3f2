#include <http/lab/barrier.hpp>

namespace http {

struct Barrier::Group {
  std::chrono::steady_clock::time_point deadline;
  int arrived = 0;
  std::optional<End> end;
};

Barrier::Arrival Barrier::arrive() {
  const std::lock_guard lock{mutex_};
  if (released_) return {};
  if (!filling_) {
    filling_ = std::make_shared<Group>();
    filling_->deadline = std::chrono::steady_clock::now() + timeout_;
  }
  const Arrival arrival{++filling_->arrived, filling_};
  if (arrival.position == count_) end(*arrival.group, End::filled);
  return arrival;
}

Barrier::End Barrier::wait(const Arrival& arrival) {
  if (!arrival.group) return End::released;
  std::unique_lock lock{mutex_};
  Group& group = *arrival.group;
  ended_.wait_until(lock, group.deadline, [&] { return group.end.has_value(); });
  if (!group.end) end(group, End::timed_out);
  return *group.end;
}

void Barrier::release() {
  const std::lock_guard lock{mutex_};
  released_ = true;
  if (filling_) end(*filling_, End::released);
}

void Barrier::end(Group& group, End how) {
  group.end = how;
  // Only the group that is being filled can end here; the next arrival starts a new one.
  filling_.reset();
  ended_.notify_all();
}

}  // namespace http
