#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <sim/base/duration_text.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// std::chrono::steady_clock under the control of the engine: virtual time. It is 0 where an
/// execution begins, and moves only where a sleep or a timed wait ends: to the time that it was to
/// end at, if it is not later already. Which of several ends first is for the scheduler to choose,
/// whatever the times. To ask for the time is a step that reads the one clock there is.
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

  /// now() and `length` more, at most the end of time.
  template <class Rep, class Period>
  static time_point after(const std::chrono::duration<Rep, Period>& length,
                          SourceLocation where = SourceLocation::current()) {
    return time_point{add(now(where).time_since_epoch(), length)};
  }
  /// The end of an operation on the clock that found it, or left it, at `now_ns`.
  static void finish(Engine& engine, std::int64_t now_ns) {
    engine.finish_plain(static_cast<std::uint64_t>(now_ns), false,
                        [now_ns] { return duration_text(now_ns); });
  }

 private:
  /// Rounded up, as waits must not be shorter than they were asked to be.
  template <class Rep, class Period>
  static duration add(duration to, const std::chrono::duration<Rep, Period>& length) {
    using Seconds = std::chrono::duration<long double>;
    const Seconds left = duration::max() - to;
    if (Seconds{length} >= left) return duration::max();
    return to + std::max(std::chrono::ceil<duration>(length), duration::zero());
  }
};

using high_resolution_clock = steady_clock;

/// A point in virtual time, of whatever duration: not before it.
struct Deadline {
  template <class Duration>
  // NOLINTNEXTLINE(google-explicit-constructor): what a wait is given.
  Deadline(const std::chrono::time_point<steady_clock, Duration>& time)
      : ns(std::chrono::ceil<steady_clock::duration>(time.time_since_epoch()).count()) {}
  std::int64_t ns;
};

namespace this_thread {

/// One step, which moves the clock.
inline void sleep_until(Deadline time, SourceLocation where = SourceLocation::current()) {
  Engine& engine = Engine::current(where);
  engine.point(OperationKind::read_modify_write, kClock, "sleep");
  engine.move_clock_to(time.ns);
  steady_clock::finish(engine, engine.now_ns());
}

/// Two steps: one that reads the clock, and one that ends the sleep and moves it.
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration,
               SourceLocation where = SourceLocation::current()) {
  if (duration <= duration.zero()) return;
  sleep_until(steady_clock::after(duration, where), where);
}

}  // namespace this_thread
}  // namespace sim
