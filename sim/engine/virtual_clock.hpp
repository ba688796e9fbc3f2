#pragma once

// The virtual time of an execution, and the limits on time-outs and spurious events of each task.
// Time advances only when a sleep or a timed wait ends, so an execution does not depend on how fast
// it runs. Bounds keep executions finite; bounded() says whether a bound was reached.

#include <cstdint>

#include <sim/base/limits.hpp>
#include <sim/engine/task.hpp>

namespace sim {

class VirtualClock {
 public:
  /// Begins an execution at time 0.
  void begin(const Bounds& bounds) {
    bounds_ = bounds;
    now_ns_ = 0;
    bounded_ = false;
  }
  /// Nanoseconds since the execution began.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  /// Moves the time forward to `ns`, if it is earlier than that.
  void move_to(std::int64_t ns) { now_ns_ = ns > now_ns_ ? ns : now_ns_; }

  /// Whether one more timed wait of `task` may end at its deadline.
  bool may_time_out(const Task& task) { return is_within(task.timeouts, bounds_.timeouts); }
  /// Ends a timed wait of `task` at `deadline_ns`.
  void time_out(Task& task, std::int64_t deadline_ns) {
    ++task.timeouts;
    move_to(deadline_ns);
  }
  /// Whether the bounds allow spurious events at all.
  [[nodiscard]] bool has_spurious() const { return bounds_.spurious > 0; }
  /// Whether one more wait of `task` may end, or one more operation fail, spuriously.
  bool may_be_spurious(const Task& task) { return is_within(task.spurious, bounds_.spurious); }
  /// Whether a bound has limited the execution, so that more could have happened.
  [[nodiscard]] bool bounded() const { return bounded_; }

 private:
  bool is_within(std::uint32_t taken, std::uint32_t max) {
    bounded_ |= taken >= max;
    return taken < max;
  }

  std::int64_t now_ns_ = 0;
  Bounds bounds_;
  bool bounded_ = false;
};

}  // namespace sim
