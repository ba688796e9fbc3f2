#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>

namespace sim {

/// std::mutex under the control of the engine: works with std::lock_guard, std::unique_lock and
/// std::scoped_lock. lock() is a step at the moment it succeeds; while the mutex is held, a task
/// that wants it is not enabled. A task that locks what it holds waits for itself: a deadlock.
/// Unlocking what the calling task does not hold fails the execution as misuse.
class mutex {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  mutex(Name name = {}, SourceLocation where = SourceLocation::current())
      : id_(Engine::current(where).add_object(ObjectKind::mutex, name, where)) {}
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  SIM_ALWAYS_INLINE void lock(SourceLocation where = SourceLocation::current()) {
    lock_as("lock", where);
  }
  SIM_ALWAYS_INLINE bool try_lock(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::try_lock, id_, "try_lock");
    return finish_try(engine);
  }
  SIM_ALWAYS_INLINE void unlock(SourceLocation where = SourceLocation::current()) {
    unlock_as("unlock", where);
  }

  // Beyond std::mutex.

  [[nodiscard]] ObjectId id() const { return id_; }

  /// lock(), shown under another word. `label` has static lifetime.
  SIM_ALWAYS_INLINE void lock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::lock, id_, label, gate_);
    take(engine);
    engine.finish(kFree, false, [] { return std::string{}; });
  }
  /// unlock(), shown under another word.
  SIM_ALWAYS_INLINE void unlock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::unlock, id_, label);
    if (!is_held_by(engine.current_task())) [[unlikely]] {
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
  /// One step of the task that holds it: it is released, and the task becomes the last that sleeps
  /// until `queue` is notified. Part of a condition variable's wait.
  void release_and_wait(ObjectId queue, Engine& engine) {
    engine.point(OperationKind::wait, queue, "wait");
    release(engine);
    engine.enqueue(queue);
    engine.finish(static_cast<std::uint64_t>(id_), false, [] { return std::string{}; });
  }
  /// From now on the calling task holds it, without an event: for what is locked when a test
  /// begins. Nobody else may hold it, and nothing may have happened to it.
  void adopt(SourceLocation where = SourceLocation::current()) { take(Engine::current(where)); }
  [[nodiscard]] bool is_held_by(TaskId task) const { return gate_.holders.contains(task); }

 protected:
  /// One step that gives up at `deadline_ns` of virtual time. Where the task has had all its
  /// time-outs, it waits.
  bool try_lock_until_as(const char* label, std::int64_t deadline_ns, SourceLocation where) {
    Engine& engine = Engine::current(where);
    if (!engine.may_time_out()) {
      engine.set_bounded_wait(true);
      lock_as(label, where);
      engine.set_bounded_wait(false);
      return true;
    }
    engine.point(OperationKind::try_lock_until, id_, label);
    if (gate_.closed) engine.time_out(deadline_ns);
    return finish_try(engine);
  }

 private:
  bool finish_try(Engine& engine) {
    const bool free = !gate_.closed;
    if (free) take(engine);
    engine.finish(free ? kFree : kHeldByOne, !free,
                  [free] { return std::string{free ? "true" : "false"}; });
    return free;
  }
  void take(Engine& engine) {
    gate_.holders = TaskSet::of(engine.current_task());
    engine.close(gate_);
  }
  void release(Engine& engine) {
    gate_.holders.clear();
    engine.open(gate_);
  }

  Gate gate_;
  ObjectId id_;
};

/// std::timed_mutex under the control of the engine: a mutex that can be given up on. An attempt is
/// one step, which finds it held and ends at its time, or takes it; behind one that reads the clock
/// where it is told how long. One that is to take no time at all is a try_lock().
class timed_mutex : public mutex {
 public:
  using mutex::mutex;

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration,
                    SourceLocation where = SourceLocation::current()) {
    if (duration <= duration.zero()) return try_lock(where);
    const Deadline deadline = steady_clock::after(duration, where);
    return try_lock_until_as("try_lock_for", deadline.ns, where);
  }
  bool try_lock_until(Deadline time, SourceLocation where = SourceLocation::current()) {
    return try_lock_until_as("try_lock_until", time.ns, where);
  }
};

}  // namespace sim
