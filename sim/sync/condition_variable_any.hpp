#pragma once

// sim::condition_variable_any models std::condition_variable_any: a condition variable for any type
// with lock() and unlock(), with waits that a stop_token can end. With a
// std::unique_lock<sim::mutex>, a wait makes the steps of a wait on a sim::condition_variable. With
// any other lock, it makes one step that joins the queue of sleepers, and then the steps of the
// lock's unlock() and lock().

#include <chrono>
#include <concepts>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/stop_token.hpp>

namespace sim {

/// std::condition_variable_any under the control of the engine. Waiting with a lock whose
/// owns_lock() is false is misuse.
///
/// A wait with a stop_token also ends when a stop is requested. It registers a stop callback that
/// notifies the queue. It checks for a stop before it evaluates the predicate, and again after it
/// has joined the queue, because the callback notifies only tasks that are in the queue already.
class condition_variable_any {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  condition_variable_any(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : queue_(name, where) {}

  void notify_one(SourceLocation where = SourceLocation::current()) noexcept {
    queue_.notify_one(where);
  }
  void notify_all(SourceLocation where = SourceLocation::current()) noexcept {
    queue_.notify_all(where);
  }

  template <class Lock>
  void wait(Lock& lock, SourceLocation where = SourceLocation::current()) {
    wait_as(lock, UntilNotified{}, where);
  }
  template <class Lock, class Predicate>
  requires std::predicate<Predicate&>
  void wait(Lock& lock, Predicate satisfied, SourceLocation where = SourceLocation::current()) {
    while (!satisfied()) wait(lock, where);
  }
  template <class Lock>
  cv_status wait_until(Lock& lock, Deadline time,
                       SourceLocation where = SourceLocation::current()) {
    return wait_as(lock, UntilTime{time}, where);
  }
  template <class Lock, class Predicate>
  requires std::predicate<Predicate&>
  bool wait_until(Lock& lock, Deadline time, Predicate satisfied,
                  SourceLocation where = SourceLocation::current()) {
    while (!satisfied()) {
      if (wait_until(lock, time, where) == cv_status::timeout) return satisfied();
    }
    return true;
  }
  template <class Lock, class Rep, class Period>
  cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration,
                     SourceLocation where = SourceLocation::current()) {
    return wait_until(lock, steady_clock::after(duration, where), where);
  }
  template <class Lock, class Rep, class Period, class Predicate>
  requires std::predicate<Predicate&>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration, Predicate satisfied,
                SourceLocation where = SourceLocation::current()) {
    return wait_until(lock, steady_clock::after(duration, where), std::move(satisfied), where);
  }

  /// Returns the value of the predicate when the wait ends.
  template <class Lock, class Predicate>
  bool wait(Lock& lock, const stop_token& token, Predicate satisfied,
            SourceLocation where = SourceLocation::current()) {
    return wait_stoppable(lock, token, satisfied, UntilNotified{}, where);
  }
  template <class Lock, class Predicate>
  bool wait_until(Lock& lock, const stop_token& token, Deadline time, Predicate satisfied,
                  SourceLocation where = SourceLocation::current()) {
    return wait_stoppable(lock, token, satisfied, UntilTime{time}, where);
  }
  template <class Lock, class Rep, class Period, class Predicate>
  bool wait_for(Lock& lock, const stop_token& token,
                const std::chrono::duration<Rep, Period>& duration, Predicate satisfied,
                SourceLocation where = SourceLocation::current()) {
    return wait_until(lock, token, steady_clock::after(duration, where), std::move(satisfied),
                      where);
  }

  // This member is not in std::condition_variable_any.

  [[nodiscard]] ObjectId id() const { return queue_.id(); }

 private:
  // The two ways in which a task that is in the queue sleeps.

  struct UntilNotified {
    cv_status operator()(Engine& engine, ObjectId queue) const {
      condition_variable::sleep(engine, queue);
      return cv_status::no_timeout;
    }
  };
  struct UntilTime {
    Deadline time;
    cv_status operator()(Engine& engine, ObjectId queue) const {
      return condition_variable::sleep_until(engine, queue, time);
    }
  };

  /// Joins the queue, unlocks `lock`, calls `sleep` and locks `lock` again.
  template <class Lock, class Sleep>
  cv_status wait_as(Lock& lock, const Sleep& sleep, SourceLocation where) {
    Engine& engine = Engine::current(where);
    if constexpr (std::is_same_v<Lock, std::unique_lock<mutex>>) {
      const condition_variable::Waiting waiting = queue_.begin_to_wait(lock, where);
      const cv_status status = sleep(engine, waiting.queue);
      waiting.held.lock_as("reacquire", where);
      return status;
    } else {
      check_owned(lock, engine, where);
      const ObjectId queue = queue_.use(engine);
      engine.point(OperationKind::read_modify_write, queue, "wait");
      engine.enqueue(queue);
      engine.finish_plain(0, false, [] { return std::string{}; });
      lock.unlock();
      const cv_status status = sleep(engine, queue);
      lock.lock();
      return status;
    }
  }
  template <class Lock>
  static void check_owned(const Lock& lock, Engine& engine, SourceLocation where) {
    if constexpr (requires { lock.owns_lock(); }) {
      if (!lock.owns_lock()) [[unlikely]] {
        engine.fail_and_end_task(OutcomeKind::misuse,
                                 "wait on a condition_variable_any without holding its lock",
                                 where);
      }
    }
  }

  template <class Lock, class Predicate, class Sleep>
  bool wait_stoppable(Lock& lock, const stop_token& token, Predicate& satisfied, const Sleep& sleep,
                      SourceLocation where) {
    const auto wake_all = [this, where] { notify_all(where); };
    const auto sleep_unless_stopped = [&](Engine& engine, ObjectId queue) {
      if (!token.stop_requested()) return sleep(engine, queue);
      condition_variable::leave(engine, queue);
      return cv_status::no_timeout;
    };
    std::optional<stop_callback<decltype(wake_all)>> at_stop;
    while (!token.stop_requested()) {
      if (satisfied()) return true;
      if (!at_stop) at_stop.emplace(token, wake_all);
      if (wait_as(lock, sleep_unless_stopped, where) == cv_status::timeout) return satisfied();
    }
    return satisfied();
  }

  condition_variable queue_;
};

}  // namespace sim
