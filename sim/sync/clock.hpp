#pragma once

// Virtual time: sim::steady_clock models std::chrono::steady_clock, and the sleeps model those of
// std::this_thread. No real time passes. The clock is 0 when an execution begins and moves only
// when a sleep or a timed wait ends at its deadline. Which of several deadlines comes first is for
// the scheduler to choose, whatever the times, as on a busy machine. See "Time" in docs/model.md.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <sim/base/duration_text.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// std::chrono::steady_clock under the control of the engine. now() is one step, which reads the
/// one clock of the execution. A wait that ends at its deadline moves the clock to the deadline, or
/// leaves it if it is later already.
struct steady_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<steady_clock>;
  static constexpr bool is_steady = true;

  static time_point now(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::load, kClock, "now");
    const std::int64_t now_ns = engine.now_ns();
    finish(engine, now_ns);
    return time_point{duration{now_ns}};
  }

  // Beyond std::chrono::steady_clock.

  /// now() plus `length`, rounded up to nanoseconds; time_point::max() if that is earlier.
  template <class Rep, class Period>
  static time_point after(const std::chrono::duration<Rep, Period>& length,
                          SourceLocation where = SourceLocation::current()) {
    return time_point{add(now(where).time_since_epoch(), length)};
  }
  /// Ends a step on the clock that found it, or left it, at `now_ns`.
  static void finish(Engine& engine, std::int64_t now_ns) {
    engine.finish_plain(static_cast<std::uint64_t>(now_ns), false,
                        [now_ns] { return duration_text(now_ns); });
  }

 private:
  /// Rounds up, because a wait must not be shorter than its length.
  template <class Rep, class Period>
  static duration add(duration to, const std::chrono::duration<Rep, Period>& length) {
    using Seconds = std::chrono::duration<long double>;
    const Seconds left = duration::max() - to;
    if (Seconds{length} >= left) return duration::max();
    return to + std::max(std::chrono::ceil<duration>(length), duration::zero());
  }
};

using high_resolution_clock = steady_clock;

/// A point in virtual time at which a wait may end, from a time_point of any duration. Rounded up
/// to nanoseconds.
struct Deadline {
  template <class Duration>
  // NOLINTNEXTLINE(google-explicit-constructor): waits are given a time_point.
  Deadline(const std::chrono::time_point<steady_clock, Duration>& time)
      : ns(std::chrono::ceil<steady_clock::duration>(time.time_since_epoch()).count()) {}
  std::int64_t ns;
};

namespace this_thread {

/// std::this_thread::sleep_until: one step, which moves the clock to `time` or leaves it if it is
/// later already.
inline void sleep_until(Deadline time, SourceLocation where = SourceLocation::current()) {
  Engine& engine = Engine::current(where);
  engine.point(OperationKind::read_modify_write, kClock, "sleep");
  engine.move_clock_to(time.ns);
  steady_clock::finish(engine, engine.now_ns());
}

/// std::this_thread::sleep_for: two steps, one that reads the clock, and one that ends the sleep
/// and moves the clock. No step if the duration is not positive.
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration,
               SourceLocation where = SourceLocation::current()) {
  if (duration <= duration.zero()) return;
  sleep_until(steady_clock::after(duration, where), where);
}

}  // namespace this_thread
}  // namespace sim
