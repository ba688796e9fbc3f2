#pragma once

// The runtime of real threads: code that is written against sim::Runtime runs with std::mutex and
// ordinary variables, and calls hooks before and after each of its steps. The live lab delays,
// records and drives transfers in these hooks.

#include <concepts>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sim/runtime/runtime.hpp>

namespace sim {

/// The position of a step among the changes of its object.
struct StepPlace {
  std::uint64_t version = 0;  ///< number of changes of the object up to this step, inclusive
  bool changed = false;       ///< whether the step changed the object
  friend bool operator==(const StepPlace&, const StepPlace&) = default;
};

/// A context whose hooks do nothing.
struct NoHooks {
  void before_step(const char* /*word*/, std::string_view /*object*/) {}
  template <class T>
  void after_step(const char* /*word*/, std::string_view /*object*/, const T& /*value*/,
                  const StepPlace& /*place*/) {}
  template <class Text>
  void check(bool /*passed*/, const Text& /*text*/) {}
  template <class Text>
  void describe(const Text& /*text*/) {}
};

/// The runtime of real threads. All members of Cell and Mutex are thread-safe.
///
/// `Hooks` is the context of one task. before_step(word, object) is called before each step and may
/// wait. after_step(word, object, value, place) is called after it with the value that the object
/// has after the step (for a mutex: whether it is held) and the step's place; after a
/// compare_exchange that failed, place.changed is false. check(passed, text) is called between
/// steps and may wait.
///
/// `Lockable` is the type of the mutex inside a Mutex. It is constructed from the name if it has
/// such a constructor, and locked with lock(hooks) if it has that member, otherwise with lock().
template <class Hooks = NoHooks, class Lockable = std::mutex>
struct ThreadRuntime {
  using Context = Hooks;

  /// A variable of any type T, protected by a lock that is never held while a hook runs.
  template <class T>
  class Cell {
   public:
    Cell(T value, std::string name) : name_(std::move(name)), value_(value) {}

    T read(Context& context, const char* word) const {
      context.before_step(word, name_);
      std::unique_lock lock{mutex_};
      const T value = value_;
      const StepPlace place{version_, false};
      lock.unlock();
      context.after_step(word, name_, value, place);
      return value;
    }
    void write(Context& context, const char* word, T value) {
      change(context, word, [value](const T&) { return std::optional{value}; });
    }
    template <class Change>
    T update(Context& context, const char* word, const Change& changed) {
      return change(context, word, [&](const T& now) { return std::optional{changed(now)}; }).first;
    }
    bool compare_exchange(Context& context, const char* word, T& expected, T desired) {
      const auto [value, equal] = change(context, word, [&](const T& now) {
        return now == expected ? std::optional{desired} : std::nullopt;
      });
      if (!equal) expected = value;
      return equal;
    }
    [[nodiscard]] T peek() const {
      const std::lock_guard lock{mutex_};
      return value_;
    }

   private:
    /// Replaces the value by what next(value) returns, if that is not empty. Returns the value
    /// after that, and whether it was replaced.
    template <class Next>
    std::pair<T, bool> change(Context& context, const char* word, const Next& next) {
      context.before_step(word, name_);
      std::unique_lock lock{mutex_};
      const std::optional<T> desired = next(value_);
      if (desired) value_ = *desired;
      if (desired) ++version_;
      const T value = value_;
      const StepPlace place{version_, desired.has_value()};
      lock.unlock();
      context.after_step(word, name_, value, place);
      return {value, place.changed};
    }

    std::string name_;
    mutable std::mutex mutex_;
    T value_;
    std::uint64_t version_ = 0;  ///< the number of changes
  };

  class Mutex {
   public:
    explicit Mutex(std::string name) : name_(std::move(name)), mutex_(make(name_)) {}

    void lock(Context& context, const char* word) {
      context.before_step(word, name_);
      if constexpr (requires { mutex_.lock(context); }) {
        mutex_.lock(context);
      } else {
        mutex_.lock();
      }
      context.after_step(word, name_, true, {++version_, true});
    }
    void unlock(Context& context, const char* word) {
      context.before_step(word, name_);
      const StepPlace place{++version_, true};
      mutex_.unlock();
      context.after_step(word, name_, false, place);
    }

   private:
    static Lockable make(const std::string& name) {
      if constexpr (std::constructible_from<Lockable, std::string>) {
        return Lockable{name};
      } else {
        return Lockable{};
      }
    }

    std::string name_;
    Lockable mutex_;
    std::uint64_t version_ = 0;  ///< the number of locks and unlocks; used only by the holder
  };

  struct Ghost {
    void add(std::int64_t /*amount*/) {}
    [[nodiscard]] std::int64_t value() const { return 0; }
  };
};

static_assert(Runtime<ThreadRuntime<>>);

}  // namespace sim
