#pragma once

// sim::recursive_mutex and sim::recursive_timed_mutex model std::recursive_mutex and
// std::recursive_timed_mutex. The first lock() and the last unlock() of a task are steps, as with
// sim::mutex. Nested calls of lock() and unlock() are not steps, because no other task can observe
// them.

#include <chrono>
#include <cstdint>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/mutex.hpp>

namespace sim {

/// A `Mutex` that its holder may lock again.
template <class Mutex>
class basic_recursive_mutex {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr basic_recursive_mutex(const Name& name = {},
                                  SourceLocation where = SourceLocation::current())
      : mutex_(name, where) {}
  basic_recursive_mutex(const basic_recursive_mutex&) = delete;
  basic_recursive_mutex& operator=(const basic_recursive_mutex&) = delete;

  void lock(SourceLocation where = SourceLocation::current()) {
    if (lock_again(where)) return;
    mutex_.lock(where);
    begin(true);
  }
  bool try_lock(SourceLocation where = SourceLocation::current()) {
    return lock_again(where) || begin(mutex_.try_lock(where));
  }
  /// Calling this from a task that does not hold the mutex is misuse.
  void unlock(SourceLocation where = SourceLocation::current()) {
    if (is_mine(where) && again_ > 0) {
      --again_;
    } else {
      mutex_.unlock(where);
    }
  }

  // This member is not in std::recursive_mutex.

  [[nodiscard]] ObjectId id() const { return mutex_.id(); }

 protected:
  /// If the calling task holds the mutex, locks it once more and returns true.
  bool lock_again(SourceLocation where) {
    if (!is_mine(where)) return false;  // also if the mutex has ended or was not used yet
    ++again_;
    return true;
  }
  /// Called after the mutex was tried, with the result, which it returns. A static mutex may have
  /// been locked several times when another execution ended.
  bool begin(bool locked) {
    if (locked) again_ = 0;
    return locked;
  }
  /// The mutex that is locked once, however often the holder locks this object.
  Mutex& underlying() { return mutex_; }

 private:
  [[nodiscard]] bool is_mine(SourceLocation where) const {
    Engine& engine = Engine::current(where);
    return mutex_.is_held_by(engine.current_task(), engine);
  }

  Mutex mutex_;
  std::uint32_t again_ = 0;  ///< nested locks that the holder has not unlocked yet
};

/// std::recursive_mutex under the control of the engine.
class recursive_mutex : public basic_recursive_mutex<mutex> {
 public:
  using basic_recursive_mutex::basic_recursive_mutex;
};

/// std::recursive_timed_mutex under the control of the engine.
class recursive_timed_mutex : public basic_recursive_mutex<timed_mutex> {
 public:
  using basic_recursive_mutex::basic_recursive_mutex;

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration,
                    SourceLocation where = SourceLocation::current()) {
    return lock_again(where) || begin(underlying().try_lock_for(duration, where));
  }
  bool try_lock_until(Deadline time, SourceLocation where = SourceLocation::current()) {
    return lock_again(where) || begin(underlying().try_lock_until(time, where));
  }
};

}  // namespace sim
