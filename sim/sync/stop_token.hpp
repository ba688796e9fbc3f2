#pragma once

// sim::stop_source, sim::stop_token and sim::stop_callback model their counterparts in std.
// stop_requested() is one step. request_stop() is one step, and one more after each callback that
// it calls. Registering a callback and deregistering it are one step each.

#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// The value of the shared object of a StopState.
struct StopValue {
  std::uint32_t requested = 0;  ///< 1 after a stop was requested, 0 before
  std::uint32_t called = 0;     ///< how many callbacks have returned
};

/// The state that a stop_source, its tokens and their callbacks share. It is one shared object:
/// requested() reads it, and all other operations write it.
class StopState {
 public:
  /// The part of a stop_callback that does not depend on its function.
  class Callback {
   public:
    Callback() = default;
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    virtual void call() = 0;

   protected:
    ~Callback() = default;
  };

  StopState(const Name& name, SourceLocation where) : value_(StopValue{}, name, where) {
    value_.own_jointly();
    value_.be_part_of_primitive();
  }

  [[nodiscard]] bool requested() const noexcept { return value_.load().requested != 0; }
  /// Requests a stop and, if no stop was requested before, calls the callbacks in the order of
  /// their registration. Returns whether no stop was requested before.
  bool request() noexcept {
    constexpr auto kOrder = std::memory_order_seq_cst;
    const auto set = [](StopValue value) { return StopValue{1, value.called}; };
    if (value_.update("request_stop", set, kOrder, StopBy::suspension).requested != 0) return false;
    requester_ = Engine::current(SourceLocation::current()).current_task();
    while (!callbacks_.empty()) {
      running_ = callbacks_.front();
      callbacks_.erase(callbacks_.begin());
      if (!call(*running_)) Engine::current_or_null()->abandon_current_task();
      const auto count = [](StopValue v) { return StopValue{v.requested, v.called + 1}; };
      value_.update("called", count, kOrder, StopBy::suspension);
      running_ = nullptr;  // after that step, because a task in remove() waits for the step
    }
    return true;
  }
  /// Registers `callback` and returns true, or returns false if a stop was requested before.
  bool add(Callback& callback) noexcept {
    if (value_.update("register", kAsItIs, std::memory_order_acquire, StopBy::suspension)
            .requested != 0)
      return false;
    callbacks_.push_back(&callback);
    return true;
  }
  /// Deregisters `callback`, so that it is not called any more. If another task is calling it,
  /// waits until that call has returned.
  void remove(Callback& callback) noexcept {
    const std::uint32_t called =
        value_.update("deregister", kAsItIs, std::memory_order_acquire, StopBy::suspension).called;
    std::erase(callbacks_, &callback);
    if (running_ != &callback ||
        requester_ == Engine::current(SourceLocation::current()).current_task()) {
      return;
    }
    value_.await([called](StopValue value) { return value.called > called; },
                 std::memory_order_seq_cst, StopBy::suspension);
  }
  /// Calls `callback`. Returns false if TaskStop ended it.
  static bool call(Callback& callback) noexcept {
    try {
      callback.call();
      return true;
    } catch (const TaskStop&) {
      return false;
    } catch (...) {
      std::terminate();  // as in the standard; here the exception is known to the handler
    }
  }

 private:
  static constexpr auto kAsItIs = [](StopValue value) { return value; };

  atomic<StopValue> value_;
  std::vector<Callback*> callbacks_;
  Callback* running_ = nullptr;
  TaskId requester_{};  ///< the task that calls the callbacks
};

class stop_source;
template <class Function>
class stop_callback;

using std::nostopstate;
using std::nostopstate_t;

/// std::stop_token under the control of the engine. Unlike the standard's, stop_possible() stays
/// true when no stop_source is left.
class stop_token {
 public:
  stop_token() noexcept = default;
  [[nodiscard]] bool stop_requested() const noexcept {
    return state_ != nullptr && state_->requested();
  }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ != nullptr; }
  void swap(stop_token& other) noexcept { state_.swap(other.state_); }
  friend bool operator==(const stop_token&, const stop_token&) = default;

 private:
  friend stop_source;
  template <class Function>
  friend class stop_callback;
  explicit stop_token(std::shared_ptr<StopState> state) : state_(std::move(state)) {}
  std::shared_ptr<StopState> state_;
};

/// std::stop_source under the control of the engine. A stop_source that was moved from has no
/// state; its request_stop() returns false.
class stop_source {
 public:
  explicit stop_source(const Name& name = "stop", SourceLocation where = SourceLocation::current())
      : state_(std::make_shared<StopState>(name, where)) {}
  explicit stop_source(nostopstate_t) noexcept {}

  [[nodiscard]] stop_token get_token() const noexcept { return stop_token{state_}; }
  [[nodiscard]] bool stop_requested() const noexcept {
    return state_ != nullptr && state_->requested();
  }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ != nullptr; }
  /// Returns whether no stop was requested before.
  bool
  request_stop() noexcept {  // NOLINT(readability-make-member-function-const): as std::stop_source.
    return state_ != nullptr && state_->request();
  }
  void swap(stop_source& other) noexcept { state_.swap(other.state_); }
  friend bool operator==(const stop_source&, const stop_source&) = default;

 private:
  std::shared_ptr<StopState> state_;
};

inline void swap(stop_token& a, stop_token& b) noexcept {
  a.swap(b);
}
inline void swap(stop_source& a, stop_source& b) noexcept {
  a.swap(b);
}

/// std::stop_callback under the control of the engine. If a stop was requested before, the
/// constructor calls the function. If another task is calling the function, the destructor waits
/// for that call to return.
template <class Function>
class stop_callback final : private StopState::Callback {
 public:
  using callback_type = Function;

  template <class Given>
  explicit stop_callback(const stop_token& token, Given&& function) noexcept(
      std::is_nothrow_constructible_v<Function, Given>)
      : function_(std::forward<Given>(function)), state_(token.state_) {
    if (state_ == nullptr || state_->add(*this)) return;
    state_ = nullptr;
    if (!StopState::call(*this)) Engine::current_or_null()->abandon_current_task();
  }
  stop_callback(const stop_callback&) = delete;
  stop_callback& operator=(const stop_callback&) = delete;
  ~stop_callback() {
    if (state_ != nullptr) state_->remove(*this);
  }

 private:
  void call() override { std::forward<Function>(function_)(); }

  Function function_;
  std::shared_ptr<StopState> state_;
};

template <class Function>
stop_callback(stop_token, Function) -> stop_callback<Function>;

}  // namespace sim

template <>
struct fmt::formatter<sim::StopValue> : fmt::formatter<std::string_view> {
  auto format(const sim::StopValue& value, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(value.requested != 0 ? "true" : "false",
                                                    context);
  }
};
