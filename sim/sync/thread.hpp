#pragma once

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

/// std::thread as a task of the engine. Its function runs at once up to its first visible
/// operation, then its creator goes on; neither that nor the join is a step.
/// As with std::thread, destroying a joinable one calls std::terminate, which fails the execution.
class thread {
 public:
  /// Which task a thread is; that of a thread without one is no task's.
  class id {
   public:
    id() = default;
    explicit id(TaskId task) : number_(1 + static_cast<std::uint32_t>(index_of(task))) {}
    friend auto operator<=>(const id&, const id&) = default;
    /// Its number among the tasks of the execution.
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
  template <class Function, class... Arguments>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, thread>) SIM_ALWAYS_INLINE
      explicit thread(Function&& function, Arguments&&... arguments) {
    // The new task moves the call to its own stack before this constructor goes on.
    Call<std::decay_t<Function>, std::decay_t<Arguments>...> call{
        std::forward<Function>(function), {std::forward<Arguments>(arguments)...}};
    task_ = Engine::current(SourceLocation::current()).spawn(&call.run, &call);
    joinable_ = true;
  }
  thread(thread&& other) noexcept
      : task_(other.task_), joinable_(std::exchange(other.joinable_, false)) {}
  thread& operator=(thread&& other) noexcept {
    terminate_if_joinable();
    task_ = other.task_;
    joinable_ = std::exchange(other.joinable_, false);
    return *this;
  }
  ~thread() { terminate_if_joinable(); }

  [[nodiscard]] bool joinable() const { return joinable_; }
  SIM_ALWAYS_INLINE void join(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    if (!joinable_) {
      engine.fail_and_go_on(OutcomeKind::misuse, "join of a thread that is not joinable", where);
      return;
    }
    joinable_ = false;
    engine.join(task_);
  }
  /// The task goes on by itself; the execution ends when it has ended too.
  void detach() { joinable_ = false; }
  [[nodiscard]] id get_id() const { return joinable_ ? id{task_} : id{}; }
  /// As many tasks as an execution may have.
  [[nodiscard]] static unsigned hardware_concurrency() { return kTasksMax; }
  void swap(thread& other) noexcept {
    std::swap(task_, other.task_);
    std::swap(joinable_, other.joinable_);
  }
  [[nodiscard]] TaskId task() const { return task_; }

 private:
  template <class Function, class... Arguments>
  struct Call {
    Function function;
    std::tuple<Arguments...> arguments;

    [[noreturn]] static void run(void* self) {
      {
        Call call = std::move(*static_cast<Call*>(self));
        // Apart, because Clang does not inline std::apply: one return fewer to predict wrongly.
        if constexpr (sizeof...(Arguments) == 0) {
          std::invoke(std::move(call.function));
        } else {
          std::apply(std::move(call.function), std::move(call.arguments));
        }
      }
      Engine::end_task();
    }
  };

  void terminate_if_joinable() const noexcept {
    Engine* const engine = Engine::current_or_null();
    if (!joinable_ || engine == nullptr) return;
    // A failed check that returns from the function does not get to the join.
    engine->leave_where_failed();
    if (!engine->draining()) std::terminate();
  }

  TaskId task_{};
  bool joinable_ = false;
};

inline void swap(thread& a, thread& b) noexcept {
  a.swap(b);
}

namespace this_thread {

inline thread::id get_id(SourceLocation where = SourceLocation::current()) {
  return thread::id{Engine::current(where).current_task()};
}

}  // namespace this_thread
}  // namespace sim

template <>
struct std::hash<sim::thread::id> {
  std::size_t operator()(const sim::thread::id& id) const noexcept { return id.number_; }
};
