#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <sim/runtime.hpp>

namespace sim {

/// A context that does nothing around the steps of its task.
struct NoHooks {
  void before_step(const char* /*word*/, std::string_view /*object*/) {}
  template <class T>
  void after_step(const char* /*word*/, std::string_view /*object*/, const T& /*value*/) {}
  template <class Text>
  void check(bool /*passed*/, const Text& /*text*/) {}
  template <class Text>
  void describe(const Text& /*text*/) {}
};

/// The runtime of real threads. `Hooks` is the context of one task: before_step(word, object) is
/// called ahead of each step and may wait there; after_step(word, object, value) behind it, with
/// the value that the step read or left (of a lock or unlock, whether it is held now).
/// check(passed, text) is called between steps, and may wait too.
/// `Lockable` is what a Mutex locks. All members of Cell and Mutex are thread-safe.
template <class Hooks = NoHooks, class Lockable = std::mutex>
struct ThreadRuntime {
  using Context = Hooks;

  /// Any T in one operation each: a lock is held for the length of the operation, never around
  /// hooks.
  template <class T>
  class Cell {
   public:
    Cell(T value, std::string name) : name_(std::move(name)), value_(value) {}

    T read(Context& context, const char* word) const {
      return step(context, word, [this] { return value_; });
    }
    void write(Context& context, const char* word, T value) {
      step(context, word, [this, value] { return value_ = value; });
    }
    template <class Change>
    T update(Context& context, const char* word, const Change& change) {
      return step(context, word, [&] { return value_ = change(value_); });
    }
    bool compare_exchange(Context& context, const char* word, T& expected, T desired) {
      bool equal = false;
      const T found = step(context, word, [&] {
        equal = value_ == expected;
        return equal ? std::exchange(value_, desired) : value_;
      });
      if (!equal) expected = found;
      return equal;
    }
    [[nodiscard]] T peek() const {
      const std::lock_guard lock{mutex_};
      return value_;
    }

   private:
    template <class Operation>
    T step(Context& context, const char* word, const Operation& operation) const {
      context.before_step(word, name_);
      const T value = [&] {
        const std::lock_guard lock{mutex_};
        return operation();
      }();
      context.after_step(word, name_, value);
      return value;
    }

    std::string name_;
    mutable std::mutex mutex_;
    T value_;
  };

  class Mutex {
   public:
    explicit Mutex(std::string name) : name_(std::move(name)) {}

    void lock(Context& context, const char* word) {
      context.before_step(word, name_);
      mutex_.lock();
      context.after_step(word, name_, true);
    }
    void unlock(Context& context, const char* word) {
      context.before_step(word, name_);
      mutex_.unlock();
      context.after_step(word, name_, false);
    }

   private:
    std::string name_;
    Lockable mutex_;
  };

  struct Ghost {
    void add(std::int64_t /*amount*/) {}
    [[nodiscard]] std::int64_t value() const { return 0; }
  };
};

static_assert(Runtime<ThreadRuntime<>>);

}  // namespace sim
