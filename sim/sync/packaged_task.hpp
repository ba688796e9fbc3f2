#pragma once

// sim::packaged_task models std::packaged_task: a function whose result goes to a future. Calling
// it makes the steps of the function, and then one step, which satisfies the future.

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/sync/future.hpp>

namespace sim {

template <class Signature>
class packaged_task;

/// std::packaged_task under the control of the engine. If it is destroyed before it was called, and
/// get_future() was called, its future gets a broken_promise error, in one step. There is no
/// make_ready_at_thread_exit().
template <class Result, class... Arguments>
class packaged_task<Result(Arguments...)> {
 public:
  packaged_task() noexcept = default;
  template <class Function>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, packaged_task>) explicit packaged_task(
      Function&& function, const Name& name = "task",
      SourceLocation where = SourceLocation::current())
      : function_(
            std::make_unique<Holder<std::decay_t<Function>>>(std::forward<Function>(function))),
        state_(std::make_shared<FutureState<Result>>(name, where)) {}
  packaged_task(packaged_task&& other) noexcept
      : function_(std::move(other.function_)),
        state_(std::move(other.state_)),
        called_(std::exchange(other.called_, false)) {}
  packaged_task& operator=(packaged_task&& other) noexcept {
    packaged_task{std::move(other)}.swap(*this);
    return *this;
  }
  ~packaged_task() { let_go(); }

  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  void swap(packaged_task& other) noexcept {
    std::swap(function_, other.function_);
    std::swap(state_, other.state_);
    std::swap(called_, other.called_);
  }
  [[nodiscard]] future<Result> get_future() {
    if (!state().retrieve()) throw future_error{future_errc::future_already_retrieved};
    return future<Result>{state_};
  }
  /// Calls the function. Throws future_error if it was called before.
  void operator()(Arguments... arguments) {
    FutureState<Result>& to = state();
    if (std::exchange(called_, true)) {
      throw future_error{future_errc::promise_already_satisfied};
    }
    // The state must outlive the call, in which this object may be destroyed.
    const std::shared_ptr<FutureState<Result>> keep = state_;
    const auto call = [&]() -> Result {
      return function_->call(std::forward<Arguments>(arguments)...);
    };
    fulfil(to, call);
  }
  /// Makes a new state, so that the function can be called again.
  void reset(SourceLocation where = SourceLocation::current()) {
    static_cast<void>(state());
    let_go();
    state_ = std::make_shared<FutureState<Result>>(Name{"task"}, where);
    called_ = false;
  }

 private:
  struct Callable {
    Callable() = default;
    Callable(const Callable&) = delete;
    Callable& operator=(const Callable&) = delete;
    virtual ~Callable() = default;
    virtual Result call(Arguments... arguments) = 0;
  };
  template <class Function>
  struct Holder final : Callable {
    template <class Given>
    explicit Holder(Given&& given) : function(std::forward<Given>(given)) {}
    Result call(Arguments... arguments) override {
      if constexpr (std::is_void_v<Result>) {
        static_cast<void>(std::invoke(function, std::forward<Arguments>(arguments)...));
      } else {
        return std::invoke(function, std::forward<Arguments>(arguments)...);
      }
    }
    Function function;
  };

  [[nodiscard]] FutureState<Result>& state() const {
    if (state_ == nullptr) throw future_error{future_errc::no_state};
    return *state_;
  }
  /// Breaks the promise to a future that was retrieved, if there is one.
  void let_go() {
    if (state_ != nullptr && !called_ && state_->retrieved()) state_->abandon();
  }

  std::unique_ptr<Callable> function_;
  std::shared_ptr<FutureState<Result>> state_;
  bool called_ = false;
};

template <class Result, class... Arguments>
packaged_task(Result (*)(Arguments...)) -> packaged_task<Result(Arguments...)>;

namespace detail {

/// The signature of a call operator, from the type of a pointer to it.
template <class Operator>
struct SignatureOf;
template <class T, class R, class... A>
struct SignatureOf<R (T::*)(A...)> : std::type_identity<R(A...)> {};
template <class T, class R, class... A>
struct SignatureOf<R (T::*)(A...) const> : std::type_identity<R(A...)> {};
template <class T, class R, class... A>
struct SignatureOf<R (T::*)(A...) noexcept> : std::type_identity<R(A...)> {};
template <class T, class R, class... A>
struct SignatureOf<R (T::*)(A...) const noexcept> : std::type_identity<R(A...)> {};

}  // namespace detail

template <class Function>
packaged_task(Function)
    -> packaged_task<typename detail::SignatureOf<decltype(&Function::operator())>::type>;

template <class Signature>
void swap(packaged_task<Signature>& a, packaged_task<Signature>& b) noexcept {
  a.swap(b);
}

}  // namespace sim
