#pragma once

// sim::jthread models std::jthread: a sim::thread whose destructor requests a stop and joins. The
// request is one step. It is omitted if no code can observe it, that is, if the function takes no
// stop_token and nobody has asked for the thread's stop_source or stop_token.

#include <stop_token>
#include <type_traits>
#include <utility>

#include <sim/sync/stop_token.hpp>
#include <sim/sync/thread.hpp>

namespace sim {

/// std::jthread as a task of the engine. A function that takes a stop_token as its first argument
/// gets the thread's own; one that takes a std::stop_token does not compile, because a request for
/// a stop would be no step. Joining a thread that is not joinable is misuse.
class jthread {
 public:
  using id = thread::id;

  jthread() = default;
  template <class Function, class... Arguments>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, jthread>) explicit jthread(
      Function&& function, Arguments&&... arguments)
      : stop_(Name{"stop"}) {
    if constexpr (std::is_invocable_v<std::decay_t<Function>, stop_token,
                                      std::decay_t<Arguments>...>) {
      may_ask_ = true;
      thread_ = thread{std::forward<Function>(function), stop_.get_token(),
                       std::forward<Arguments>(arguments)...};
    } else {
      static_assert(std::is_invocable_v<std::decay_t<Function>, std::decay_t<Arguments>...> ||
                        !std::is_invocable_v<std::decay_t<Function>, std::stop_token,
                                             std::decay_t<Arguments>...>,
                    "the function takes a std::stop_token, whose requests the engine does not see: "
                    "make it a sim::stop_token, or include sim/std.hpp");
      thread_ = thread{std::forward<Function>(function), std::forward<Arguments>(arguments)...};
    }
  }
  jthread(jthread&&) noexcept = default;
  jthread& operator=(jthread&& other) noexcept {
    if (this == &other) return *this;
    stop_and_join();
    thread_ = std::move(other.thread_);
    stop_ = std::move(other.stop_);
    may_ask_ = other.may_ask_;
    return *this;
  }
  ~jthread() { stop_and_join(); }

  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  void join(SourceLocation where = SourceLocation::current()) { thread_.join(where); }
  void detach() { thread_.detach(); }
  [[nodiscard]] id get_id() const noexcept { return thread_.get_id(); }
  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return thread::hardware_concurrency();
  }
  [[nodiscard]] stop_source get_stop_source() noexcept { return source(); }
  [[nodiscard]] stop_token get_stop_token() const noexcept { return source().get_token(); }
  bool request_stop() noexcept { return source().request_stop(); }
  void swap(jthread& other) noexcept {
    std::swap(thread_, other.thread_);
    stop_.swap(other.stop_);
    std::swap(may_ask_, other.may_ask_);
  }

 private:
  [[nodiscard]] stop_source& source() const noexcept {
    may_ask_ = true;
    return stop_;
  }
  void stop_and_join() {
    if (!joinable()) return;
    if (may_ask_) stop_.request_stop();
    join();
  }

  thread thread_;
  mutable stop_source stop_{nostopstate};
  mutable bool may_ask_ = false;  ///< whether another object may share the state of stop_
};

inline void swap(jthread& a, jthread& b) noexcept {
  a.swap(b);
}

}  // namespace sim
