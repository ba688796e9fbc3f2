#pragma once

// sim::mutex and sim::timed_mutex model std::mutex and std::timed_mutex, and work with
// std::lock_guard, std::unique_lock and std::scoped_lock. lock(), try_lock() and unlock() are one
// step each; a task that waits for the mutex is not enabled, so waiting takes no steps.
// docs/model.md lists the steps of all primitives.

#include <cstdint>
#include <string>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/shared_object.hpp>
#include <sim/sync/timed_wait.hpp>

namespace sim {

/// std::mutex under the control of the engine. Two cases that the standard leaves undefined are
/// failures of the execution: locking a mutex that the calling task holds is a deadlock, and
/// unlocking a mutex that it does not hold is misuse. try_lock() does not fail spuriously. Must be
/// used inside an execution (UsageError otherwise).
class mutex {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr mutex(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : object_(ObjectKind::mutex, name, where) {}
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex() {
    object_.end([this] { return SharedObject::Last{gate_.closed ? kHeldByOne : kFree}; });
  }

  SIM_ALWAYS_INLINE void lock(SourceLocation where = SourceLocation::current()) {
    lock_as("lock", where);
  }
  SIM_ALWAYS_INLINE bool try_lock(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::try_lock, use(engine), "try_lock");
    return finish_try(engine);
  }
  SIM_ALWAYS_INLINE void unlock(SourceLocation where = SourceLocation::current()) {
    unlock_as("unlock", where);
  }

  // These members are not in std::mutex.

  [[nodiscard]] ObjectId id() const { return object_.id(); }

  /// Does what lock() does, and is shown in schedules and timelines as `label`, which must have
  /// static lifetime.
  SIM_ALWAYS_INLINE void lock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::lock, use(engine), label, gate_);
    take(engine);
    engine.finish(kFree, false, [] { return std::string{}; });
  }
  /// Does what unlock() does, and is shown in schedules and timelines as `label`, which must have
  /// static lifetime.
  SIM_ALWAYS_INLINE void unlock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::unlock, use(engine), label, StopBy::later);
    if (!gate_.holders.contains(engine.current_task())) [[unlikely]] {
      engine.finish(gate_.closed ? kHeldByOne : kFree, true, [] { return std::string{}; });
      engine.fail_and_go_on(OutcomeKind::misuse,
                            gate_.closed ? "unlock of a mutex that another task holds"
                                         : "unlock of a mutex that nobody holds",
                            where);
      return;
    }
    release(engine);
    engine.finish(kHeldByOne, false, [] { return std::string{}; });
  }
  /// The first step of a condition variable's wait: releases the mutex and appends the calling task
  /// to `queue`. Requires the task to hold the mutex.
  void release_and_wait(ObjectId queue, Engine& engine) {
    const ObjectId id = use(engine);
    engine.point_of_wait(queue, id, "wait");
    release(engine);
    engine.enqueue(queue);
    engine.finish(static_cast<std::uint64_t>(id), false, [] { return std::string{}; });
  }
  /// Makes the calling task hold the mutex without a step, for a program that begins with a locked
  /// mutex. Requires that no step was made on the mutex before.
  void adopt(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    use(engine);
    take(engine);
  }
  /// Whether `task` holds the mutex; true if the mutex has ended, so that the next operation fails.
  [[nodiscard]] bool may_be_held_by(TaskId task, Engine& engine) const {
    return !object_.is_usable(engine) || gate_.holders.contains(task);
  }
  /// Whether `task` holds the mutex; false if the mutex has ended.
  [[nodiscard]] bool is_held_by(TaskId task, Engine& engine) const {
    return object_.is_usable(engine) && gate_.holders.contains(task);
  }

 protected:
  /// Makes one step that locks the mutex, or ends at `deadline_ns` of virtual time. Returns whether
  /// it locked the mutex. Waits without a deadline if the calling task has no time-outs left.
  bool try_lock_until_as(const char* label, std::int64_t deadline_ns, SourceLocation where) {
    Engine& engine = Engine::current(where);
    if (!may_time_out(engine, deadline_ns)) {
      wait_without_deadline(engine, deadline_ns, [&] { lock_as(label, where); });
      return true;
    }
    engine.point(OperationKind::try_lock_until, use(engine), label);
    if (gate_.closed) engine.time_out(deadline_ns);
    return finish_try(engine);
  }

 private:
  bool finish_try(Engine& engine) {
    const bool free = !gate_.closed;
    if (free) {
      take(engine);
      engine.note_change();
    }
    engine.finish(free ? kFree : kHeldByOne, !free,
                  [free] { return std::string{free ? "true" : "false"}; });
    return free;
  }
  SIM_ALWAYS_INLINE ObjectId use(Engine& engine) const {
    return object_.use(engine, [this] { gate_.restart(false); });
  }
  void take(Engine& engine) {
    gate_.holders = TaskSet::of(engine.current_task());
    engine.close(gate_);
    engine.note_locked();
  }
  void release(Engine& engine) {
    gate_.holders.clear();
    engine.open(gate_);
    engine.note_unlocked();
  }

  mutable Gate gate_;  ///< closed while a task holds the mutex; mutable for restart()
  SharedObject object_;
};

/// std::timed_mutex under the control of the engine.
class timed_mutex : public TimedLocking<mutex> {
 public:
  using TimedLocking<mutex>::TimedLocking;
};

}  // namespace sim
