#pragma once

// The common parts of timed waits. A timed wait is one step, which either succeeds or ends at its
// deadline in virtual time (sim/sync/clock.hpp). Bounds::timeouts limits how many waits of one task
// may end at their deadlines; a task that has none left waits without a deadline.

#include <chrono>
#include <cstdint>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>

namespace sim {

/// Whether a wait until `deadline_ns` of virtual time, which the calling task begins now, may end
/// at that time.
inline bool may_time_out(Engine& engine, std::int64_t deadline_ns) {
  return deadline_ns != Deadline::kNever && engine.may_time_out();
}
/// Calls `wait()`, a wait without a deadline, in place of a timed wait for which may_time_out() is
/// false. If the calling task has no time-outs left, and that wait never ends, the execution counts
/// as truncated by a bound, not as a deadlock.
template <class Wait>
void wait_without_deadline(Engine& engine, std::int64_t deadline_ns, const Wait& wait) {
  engine.set_bounded_wait(deadline_ns != Deadline::kNever);
  wait();
  engine.set_bounded_wait(false);
}

/// Adds the members of std::timed_mutex to `Mutex`, which must have a protected member
/// `bool try_lock_until_as(const char* label, std::int64_t deadline_ns, SourceLocation where)`.
template <class Mutex>
class TimedLocking : public Mutex {
 public:
  using Mutex::Mutex;

  /// Makes one step that reads the clock, then one step that locks the mutex or ends at the
  /// deadline. If the duration is not positive, does what try_lock() does.
  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration,
                    SourceLocation where = SourceLocation::current()) {
    if (duration <= duration.zero()) return this->try_lock(where);
    const Deadline deadline = steady_clock::after(duration, where);
    return this->try_lock_until_as("try_lock_for", deadline.ns, where);
  }
  /// Makes one step that locks the mutex or ends at the deadline. Returns whether it locked the
  /// mutex.
  bool try_lock_until(Deadline time, SourceLocation where = SourceLocation::current()) {
    return this->try_lock_until_as("try_lock_until", time.ns, where);
  }
};

}  // namespace sim
