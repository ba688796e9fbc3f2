#pragma once

#include <mutex>

#include <sim/engine.hpp>
#include <sim/name.hpp>
#include <sim/place.hpp>
#include <sim/sync/mutex.hpp>

namespace sim {

/// std::condition_variable under the control of the engine. A wait is two steps: it releases the
/// mutex and begins to sleep, and once it was notified it takes the mutex again. Which of several
/// that sleep a notify_one wakes is a choice. Nobody wakes without being notified, so a notify that
/// comes too early is a deadlock. Waiting without holding the mutex is misuse.
class condition_variable {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  condition_variable(Name name = {}, Place where = Place::current())
      : id_(Engine::current(where).add_object(ObjectKind::condition_variable, name)) {}
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;

  void notify_one(Place where = Place::current()) {
    Engine::current(where).notify_one(id_, "notify_one");
  }
  void notify_all(Place where = Place::current()) {
    Engine::current(where).notify_all(id_, "notify_all");
  }
  void wait(std::unique_lock<mutex>& lock, Place where = Place::current()) {
    Engine& engine = Engine::current(where);
    mutex* const held = lock.mutex();
    if (!lock.owns_lock() || !held->is_held_by(engine.current_task())) [[unlikely]] {
      engine.fail_and_end_task(OutcomeKind::misuse,
                               "wait on a condition_variable without holding its mutex", where);
    }
    held->release_and_wait(id_, engine);
    engine.sleep(id_);
    held->lock_as("reacquire", where);
  }
  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate satisfied, Place where = Place::current()) {
    while (!satisfied()) wait(lock, where);
  }

  // Beyond std::condition_variable.

  [[nodiscard]] ObjectId id() const { return id_; }

 private:
  ObjectId id_;
};

}  // namespace sim
