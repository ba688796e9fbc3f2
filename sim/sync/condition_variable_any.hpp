#pragma once

#include <mutex>

#include <sim/engine.hpp>
#include <sim/name.hpp>
#include <sim/place.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>

namespace sim {

/// std::condition_variable_any under the control of the engine: a condition_variable for anything
/// with lock() and unlock(). Over a std::unique_lock of a sim::mutex a wait is the same two steps.
/// Over any other lock it is a step that joins the queue of those who sleep, then what the lock's
/// unlock() and lock() do. Waiting with a lock that owns nothing is misuse.
class condition_variable_any {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  condition_variable_any(Name name = {}, Place where = Place::current()) : queue_(name, where) {}

  void notify_one(Place where = Place::current()) { queue_.notify_one(where); }
  void notify_all(Place where = Place::current()) { queue_.notify_all(where); }
  void wait(std::unique_lock<mutex>& lock, Place where = Place::current()) {
    queue_.wait(lock, where);
  }
  template <class Lock>
  void wait(Lock& lock, Place where = Place::current()) {
    Engine& engine = Engine::current(where);
    if constexpr (requires { lock.owns_lock(); }) {
      if (!lock.owns_lock()) [[unlikely]] {
        engine.fail_and_end_task(OutcomeKind::misuse,
                                 "wait on a condition_variable_any without holding its lock",
                                 where);
      }
    }
    engine.point(OperationKind::read_modify_write, queue_.id(), "wait");
    engine.enqueue(queue_.id());
    engine.finish_plain(0, false, [] { return std::string{}; });
    lock.unlock();
    queue_.sleep(engine);
    lock.lock();
  }
  template <class Lock, class Predicate>
  void wait(Lock& lock, Predicate satisfied, Place where = Place::current()) {
    while (!satisfied()) wait(lock, where);
  }

  // Beyond std::condition_variable_any.

  [[nodiscard]] ObjectId id() const { return queue_.id(); }

 private:
  condition_variable queue_;
};

}  // namespace sim
