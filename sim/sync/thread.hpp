#pragma once

// sim::thread models std::thread: each thread is a task of the execution. Construction, join() and
// detach() are not steps. A new task runs at once up to its first step; then its creator continues.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// std::thread as a task of the engine. Destroying a joinable thread calls std::terminate, as in
/// the standard, which fails the execution with an uncaught exception. Joining a thread that is not
/// joinable is misuse.
class thread {
 public:
  /// Identifies a task. A default-constructed id differs from the id of every task.
  class id {
   public:
    id() = default;
    explicit id(TaskId task) noexcept : number_(1 + static_cast<std::uint32_t>(index_of(task))) {}
    friend auto operator<=>(const id&, const id&) = default;
    /// Writes the task's number in the execution, or "no task".
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out,
                                                        const id& id) {
      return id.number_ == 0 ? out << "no task" : out << id.number_ - 1;
    }

   private:
    friend std::hash<id>;
    std::uint32_t number_ = 0;
  };

  thread() = default;
  // A place cannot be a default argument after a pack of parameters, so that the constructor is
  // written out for up to three arguments.
  template <class Function>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, thread>) SIM_ALWAYS_INLINE
      explicit thread(Function&& function, SourceLocation where = SourceLocation::current()) {
    start(where, std::forward<Function>(function));
  }
  template <class Function, class A>
  SIM_ALWAYS_INLINE explicit thread(Function&& function, A&& a,
                                    SourceLocation where = SourceLocation::current()) {
    start(where, std::forward<Function>(function), std::forward<A>(a));
  }
  template <class Function, class A, class B>
  SIM_ALWAYS_INLINE explicit thread(Function&& function, A&& a, B&& b,
                                    SourceLocation where = SourceLocation::current()) {
    start(where, std::forward<Function>(function), std::forward<A>(a), std::forward<B>(b));
  }
  template <class Function, class A, class B, class C>
  SIM_ALWAYS_INLINE explicit thread(Function&& function, A&& a, B&& b, C&& c,
                                    SourceLocation where = SourceLocation::current()) {
    start(where, std::forward<Function>(function), std::forward<A>(a), std::forward<B>(b),
          std::forward<C>(c));
  }
  template <class Function, class A, class B, class C, class... More>
  requires(sizeof...(More) > 0) SIM_ALWAYS_INLINE
      explicit thread(Function&& function, A&& a, B&& b, C&& c, More&&... more) {
    start(SourceLocation::current(), std::forward<Function>(function), std::forward<A>(a),
          std::forward<B>(b), std::forward<C>(c), std::forward<More>(more)...);
  }
  thread(thread&& other) noexcept
      : task_(other.task_), joinable_(std::exchange(other.joinable_, false)), made_(other.made_) {}
  thread& operator=(thread&& other) noexcept {
    terminate_if_joinable();
    task_ = other.task_;
    made_ = other.made_;
    joinable_ = std::exchange(other.joinable_, false);
    return *this;
  }
  ~thread() { terminate_if_joinable(); }

  [[nodiscard]] bool joinable() const noexcept { return joinable_; }
  SIM_ALWAYS_INLINE void join(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    if (!joinable_) {
      engine.fail_and_go_on(OutcomeKind::misuse, "join of a thread that is not joinable", where);
      return;
    }
    joinable_ = false;
    engine.join(task_);
  }
  /// Detaches the task. The execution still ends only after the task has ended.
  void detach() { joinable_ = false; }
  [[nodiscard]] id get_id() const noexcept { return joinable_ ? id{task_} : id{}; }
  /// The greatest number of tasks that an execution may have.
  [[nodiscard]] static unsigned hardware_concurrency() noexcept { return kTasksMax; }
  void swap(thread& other) noexcept {
    std::swap(task_, other.task_);
    std::swap(joinable_, other.joinable_);
    std::swap(made_, other.made_);
  }
  [[nodiscard]] TaskId task() const noexcept { return task_; }

 private:
  template <class Function, class... Arguments>
  struct Call {
    Function function;
    std::tuple<Arguments...> arguments;

    [[noreturn]] static void run(void* self) {
      {
        Call call = std::move(*static_cast<Call*>(self));
        // A separate case, because Clang does not inline std::apply, and the processor mispredicts
        // each return from a frame that a task switch has left.
        if constexpr (sizeof...(Arguments) == 0) {
          std::invoke(std::move(call.function));
        } else {
          std::apply(std::move(call.function), std::move(call.arguments));
        }
      }
      Engine::end_task();
    }
  };

  template <class Function, class... Arguments>
  SIM_ALWAYS_INLINE void start(SourceLocation where, Function&& function,
                               Arguments&&... arguments) {
    // The new task moves the call to its own stack before spawn() returns.
    Call<std::decay_t<Function>, std::decay_t<Arguments>...> call{
        std::forward<Function>(function), {std::forward<Arguments>(arguments)...}};
    task_ = Engine::current(where).spawn(&call.run, &call);
    joinable_ = true;
    made_ = where;
  }

  void terminate_if_joinable() const noexcept {
    Engine* const engine = Engine::current_or_null();
    if (!joinable_ || engine == nullptr) return;
    // A failed check may have returned from the function before its join().
    engine->leave_where_failed();
    if (!engine->draining()) Engine::terminate_unjoined(made_);
  }

  TaskId task_{};
  bool joinable_ = false;
  SourceLocation made_{"", 0};  ///< where the running task was made
};

inline void swap(thread& a, thread& b) noexcept {
  a.swap(b);
}

namespace this_thread {

inline thread::id get_id(SourceLocation where = SourceLocation::current()) noexcept {
  return thread::id{Engine::current(where).current_task()};
}

}  // namespace this_thread
}  // namespace sim

template <>
struct std::hash<sim::thread::id> {
  std::size_t operator()(const sim::thread::id& id) const noexcept { return id.number_; }
};
