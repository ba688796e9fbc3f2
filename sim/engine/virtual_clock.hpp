#pragma once

// The virtual time of an execution, and the events without cause that one task may meet in it. Time
// stands still except where a sleep or a timed wait ends, so an execution does not depend on how
// fast it runs. Bounds keep executions finite; bounded() says that a bound was met.

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
  /// Moves the time to `ns`, unless it is later already.
  void move_to(std::int64_t ns) { now_ns_ = ns > now_ns_ ? ns : now_ns_; }

  /// Whether one more timed wait of `task` may end because its time has come.
  bool may_time_out(const Task& task) { return is_within(task.timeouts, bounds_.timeouts); }
  /// A timed wait of `task` ends at `deadline_ns`.
  void time_out(Task& task, std::int64_t deadline_ns) {
    ++task.timeouts;
    move_to(deadline_ns);
  }
  /// Whether events without cause are part of the execution at all.
  [[nodiscard]] bool has_spurious() const { return bounds_.spurious > 0; }
  /// Whether one more wait of `task` may end, or operation fail, without cause.
  bool may_be_spurious(const Task& task) { return is_within(task.spurious, bounds_.spurious); }
  /// Whether the execution met one of its bounds: more could have happened.
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
