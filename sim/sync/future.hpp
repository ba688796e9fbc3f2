#pragma once

// sim::promise, sim::future, sim::shared_future and sim::async model their counterparts in std.
// Satisfying a promise is one step. Waiting for its future is one step, which is enabled once the
// promise is satisfied. Errors are reported as in the standard, as std::future_error.

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/thread.hpp>

namespace sim {

using std::future_errc;
using std::future_error;
using std::future_status;
using std::launch;

template <class T>
class shared_future;

/// The state that a promise and its futures share.
template <class T>
class FutureState {
 public:
  /// The type in which a T is stored; T may be a reference or void.
  using Kept = std::conditional_t<
      std::is_void_v<T>, std::monostate,
      std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, std::decay_t<T>>>;

  FutureState(const Name& name, SourceLocation where) : ready_(false, name, where) {
    ready_.own_jointly();
    ready_.be_part_of_primitive();
  }
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;
  ~FutureState() {
    if (task_.joinable()) task_.join();
  }

  /// Satisfies the promise in one step that is shown as `label`. Throws future_error if the promise
  /// is satisfied already. The caller makes the value before this step, because making it may make
  /// steps.
  void set(const char* label, std::unique_ptr<Kept> value, std::exception_ptr exception,
           StopBy by = StopBy::exception) {
    bool had = false;
    constexpr auto kOrder = std::memory_order_seq_cst;
    if (!ready_.compare_exchange(label, had, true, kOrder, kOrder, by)) {
      throw future_error{future_errc::promise_already_satisfied};
    }
    value_ = std::move(value);
    exception_ = std::move(exception);
  }
  /// Called when the promise is destroyed. If it is not satisfied, stores a broken_promise error
  /// for its future, in one step.
  void abandon() {
    if (ready_.peek()) return;
    set("abandon", nullptr, std::make_exception_ptr(future_error{future_errc::broken_promise}),
        StopBy::suspension);
  }

  void wait() {
    run_deferred();
    ready_.await([](bool ready) { return ready; });
  }
  future_status wait_until(Deadline time) {
    if (is_deferred()) return future_status::deferred;
    const bool ready = ready_.await_until([](bool is) { return is; }, time.ns);
    return ready ? future_status::ready : future_status::timeout;
  }
  template <class Rep, class Period>
  future_status wait_for(const std::chrono::duration<Rep, Period>& duration, SourceLocation where) {
    if (is_deferred()) return future_status::deferred;
    if (duration > duration.zero()) return wait_until(steady_clock::after(duration, where));
    return ready_.load() ? future_status::ready : future_status::timeout;
  }
  /// Returns the value or throws the exception. Call wait() first.
  Kept& value() {
    if (exception_) std::rethrow_exception(exception_);
    if (!value_)
      throw TaskStop{};  // draining ended the wait, although the promise was never
                         // satisfied
    return *value_;
  }

  /// Makes the first task that waits run `call`. Each waiting task then makes one more step, which
  /// finds out whether it is the first. Must be called before other tasks can use the state.
  void defer(std::function<void()> call) {
    deferred_ = std::move(call);
    called_.emplace(false, Name{"async.call"});
    called_->own_jointly();
    called_->be_part_of_primitive();
  }
  /// Makes the last owner of the state join `task`. Must be called before other tasks can use the
  /// state.
  void run_in(thread task) { task_ = std::move(task); }
  /// Called when one of several futures is destroyed. If the last of them joins a task, this is a
  /// step, because all interleavings of one trace must agree on which future is the last.
  void let_go() {
    if (task_.joinable()) {
      ready_.update(
          "let_go", [](bool ready) { return ready; }, std::memory_order_relaxed,
          StopBy::suspension);
    }
  }
  /// Returns true when called for the first time, and false afterwards.
  bool retrieve() { return !std::exchange(retrieved_, true); }
  [[nodiscard]] bool retrieved() const { return retrieved_; }

 private:
  [[nodiscard]] bool is_deferred() const { return called_ && !called_->load(); }
  void run_deferred() {
    if (called_ && !called_->exchange(true)) deferred_();
  }

  atomic<bool> ready_;
  std::optional<atomic<bool>> called_;  ///< for a deferred call: whether a task has begun to run it
  std::unique_ptr<Kept> value_;
  std::exception_ptr exception_;
  std::function<void()> deferred_;
  thread task_;
  bool retrieved_ = false;
};

/// The members that future and shared_future have in common.
template <class T>
class basic_future {
 public:
  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  void wait() const { state().wait(); }
  /// Makes one step that reads the clock, then one step that waits. If the duration is not
  /// positive, makes one step, which only loads.
  template <class Rep, class Period>
  future_status wait_for(const std::chrono::duration<Rep, Period>& duration,
                         SourceLocation where = SourceLocation::current()) const {
    return state().wait_for(duration, where);
  }
  future_status wait_until(Deadline time) const { return state().wait_until(time); }

 protected:
  using State = FutureState<T>;

  basic_future() noexcept = default;
  explicit basic_future(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] State& state() const {
    if (state_ == nullptr) throw future_error{future_errc::no_state};
    return *state_;
  }

  std::shared_ptr<State> state_;  // NOLINT(*-non-private-member-variables-in-classes)
};

/// std::future under the control of the engine. get() and wait() are one step, which is enabled
/// once the promise is satisfied.
template <class T>
class future : public basic_future<T> {
 public:
  future() noexcept = default;
  future(future&&) noexcept = default;
  future& operator=(future&&) noexcept = default;
  /// Used by promise and async(); not in std::future.
  explicit future(std::shared_ptr<FutureState<T>> state) : basic_future<T>(std::move(state)) {}

  T get() {
    this->wait();
    const auto state = std::exchange(this->state_, nullptr);
    auto& kept = state->value();
    if constexpr (std::is_reference_v<T>) {
      return *kept;
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(kept);
    }
  }
  shared_future<T> share() noexcept {
    return shared_future<T>{std::exchange(this->state_, nullptr)};
  }
};

/// std::shared_future under the control of the engine. Destroying one that came from async() is one
/// step.
template <class T>
class shared_future : public basic_future<T> {
 public:
  shared_future() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::shared_future.
  shared_future(future<T>&& future) noexcept : shared_future(future.share()) {}
  shared_future(const shared_future&) noexcept = default;
  shared_future(shared_future&&) noexcept = default;
  shared_future& operator=(shared_future other) noexcept {
    std::swap(this->state_, other.state_);
    return *this;
  }
  ~shared_future() {
    if (this->state_ != nullptr) this->state_->let_go();
  }

  std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<const T>> get() const {
    this->wait();
    auto& kept = this->state_->value();
    if constexpr (std::is_reference_v<T>) {
      return *kept;
    } else if constexpr (!std::is_void_v<T>) {
      return kept;
    }
  }

 private:
  friend future<T>;
  using basic_future<T>::basic_future;
};

/// std::promise under the control of the engine. If it is destroyed unsatisfied after get_future()
/// was called, its future gets a future_error, in one step. There are no _at_thread_exit() members.
template <class T>
class promise {
  struct None {};
  static constexpr bool kHasValue = !std::is_void_v<T> && !std::is_reference_v<T>;
  using Value = std::conditional_t<kHasValue, T, None>;
  using Referred = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>, None>;
  using Kept = typename FutureState<T>::Kept;

 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  promise(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : state_(std::make_shared<FutureState<T>>(name, where)) {}
  promise(promise&&) noexcept = default;
  promise& operator=(promise&& other) noexcept {
    promise{std::move(other)}.swap(*this);
    return *this;
  }
  ~promise() {
    if (state_ != nullptr && state_->retrieved()) state_->abandon();
  }

  [[nodiscard]] future<T> get_future() {
    if (!state().retrieve()) throw future_error{future_errc::future_already_retrieved};
    return future<T>{state_};
  }
  void set_value(const Value& value) requires(kHasValue) { set(std::make_unique<Kept>(value)); }
  void set_value(Value&& value) requires(kHasValue) {
    set(std::make_unique<Kept>(std::move(value)));
  }
  void set_value(Referred& value) requires(std::is_reference_v<T>) {
    set(std::make_unique<Kept>(&value));
  }
  void set_value() requires(std::is_void_v<T>) { set(std::make_unique<Kept>()); }
  void set_exception(std::exception_ptr exception) {
    state().set("set_exception", nullptr, std::move(exception));
  }
  void swap(promise& other) noexcept { std::swap(state_, other.state_); }

 private:
  void set(std::unique_ptr<Kept> value) { state().set("set_value", std::move(value), nullptr); }
  [[nodiscard]] FutureState<T>& state() const {
    if (state_ == nullptr) throw future_error{future_errc::no_state};
    return *state_;
  }

  std::shared_ptr<FutureState<T>> state_;
};

template <class T>
void swap(promise<T>& a, promise<T>& b) noexcept {
  a.swap(b);
}

/// Calls `call` and satisfies the promise of `to` with its result or exception.
template <class T, class Call>
void fulfil(FutureState<T>& to, Call& call) {
  using Kept = typename FutureState<T>::Kept;
  std::unique_ptr<Kept> value;
  try {
    if constexpr (std::is_void_v<T>) {
      call();
      value = std::make_unique<Kept>();
    } else if constexpr (std::is_reference_v<T>) {
      value = std::make_unique<Kept>(&call());
    } else {
      value = std::make_unique<Kept>(call());
    }
  } catch (const TaskStop&) {
    throw;
  } catch (...) {
    to.set("throw", nullptr, std::current_exception());
    return;
  }
  to.set("return", std::move(value), nullptr);
}

template <class Function, class... Arguments>
using AsyncResult = std::invoke_result_t<std::decay_t<Function>, std::decay_t<Arguments>...>;

/// std::async under the control of the engine. If `policy` contains launch::async, the function
/// runs in a task of its own, which the last future joins when it is destroyed, as in the standard.
/// Otherwise the first task that waits for the result calls the function.
template <class Function, class... Arguments>
[[nodiscard]] future<AsyncResult<Function, Arguments...>> async(launch policy, Function&& function,
                                                                Arguments&&... arguments) {
  using T = AsyncResult<Function, Arguments...>;
  const auto state = std::make_shared<FutureState<T>>(Name{"async"}, SourceLocation::current());
  // A plain pointer to the state is enough, because the state outlives the call.
  auto call = [to = state.get(),
               function = std::decay_t<Function>(std::forward<Function>(function)),
               arguments = std::tuple<std::decay_t<Arguments>...>(
                   std::forward<Arguments>(arguments)...)]() mutable {
    const auto apply = [&]() -> decltype(auto) {
      return std::apply(std::move(function), std::move(arguments));
    };
    fulfil(*to, apply);
  };
  if ((policy & launch::async) == launch::async) {
    state->run_in(thread{std::move(call)});
  } else {
    state->defer([call = std::make_shared<decltype(call)>(std::move(call))] { (*call)(); });
  }
  return future<T>{state};
}
template <class Function, class... Arguments>
requires(!std::is_same_v<std::decay_t<Function>, launch>)
    [[nodiscard]] auto async(Function&& function, Arguments&&... arguments) {
  return sim::async(launch::async | launch::deferred, std::forward<Function>(function),
                    std::forward<Arguments>(arguments)...);
}

}  // namespace sim
