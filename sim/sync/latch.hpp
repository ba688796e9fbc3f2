#pragma once

// sim::latch models std::latch. count_down(), try_wait() and wait() are one step each;
// arrive_and_wait() is two. A task that waits is not enabled until the count is 0.

#include <atomic>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/shared_object.hpp>

namespace sim {

/// std::latch under the control of the engine. try_wait() does not fail spuriously. Counting down
/// below zero is misuse. Must be made inside an execution (UsageError otherwise).
class latch {
 public:
  /// Requires expected >= 0.
  constexpr explicit latch(std::ptrdiff_t expected, const Name& name = {},
                           SourceLocation where = SourceLocation::current())
      : left_(expected),
        expected_(expected),
        gate_(expected > 0),
        object_(ObjectKind::latch, name, where) {}
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;
  ~latch() { object_.end(); }

  static constexpr std::ptrdiff_t max() noexcept { return PTRDIFF_MAX; }

  void count_down(std::ptrdiff_t arrived = 1, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::arrive, use(engine), "count_down");
    const bool was_open = left_ == 0;
    const bool fits = arrived >= 0 && arrived <= left_;
    if (fits) left_ -= arrived;
    if (left_ == 0) engine.open(gate_);
    finish(engine, was_open ? 1 : 0);
    if (!fits) {
      engine.fail_and_go_on(OutcomeKind::misuse, "count_down of a latch below zero", where);
    }
  }
  [[nodiscard]] bool try_wait(SourceLocation where = SourceLocation::current()) const noexcept {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::load, use(engine), "try_wait", StopBy::suspension);
    const auto text = [this] { return fmt::format("{}", left_); };
    // A try_wait() that returns false synchronizes with nothing.
    if (left_ == 0) {
      engine.finish(0, false, text, std::memory_order_acquire);
    } else {
      engine.finish_plain(static_cast<std::uint64_t>(left_), false, text);
    }
    return left_ == 0;
  }
  void wait(SourceLocation where = SourceLocation::current()) const {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::await, use(engine), "wait", gate_);
    if (left_ > 0) [[unlikely]]
      engine.stop_waiting();
    finish(engine, 0);
  }
  void arrive_and_wait(std::ptrdiff_t arrived = 1,
                       SourceLocation where = SourceLocation::current()) {
    count_down(arrived, where);
    wait(where);
  }

  // This member is not in std::latch.

  [[nodiscard]] ObjectId id() const { return object_.id(); }

 private:
  ObjectId use(Engine& engine) const {
    return object_.use(engine, [this] {
      left_ = expected_;
      gate_.restart(left_ > 0);
    });
  }
  void finish(Engine& engine, std::uint64_t value) const {
    engine.finish(value, false, [this] { return fmt::format("{}", left_); });
  }

  // Members are mutable because waiting adds to the waiters of the gate, and because the first
  // operation on a static latch restarts it.
  mutable std::ptrdiff_t left_;
  std::ptrdiff_t expected_;
  mutable Gate gate_;  ///< closed until the count is 0
  SharedObject object_;
};

}  // namespace sim
