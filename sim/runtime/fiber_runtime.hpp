#pragma once

// The runtime of simulated executions: code that is written against sim::Runtime runs on the
// engine's fibers, and each of its steps is one scheduling point.

#include <cstdint>
#include <string_view>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/check.hpp>
#include <sim/runtime/runtime.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>

namespace sim {

/// A sim::Runtime on the engine's fibers. Cells and mutexes must be made inside an execution
/// (UsageError otherwise).
struct FiberRuntime {
  struct Context {
    template <class Text>
    void check(bool /*passed*/, const Text& text) {
      sim::mark("check", text);
    }
    template <class Text>
    void describe(const Text& text) {
      sim::describe_task(text);
    }
  };

  template <class T>
  class Cell {
   public:
    Cell(T value, std::string_view name) : value_(value, sim::name(name)) {}

    T read(Context&, const char* word) const { return value_.load_as(word); }
    void write(Context&, const char* word, T value) { value_.store_as(word, value); }
    template <class Change>
    T update(Context&, const char* word, const Change& change) {
      T now{};
      value_.update(word, [&](T value) { return now = change(value); });
      return now;
    }
    bool compare_exchange(Context&, const char* word, T& expected, T desired) {
      return value_.compare_exchange(word, expected, desired);
    }
    [[nodiscard]] T peek() const { return value_.peek(); }
    [[nodiscard]] ObjectId id() const { return value_.id(); }

   private:
    atomic<T> value_;
  };

  class Mutex {
   public:
    explicit Mutex(std::string_view name) : mutex_(sim::name(name)) {}

    void lock(Context&, const char* word) { mutex_.lock_as(word, SourceLocation::current()); }
    void unlock(Context&, const char* word) { mutex_.unlock_as(word, SourceLocation::current()); }
    /// Makes the calling task hold the mutex without a step. Requires that no step was made on the
    /// mutex before.
    void adopt() { mutex_.adopt(SourceLocation::current()); }

   private:
    mutex mutex_;
  };

  class Ghost {
   public:
    void add(std::int64_t amount) { value_ += amount; }
    [[nodiscard]] std::int64_t value() const { return value_; }

   private:
    std::int64_t value_ = 0;
  };
};

static_assert(Runtime<FiberRuntime>);

}  // namespace sim
