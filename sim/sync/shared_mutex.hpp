#pragma once

// sim::shared_mutex and sim::shared_timed_mutex model std::shared_mutex and
// std::shared_timed_mutex. They work with std::shared_lock and with every lock that works with a
// sim::mutex. Each member function is one step, except a lock() that comes while readers hold the
// mutex. A task that waits is not enabled. Two lock_shared() steps do not commute: their order
// decides which of the readers a writer waits for.
//
// The standard leaves open whether a writer that waits holds back readers that come later. Both are
// explored: a lock() may come to a mutex that readers hold. In this step the writer joins a queue,
// and readers wait as long as a writer is in the queue; the writer leaves it in the step that locks
// the mutex. If the lock() comes when the readers have left, no reader was held back, as with a
// mutex that prefers readers.

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

/// std::shared_mutex under the control of the engine. A writer that waits may or may not hold back
/// readers, as the search chooses; try_lock_shared() fails if one does. Cases that the standard
/// leaves undefined are failures of the execution: locking the mutex shared while holding it shared
/// is misuse, as is unlocking it in a mode in which the task does not hold it; any other lock() or
/// lock_shared() of a mutex that the task holds is a deadlock. The try_ functions do not fail
/// spuriously. Must be made inside an execution (UsageError otherwise).
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
    if (!may_time_out(engine, deadline_ns)) {
      wait_without_deadline(engine, deadline_ns, [&] { lock_as(label, where); });
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
    if (!may_time_out(engine, deadline_ns)) {
      wait_without_deadline(engine, deadline_ns, [&] { wait_shared(engine, label); });
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
      not_owned_.restart(false);
      queue_.clear();
    });
  }
  void lock_as(const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    const ObjectId id = use(engine);
    const TaskId self = engine.current_task();
    // A reader that wants to write waits for itself.
    if (!object_.is_usable(engine) || !is_shared_by(self)) {
      engine.wait_point(OperationKind::lock_or_queue, id, label, not_owned_);
      if (exclusive_.closed && !engine.draining()) {
        const std::uint64_t found = state();
        queue_.insert(self);
        update_shared(engine);
        engine.finish_plain(found, false, [] { return std::string{"waits"}; });
        engine.wait_point(OperationKind::lock, use(engine), label, exclusive_);
      }
    } else {
      engine.wait_point(OperationKind::lock, id, label, exclusive_);
    }
    const std::uint64_t found = state();
    queue_.erase(self);
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
    const bool free = (found & ~kWriterQueued) == kFree;
    if (free) {
      take(engine);
      engine.note_change();
    }
    finish(engine, found, !free, free ? "true" : "false");
    return free;
  }
  bool finish_try_shared(Engine& engine) {
    const std::uint64_t found = state();
    const bool free = (found & kWriterQueued) == 0;
    if (free) {
      take_shared(engine);
      engine.note_change();
    }
    finish(engine, found, !free, free ? "true" : "false");
    return free;
  }

  /// The present state, in the encoding of TraceEntry::lock_state_found().
  [[nodiscard]] std::uint64_t state() const {
    if (not_owned_.closed) return kHeldByOne;
    return exclusive_.holders.size() | (queue_.empty() ? 0 : kWriterQueued);
  }
  [[nodiscard]] bool is_shared_by(TaskId task) const {
    return exclusive_.holders.contains(task) && !not_owned_.closed;
  }

  /// Ends the calling task with misuse if it holds the mutex shared.
  void refuse_second(Engine& engine, const char* what, SourceLocation where) const {
    if (!object_.is_usable(engine) || !is_shared_by(engine.current_task())) return;
    engine.fail_and_end_task(OutcomeKind::misuse, what, where);
  }

  void take(Engine& engine) {
    exclusive_.holders = not_owned_.holders = TaskSet::of(engine.current_task());
    engine.close(exclusive_);
    engine.close(not_owned_);
    engine.note_locked();
    update_shared(engine);
  }
  void take_shared(Engine& engine) {
    exclusive_.holders.insert(engine.current_task());
    engine.close(exclusive_);
    engine.note_locked();
  }
  void release(Engine& engine) {
    exclusive_.holders.erase(engine.current_task());
    engine.note_unlocked();
    if (exclusive_.holders.empty()) engine.open(exclusive_);
    if (not_owned_.closed) {
      not_owned_.holders.clear();
      engine.open(not_owned_);
    }
    update_shared(engine);
  }
  /// Lets readers in, or keeps them out.
  void update_shared(Engine& engine) {
    const bool closed = not_owned_.closed || !queue_.empty();
    // Readers that a writer holds back wait for those that the writer waits for.
    shared_.holders = closed ? exclusive_.holders : TaskSet{};
    if (closed != shared_.closed) closed ? engine.close(shared_) : engine.open(shared_);
  }

  void unlock_as(OperationKind kind, const char* label, SourceLocation where) {
    Engine& engine = Engine::current(where);
    engine.point(kind, use(engine), label, StopBy::later);
    const std::uint64_t found = state();
    const TaskId self = engine.current_task();
    const bool held =
        kind == OperationKind::unlock ? not_owned_.holders.contains(self) : is_shared_by(self);
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
  mutable Gate not_owned_;  ///< closed while a task holds the mutex exclusively; has it as holder
  mutable Gate shared_;    ///< closed while a task holds it exclusively or a writer is in the queue
  mutable TaskSet queue_;  ///< writers that hold readers back
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
