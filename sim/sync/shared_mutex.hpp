#pragma once

// sim::shared_mutex and sim::shared_timed_mutex model std::shared_mutex and
// std::shared_timed_mutex. They work with std::shared_lock and with every lock that works with a
// sim::mutex. Each member function is one step; a task that waits is not enabled. Two lock_shared()
// steps do not commute: their order decides which of the readers a writer waits for.

#include <chrono>
#include <cstdint>
#include <string>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/shared_object.hpp>
#include <sim/sync/timed_wait.hpp>

namespace sim {

/// std::shared_mutex under the control of the engine. Neither readers nor writers have precedence:
/// while readers hold the mutex, others may join them although a writer waits. Cases that the
/// standard leaves undefined are failures of the execution: locking the mutex shared while holding
/// it shared is misuse, as is unlocking it in a mode in which the task does not hold it; any other
/// lock() or lock_shared() of a mutex that the task holds is a deadlock. The try_ functions do not
/// fail spuriously. Must be made inside an execution (UsageError otherwise).
class shared_mutex {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr shared_mutex(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : object_(ObjectKind::shared_mutex, name, where) {}
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;
  ~shared_mutex() {
    object_.end([this] { return SharedObject::Last{state()}; });
  }

  void lock(SourceLocation where = SourceLocation::current()) { lock_as("lock", where); }
  bool try_lock(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::try_lock, use(engine), "try_lock");
    return finish_try(engine);
  }
  void unlock(SourceLocation where = SourceLocation::current()) {
    unlock_as(OperationKind::unlock, "unlock", where);
  }

  void lock_shared(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    refuse_second(engine, "lock_shared of a shared_mutex that the task holds already", where);
    wait_shared(engine, "lock_shared");
  }
  bool try_lock_shared(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    refuse_second(engine, "try_lock_shared of a shared_mutex that the task holds already", where);
    engine.point(OperationKind::try_lock_shared, use(engine), "try_lock_shared");
    return finish_try_shared(engine);
  }
  void unlock_shared(SourceLocation where = SourceLocation::current()) {
    unlock_as(OperationKind::unlock_shared, "unlock_shared", where);
  }

  // This member is not in std::shared_mutex.

  [[nodiscard]] ObjectId id() const { return object_.id(); }

 protected:
  /// Makes one step that locks the mutex exclusively, or ends at `deadline_ns` of virtual time.
  /// Returns whether it locked the mutex. Waits without a deadline if the calling task has no
  /// time-outs left.
  bool try_lock_until_as(const char* label, std::int64_t deadline_ns, SourceLocation where) {
    Engine& engine = Engine::current(where);
    if (!engine.may_time_out()) {
      wait_without_deadline(engine, [&] { lock_as(label, where); });
      return true;
    }
    engine.point(OperationKind::try_lock_until, use(engine), label);
    if (exclusive_.closed) engine.time_out(deadline_ns);
    return finish_try(engine);
  }
  /// Makes one step that locks the mutex shared, or ends at `deadline_ns` of virtual time. Returns
  /// whether it locked the mutex. Waits without a deadline if the calling task has no time-outs
  /// left.
  bool try_lock_shared_until_as(const char* label, std::int64_t deadline_ns, SourceLocation where) {
    Engine& engine = Engine::current(where);
    refuse_second(engine, "try_lock_shared of a shared_mutex that the task holds already", where);
    if (!engine.may_time_out()) {
      wait_without_deadline(engine, [&] { wait_shared(engine, label); });
      return true;
    }
    engine.point(OperationKind::try_lock_shared_until, use(engine), label);
    if (shared_.closed) engine.time_out(deadline_ns);
    return finish_try_shared(engine);
  }

 private:
  ObjectId use(Engine& engine) const {
    return object_.use(engine, [this] {
      exclusive_.restart(false);
      shared_.restart(false);
    });
  }
  void lock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::lock, use(engine), label, exclusive_);
    const std::uint64_t found = state();
    take(engine);
    finish(engine, found, false, "");
  }
  void wait_shared(Engine& engine, const char* label) {
    engine.wait_point(OperationKind::lock_shared, use(engine), label, shared_);
    const std::uint64_t found = state();
    take_shared(engine);
    finish(engine, found, false, "");
  }
  bool finish_try(Engine& engine) {
    const std::uint64_t found = state();
    const bool free = found == kFree;
    if (free) {
      take(engine);
      engine.note_change();
    }
    finish(engine, found, !free, free ? "true" : "false");
    return free;
  }
  bool finish_try_shared(Engine& engine) {
    const std::uint64_t found = state();
    const bool free = found != kHeldByOne;
    if (free) {
      take_shared(engine);
      engine.note_change();
    }
    finish(engine, found, !free, free ? "true" : "false");
    return free;
  }

  /// The present state, in the encoding of TraceEntry::lock_state_found().
  [[nodiscard]] std::uint64_t state() const {
    return shared_.closed ? kHeldByOne : exclusive_.holders.size();
  }
  [[nodiscard]] bool is_shared_by(TaskId task) const {
    return exclusive_.holders.contains(task) && !shared_.holders.contains(task);
  }

  /// Ends the calling task with misuse if it holds the mutex shared.
  void refuse_second(Engine& engine, const char* what, SourceLocation where) const {
    if (!object_.is_usable(engine) || !is_shared_by(engine.current_task())) return;
    engine.fail_and_end_task(OutcomeKind::misuse, what, where);
  }

  void take(Engine& engine) {
    exclusive_.holders = shared_.holders = TaskSet::of(engine.current_task());
    engine.close(exclusive_);
    engine.close(shared_);
  }
  void take_shared(Engine& engine) {
    exclusive_.holders.insert(engine.current_task());
    engine.close(exclusive_);
  }
  void release(Engine& engine) {
    exclusive_.holders.erase(engine.current_task());
    if (exclusive_.holders.empty()) engine.open(exclusive_);
    if (!shared_.closed) return;
    shared_.holders.clear();
    engine.open(shared_);
  }

  void unlock_as(OperationKind kind, const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.point(kind, use(engine), label, StopBy::later);
    const std::uint64_t found = state();
    const TaskId self = engine.current_task();
    const bool held =
        kind == OperationKind::unlock ? shared_.holders.contains(self) : is_shared_by(self);
    if (held) release(engine);
    finish(engine, found, !held, "");
    if (!held) {
      engine.fail_and_go_on(OutcomeKind::misuse,
                            "unlock of a shared_mutex that the task does not hold in this mode",
                            where);
    }
  }
  static void finish(Engine& engine, std::uint64_t found, bool failed, const char* text) {
    engine.finish(found, failed, [text] { return std::string{text}; });
  }

  // Mutable because the first operation on a static mutex restarts it.
  mutable Gate exclusive_;  ///< closed while any task holds the mutex, in either mode; has these
                            ///< tasks as holders
  mutable Gate
      shared_;  ///< closed while a task holds the mutex exclusively; has that task as holder
  SharedObject object_;
};

/// std::shared_timed_mutex under the control of the engine.
class shared_timed_mutex : public TimedLocking<shared_mutex> {
 public:
  using TimedLocking<shared_mutex>::TimedLocking;

  /// Makes one step that reads the clock, then one step that locks the mutex shared or ends at the
  /// deadline. If the duration is not positive, does what try_lock_shared() does.
  template <class Rep, class Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration,
                           SourceLocation where = SourceLocation::current()) {
    if (duration <= duration.zero()) return try_lock_shared(where);
    const Deadline deadline = steady_clock::after(duration, where);
    return try_lock_shared_until_as("try_lock_shared_for", deadline.ns, where);
  }
  /// Makes one step that locks the mutex shared or ends at the deadline. Returns whether it locked
  /// the mutex.
  bool try_lock_shared_until(Deadline time, SourceLocation where = SourceLocation::current()) {
    return try_lock_shared_until_as("try_lock_shared_until", time.ns, where);
  }
};

}  // namespace sim
