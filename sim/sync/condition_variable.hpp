#pragma once

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

namespace sim {

using std::cv_status;

/// std::condition_variable under the control of the engine. A wait is two steps: it releases the
/// mutex and begins to sleep, and once it was notified it takes the mutex again. Which of several
/// that sleep a notify_one wakes is a choice. A notify that comes too early is a deadlock.
///
/// A timed wait has one more step between the two: it wakes, which it may do at any time; where it
/// was not notified it has timed out, and moves the clock to its time. It answers as the clock then
/// is, like the standard's: one that was notified and wakes late has timed out too. A wait that may
/// wake without cause, by Bounds::spurious, has this step as well.
///
/// Waiting without holding the mutex is misuse.
class condition_variable {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  condition_variable(Name name = {}, SourceLocation where = SourceLocation::current())
      : id_(Engine::current(where).add_object(ObjectKind::condition_variable, name, where)) {}
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;

  void notify_one(SourceLocation where = SourceLocation::current()) {
    Engine::current(where).notify_one(id_, "notify_one");
  }
  void notify_all(SourceLocation where = SourceLocation::current()) {
    Engine::current(where).notify_all(id_, "notify_all");
  }
  void wait(std::unique_lock<mutex>& lock, SourceLocation where = SourceLocation::current()) {
    mutex& held = begin_to_wait(lock, where);
    sleep(Engine::current(where));
    held.lock_as("reacquire", where);
  }
  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate satisfied,
            SourceLocation where = SourceLocation::current()) {
    while (!satisfied()) wait(lock, where);
  }
  cv_status wait_until(std::unique_lock<mutex>& lock, Deadline time,
                       SourceLocation where = SourceLocation::current()) {
    mutex& held = begin_to_wait(lock, where);
    const cv_status status = sleep_until(Engine::current(where), time);
    held.lock_as("reacquire", where);
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
  /// Reads the clock, then waits until then.
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

  // Beyond std::condition_variable, for what is made of it.

  [[nodiscard]] ObjectId id() const { return id_; }
  /// Releases the mutex and joins the queue. Returns the mutex.
  mutex& begin_to_wait(const std::unique_lock<mutex>& lock, SourceLocation where) const {
    Engine& engine = Engine::current(where);
    mutex* const held = lock.mutex();
    if (!lock.owns_lock() || !held->is_held_by(engine.current_task())) [[unlikely]] {
      engine.fail_and_end_task(OutcomeKind::misuse,
                               "wait on a condition_variable without holding its mutex", where);
    }
    held->release_and_wait(id_, engine);
    return *held;
  }
  /// As a step of the calling task, which is in the queue: it leaves it instead of sleeping.
  void leave(Engine& engine) const {
    engine.point(OperationKind::end_wait, id_, "wake");
    const bool notified = engine.leave_queue(id_);
    engine.finish_plain(notified ? 1 : 0, false, [] { return std::string{"stopped"}; });
  }
  /// The calling task, which is in the queue, sleeps until it is notified.
  void sleep(Engine& engine) const {
    if (!engine.may_be_spurious()) {
      engine.sleep(id_);
      return;
    }
    engine.point(OperationKind::end_wait, id_, "wake");
    const bool notified = engine.leave_queue(id_);
    if (!notified) engine.note_spurious();
    engine.finish_plain(notified ? 1 : 0, false, [notified] {
      return std::string{notified ? "notified" : "without cause"};
    });
  }
  /// The same up to a point in virtual time.
  cv_status sleep_until(Engine& engine, Deadline time) const {
    if (!engine.may_time_out()) {
      engine.set_bounded_wait(true);
      sleep(engine);
      engine.set_bounded_wait(false);
      return steady_clock::now().time_since_epoch().count() >= time.ns ? cv_status::timeout
                                                                       : cv_status::no_timeout;
    }
    const std::int64_t deadline_ns = time.ns;
    engine.point(OperationKind::end_wait_until, id_, "wake");
    const bool notified = engine.leave_queue(id_);
    if (!notified) engine.time_out(deadline_ns);
    const bool late = engine.now_ns() >= deadline_ns;
    engine.finish_plain(notified ? 1 : 0, false, [notified, late] {
      return std::string{!notified ? "timed out" : late ? "notified, late" : "notified"};
    });
    return late ? cv_status::timeout : cv_status::no_timeout;
  }

 private:
  ObjectId id_;
};

}  // namespace sim
