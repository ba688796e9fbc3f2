#pragma once

// Virtual time: sim::steady_clock models std::chrono::steady_clock, and sim::this_thread has the
// sleep functions of std::this_thread. No real time passes. The clock is 0 when an execution begins
// and moves only when a sleep or a timed wait ends at its deadline. The scheduler chooses which of
// several waits ends first, whatever their deadlines, as on a busy machine. See "Time" in
// docs/model.md.
//
// Timed operations take time points of the standard's clocks, too. These clocks run on while an
// execution stands still, so their time points have no place in virtual time: a wait until one may
// end at any time, like any timed wait, and does not move the virtual clock. So no real clock
// influences an execution.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>

#include <sim/base/duration_text.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// std::chrono::steady_clock under the control of the engine. now() is one step, which reads the
/// clock of the execution. A wait that ends at its deadline moves the clock forward to the
/// deadline, if the clock is earlier than that.
struct steady_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<steady_clock>;
  static constexpr bool is_steady = true;

  static time_point now(SourceLocation where = SourceLocation::current()) noexcept {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::load, kClock, "now", StopBy::suspension);
    const std::int64_t now_ns = engine.now_ns();
    finish(engine, now_ns);
    return time_point{duration{now_ns}};
  }

  // These members are not in std::chrono::steady_clock.

  /// The smaller of time_point::max() and now() plus `length`, rounded up to nanoseconds. Calls
  /// now(), so it is one step.
  template <class Rep, class Period>
  static time_point after(const std::chrono::duration<Rep, Period>& length,
                          SourceLocation where = SourceLocation::current()) {
    return time_point{add(now(where).time_since_epoch(), length)};
  }
  /// Ends a step on the clock and records `now_ns` as its value.
  static void finish(Engine& engine, std::int64_t now_ns) {
    engine.finish_plain(static_cast<std::uint64_t>(now_ns), false,
                        [now_ns] { return duration_text(now_ns); });
  }

 private:
  /// The sum of `to` and `length`, at most duration::max(). Rounds up, because a wait must not be
  /// shorter than requested.
  template <class Rep, class Period>
  static duration add(duration to, const std::chrono::duration<Rep, Period>& length) {
    using Seconds = std::chrono::duration<long double>;
    const Seconds left = duration::max() - to;
    if (Seconds{length} >= left) return duration::max();
    return to + std::max(std::chrono::ceil<duration>(length), duration::zero());
  }
};

using high_resolution_clock = steady_clock;

/// std::chrono::system_clock under the control of the engine: the same virtual clock, which shows
/// the beginning of the year 2000, in UTC, when an execution begins.
struct system_clock {
  using duration = steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<system_clock>;
  static constexpr bool is_steady = false;

  static time_point now(SourceLocation where = SourceLocation::current()) noexcept {
    return time_point{steady_clock::now(where).time_since_epoch() + kBegin};
  }
  static std::time_t to_time_t(const time_point& time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  }
  static time_point from_time_t(std::time_t time) noexcept {
    return time_point{std::chrono::seconds{time}};
  }

  // This member is not in std::chrono::system_clock.

  /// What the clock shows when an execution begins.
  static constexpr duration kBegin = std::chrono::seconds{946'684'800};
};

/// A point in virtual time at which a wait may end, from a time_point of any duration. Rounded up
/// to nanoseconds.
struct Deadline {
  /// The greatest time_point: a deadline that never comes.
  static constexpr std::int64_t kNever = INT64_MAX;
  /// A time point of a clock that the engine does not control. A wait may end at it at any time,
  /// and does not move the virtual clock.
  static constexpr std::int64_t kOutside = INT64_MIN;

  // NOLINTBEGIN(google-explicit-constructor): waits are given a time_point.
  template <class Duration>
  Deadline(const std::chrono::time_point<steady_clock, Duration>& time)
      : ns(std::chrono::ceil<steady_clock::duration>(time.time_since_epoch()).count()) {}
  template <class Duration>
  Deadline(const std::chrono::time_point<system_clock, Duration>& time)
      : ns(std::chrono::ceil<system_clock::duration>(time.time_since_epoch() - system_clock::kBegin)
               .count()) {}
  template <class Clock, class Duration>
  Deadline(const std::chrono::time_point<Clock, Duration>& time)
      : ns(time == std::chrono::time_point<Clock, Duration>::max() ? kNever : kOutside) {}
  // NOLINTEND(google-explicit-constructor)

  /// Whether a wait that ends at `now_ns` of virtual time, and was notified, ends too late.
  [[nodiscard]] bool is_over(std::int64_t now_ns) const { return ns != kOutside && now_ns >= ns; }

  std::int64_t ns;
};

namespace this_thread {

/// Models std::this_thread::sleep_until. One step, which moves the clock forward to `time`, if the
/// clock is earlier than that.
inline void sleep_until(Deadline time, SourceLocation where = SourceLocation::current()) {
  Engine& engine = Engine::current(where);
  engine.point(OperationKind::read_modify_write, kClock, "sleep");
  engine.move_clock_to(time.ns);
  steady_clock::finish(engine, engine.now_ns());
}

/// Models std::this_thread::sleep_for. Two steps: one reads the clock, and one ends the sleep and
/// moves the clock. If the duration is not positive, it makes no step.
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration,
               SourceLocation where = SourceLocation::current()) {
  if (duration <= duration.zero()) return;
  sleep_until(steady_clock::after(duration, where), where);
}

}  // namespace this_thread
}  // namespace sim
