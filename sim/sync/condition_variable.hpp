#pragma once

// sim::condition_variable models std::condition_variable, for std::unique_lock<sim::mutex>. A wait
// is two steps: `wait` releases the mutex and puts the task to sleep, and after a notification
// `reacquire` locks the mutex again. A timed wait, and a wait that may wake spuriously, makes one
// more step, `wake`, between the two. A notification that comes before the wait is lost, as in the
// standard.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/shared_object.hpp>
#include <sim/sync/timed_wait.hpp>

namespace sim {

using std::cv_status;

/// std::condition_variable under the control of the engine. If several tasks sleep, which one
/// notify_one() wakes is a choice.
///
/// The `wake` step of a timed wait may run at any time. If the task was not notified before it, the
/// wait has timed out, and the step moves the clock to the deadline. The result is decided by the
/// clock, as in the standard: a task that was notified and wakes after its deadline gets `timeout`.
/// Waits wake spuriously only if Bounds::spurious allows it.
///
/// Waiting without holding the mutex is misuse. Must be made inside an execution (UsageError
/// otherwise).
class condition_variable {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  condition_variable(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : object_(ObjectKind::condition_variable, name, where) {}
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;
  ~condition_variable() { object_.end(); }

  void notify_one(SourceLocation where = SourceLocation::current()) noexcept {
    Engine& engine = Engine::current(where);
    engine.notify_one(use(engine), "notify_one");
  }
  void notify_all(SourceLocation where = SourceLocation::current()) noexcept {
    Engine& engine = Engine::current(where);
    engine.notify_all(use(engine), "notify_all");
  }
  void wait(std::unique_lock<mutex>& lock, SourceLocation where = SourceLocation::current()) {
    // The task may be woken after the condition variable has ended, so it must not be read then.
    const Waiting waiting = begin_to_wait(lock, where);
    sleep(Engine::current(where), waiting.queue);
    waiting.held.lock_as("reacquire", where);
  }
  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate satisfied,
            SourceLocation where = SourceLocation::current()) {
    while (!satisfied()) wait(lock, where);
  }
  cv_status wait_until(std::unique_lock<mutex>& lock, Deadline time,
                       SourceLocation where = SourceLocation::current()) {
    const Waiting waiting = begin_to_wait(lock, where);
    const cv_status status = sleep_until(Engine::current(where), waiting.queue, time);
    waiting.held.lock_as("reacquire", where);
    return status;
  }
  template <class Predicate>
  bool wait_until(std::unique_lock<mutex>& lock, Deadline time, Predicate satisfied,
                  SourceLocation where = SourceLocation::current()) {
    while (!satisfied()) {
      if (wait_until(lock, time, where) == cv_status::timeout) return satisfied();
    }
    return true;
  }
  /// Reads the clock in one step, then does what wait_until() does.
  template <class Rep, class Period>
  cv_status wait_for(std::unique_lock<mutex>& lock,
                     const std::chrono::duration<Rep, Period>& duration,
                     SourceLocation where = SourceLocation::current()) {
    return wait_until(lock, steady_clock::after(duration, where), where);
  }
  template <class Rep, class Period, class Predicate>
  bool wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& duration,
                Predicate satisfied, SourceLocation where = SourceLocation::current()) {
    return wait_until(lock, steady_clock::after(duration, where), std::move(satisfied), where);
  }

  // These members are not in std::condition_variable. condition_variable_any is built from them.

  [[nodiscard]] ObjectId id() const { return object_.id(); }
  /// A wait that has begun. The condition variable must not be read again, because it may end when
  /// all waiting tasks have been notified.
  struct Waiting {
    ObjectId queue;
    mutex& held;
  };
  /// The first step of a wait: releases the mutex of `lock` and puts the calling task into the
  /// queue of sleepers.
  Waiting begin_to_wait(const std::unique_lock<mutex>& lock, SourceLocation where) const {
    Engine& engine = Engine::current(where);
    mutex* const held = lock.mutex();
    if (!lock.owns_lock() || !held->may_be_held_by(engine.current_task(), engine)) [[unlikely]] {
      engine.fail_and_end_task(OutcomeKind::misuse,
                               "wait on a condition_variable without holding its mutex", where);
    }
    const ObjectId queue = use(engine);
    held->release_and_wait(queue, engine);
    return {queue, *held};
  }
  /// The id with which an operation is announced.
  ObjectId use(Engine& engine) const {
    return object_.use(engine, [] {});
  }
  /// Ends a wait without sleeping: one step, in which the calling task leaves the queue. Requires
  /// the task to be in the queue.
  static void leave(Engine& engine, ObjectId queue) {
    engine.point(OperationKind::end_wait, queue, "wake");
    const bool notified = engine.leave_queue(queue);
    engine.finish_plain(notified ? 1 : 0, false, [] { return std::string{"stopped"}; });
  }
  /// Suspends the calling task until it is notified or wakes spuriously. Requires the task to be in
  /// the queue.
  static void sleep(Engine& engine, ObjectId queue) {
    if (!engine.may_be_spurious()) {
      engine.sleep(queue);
      return;
    }
    engine.point(OperationKind::end_wait, queue, "wake");
    const bool notified = engine.leave_queue(queue);
    if (!notified) engine.note_spurious();
    engine.finish_plain(notified ? 1 : 0, false,
                        [notified] { return std::string{notified ? "notified" : "spurious"}; });
  }
  /// Does what sleep() does, until `time` at the latest. Waits without a deadline if the calling
  /// task has no time-outs left.
  static cv_status sleep_until(Engine& engine, ObjectId queue, Deadline time) {
    if (!may_time_out(engine, time.ns)) {
      wait_without_deadline(engine, time.ns, [&] { sleep(engine, queue); });
      if (time.ns == Deadline::kNever || time.ns == Deadline::kOutside) {
        return cv_status::no_timeout;
      }
      return time.is_over(steady_clock::now().time_since_epoch().count()) ? cv_status::timeout
                                                                          : cv_status::no_timeout;
    }
    const std::int64_t deadline_ns = time.ns;
    engine.point(OperationKind::end_wait_until, queue, "wake");
    const bool notified = engine.leave_queue(queue);
    if (!notified) engine.time_out(deadline_ns);
    const bool late = !notified || time.is_over(engine.now_ns());
    engine.finish_plain(notified ? 1 : 0, false, [notified, late] {
      return std::string{!notified ? "timed out" : late ? "notified, late" : "notified"};
    });
    return late ? cv_status::timeout : cv_status::no_timeout;
  }

 private:
  SharedObject object_;
};

}  // namespace sim
