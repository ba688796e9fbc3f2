#pragma once

// sim::counting_semaphore models std::counting_semaphore. Each member function is one step, except
// try_acquire_for(), which reads the clock in a step before. A task that waits for a permit is not
// enabled.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/shared_object.hpp>
#include <sim/sync/timed_wait.hpp>

namespace sim {

/// std::counting_semaphore under the control of the engine. try_acquire() does not fail spuriously.
/// Releasing more permits than max() allows, or a negative number, is misuse. Must be made inside
/// an execution (UsageError otherwise).
template <std::ptrdiff_t LeastMaxValue = PTRDIFF_MAX>
class counting_semaphore {
 public:
  static_assert(LeastMaxValue >= 0);

  /// Requires 0 <= permits <= max().
  constexpr explicit counting_semaphore(std::ptrdiff_t permits, const Name& name = {},
                                        SourceLocation where = SourceLocation::current())
      : permits_(permits),
        permits_at_first_(permits),
        gate_(permits == 0),
        object_(ObjectKind::semaphore, name, where) {}
  counting_semaphore(const counting_semaphore&) = delete;
  counting_semaphore& operator=(const counting_semaphore&) = delete;
  ~counting_semaphore() {
    object_.end([this] { return SharedObject::Last{static_cast<std::uint64_t>(permits_)}; });
  }

  static constexpr std::ptrdiff_t max() noexcept { return LeastMaxValue; }

  void acquire(SourceLocation where = SourceLocation::current()) {
    acquire_as("acquire", Engine::current(where));
  }
  bool try_acquire(SourceLocation where = SourceLocation::current()) noexcept {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::try_acquire, use(engine), "try_acquire", StopBy::suspension);
    return finish_try(engine);
  }
  /// Makes one step that reads the clock, then one step that takes a permit or ends at the
  /// deadline. If the duration is not positive, does what try_acquire() does.
  template <class Rep, class Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration,
                       SourceLocation where = SourceLocation::current()) {
    if (duration <= duration.zero()) return try_acquire(where);
    return try_acquire_until_as("try_acquire_for", steady_clock::after(duration, where), where);
  }
  /// Makes one step that takes a permit or ends at the deadline. Returns whether it took a permit.
  bool try_acquire_until(Deadline time, SourceLocation where = SourceLocation::current()) {
    return try_acquire_until_as("try_acquire_until", time, where);
  }
  void release(std::ptrdiff_t permits = 1, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::release, use(engine), "release", StopBy::later);
    const std::ptrdiff_t found = permits_;
    const bool fits = permits >= 0 && permits <= max() - found;
    if (fits) permits_ += permits;
    if (permits_ > 0) engine.open(gate_);
    finish(engine, found, false);
    if (!fits) {
      engine.fail_and_go_on(OutcomeKind::misuse,
                            "release of more permits than the semaphore may have", where);
    }
  }

  // These members are not in std::counting_semaphore.

  /// The number of permits, without a step: for invariants, and for checks after the last join.
  [[nodiscard]] std::ptrdiff_t peek() const { return permits_; }
  [[nodiscard]] ObjectId id() const { return object_.id(); }

 private:
  ObjectId use(Engine& engine) {
    return object_.use(engine, [this] {
      permits_ = permits_at_first_;
      gate_.restart(permits_ == 0);
    });
  }
  void acquire_as(const char* label, Engine& engine) {
    engine.wait_point(OperationKind::acquire, use(engine), label, gate_);
    if (permits_ == 0) [[unlikely]]
      engine.stop_waiting();
    const std::ptrdiff_t found = permits_;
    take(engine);
    finish(engine, found, false);
  }
  bool try_acquire_until_as(const char* label, Deadline time, SourceLocation where) {
    Engine& engine = Engine::current(where);
    if (!may_time_out(engine, time.ns)) {
      wait_without_deadline(engine, time.ns, [&] { acquire_as(label, engine); });
      return true;
    }
    engine.point(OperationKind::try_acquire_until, use(engine), label);
    if (permits_ == 0) engine.time_out(time.ns);
    return finish_try(engine);
  }
  bool finish_try(Engine& engine) {
    const std::ptrdiff_t found = permits_;
    if (found > 0) {
      take(engine);
      engine.note_change();
    }
    finish(engine, found, found == 0);
    return found > 0;
  }
  void take(Engine& engine) {
    if (permits_ > 0) --permits_;
    if (permits_ == 0) engine.close(gate_);
  }
  void finish(Engine& engine, std::ptrdiff_t found, bool failed) const {
    engine.finish(static_cast<std::uint64_t>(found), failed,
                  [this] { return fmt::format("{}", permits_); });
  }

  std::ptrdiff_t permits_;
  std::ptrdiff_t permits_at_first_;
  Gate gate_;
  SharedObject object_;
};

using binary_semaphore = counting_semaphore<1>;

}  // namespace sim
