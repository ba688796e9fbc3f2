#pragma once

// sim::thread_specific replaces `thread_local`: put `sim::thread_specific<T> x{value};` in the
// place of `thread_local T x = value;`, also at namespace scope or as a static member. All tasks of
// an execution run on one thread, so they would share a thread_local variable, and it would keep
// its value from one execution to the next. Accessing the value is not a step.

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <sim/engine/engine.hpp>

namespace sim {

/// A variable with one value for each task. A task's value is made at the task's first access and
/// destroyed when the task ends, before a join of the task returns. The values of one task are
/// destroyed in the reverse order of their creation. Steps of the value's destructor are steps of
/// that task. Each execution begins without values.
///
/// The variable itself may be made before and outlive executions, and its constructors are
/// constexpr: it may be static or constinit. Outside an execution it has one value for each thread,
/// as a thread_local variable has. Destroying the variable destroys the remaining values.
template <class T>
class thread_specific {
 public:
  /// Each task's value begins as T{}.
  constexpr thread_specific() noexcept requires std::default_initializable<T>
      : make_([]() -> T { return T{}; }) {}
  /// Each task's value begins as a copy of T(arguments...).
  template <class... Arguments>
  requires(sizeof...(Arguments) > 0 && std::constructible_from<T, Arguments...> &&
           std::copy_constructible<T>) constexpr explicit thread_specific(Arguments&&... arguments)
      : initial_(std::in_place, std::forward<Arguments>(arguments)...) {}
  /// Each task's value begins as make(), which the task calls.
  constexpr explicit thread_specific(T (*make)()) noexcept : make_(make) {}
  thread_specific(const thread_specific&) = delete;
  thread_specific& operator=(const thread_specific&) = delete;
  ~thread_specific() {
    if (Engine* const engine = Engine::current_or_null()) {
      engine->exits().destroy_values(this);
    } else if (!values_are_gone) {
      values_of_thread().values.erase(this);
    }
  }

  /// The calling task's value.
  T& get() const {
    if (Engine* const engine = Engine::current_or_null()) return of_task(*engine);
    return of_thread();
  }
  T& operator*() const { return get(); }
  T* operator->() const { return &get(); }
  // NOLINTNEXTLINE(google-explicit-constructor): so that it is used like a variable.
  operator T&() const { return get(); }
  template <class Value>
  requires std::assignable_from<T&, Value> T& operator=(Value&& value) {
    return get() = std::forward<Value>(value);
  }

 private:
  /// The values of one thread, outside executions, of all variables.
  struct ThreadValues {
    ThreadValues() = default;
    ThreadValues(const ThreadValues&) = delete;
    ThreadValues& operator=(const ThreadValues&) = delete;
    ~ThreadValues() { values_are_gone = true; }
    std::map<const void*, std::unique_ptr<T>> values;
  };

  std::unique_ptr<T> made() const {
    if (make_ != nullptr) return std::unique_ptr<T>{new T(make_())};
    if constexpr (std::copy_constructible<T>) return std::unique_ptr<T>{new T(*initial_)};
    return nullptr;  // not reached: one of the two is set
  }
  T& of_task(Engine& engine) const {
    const TaskId task = engine.current_task();
    if (void* const value = engine.exits().value_of(task, this)) return *static_cast<T*>(value);
    std::unique_ptr<T> value = made();
    engine.exits().add_value(task, this, &destroy, value.get());
    return *value.release();
  }
  T& of_thread() const {
    std::unique_ptr<T>& value = values_of_thread().values[this];
    if (value == nullptr) value = made();
    return *value;
  }
  static ThreadValues& values_of_thread() {
    static thread_local ThreadValues values;
    return values;
  }
  static void destroy(void* value) { delete static_cast<T*>(value); }
  /// Whether the thread has ended so far that its values are destroyed: static variables are
  /// destroyed later.
  static inline constinit thread_local bool values_are_gone = false;

  std::optional<T> initial_;
  T (*make_)() = nullptr;
};

}  // namespace sim
