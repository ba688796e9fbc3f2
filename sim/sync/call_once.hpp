#pragma once

// sim::once_flag and sim::call_once model std::once_flag and std::call_once. Each call_once()
// begins with one step, which finds out whether the function has been called. The task that calls
// the function makes a second step after the function has returned; a task that arrives during that
// call makes a second step, which waits for its end.

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// The state of a once_flag: whether a function has been called with it.
enum class OnceState : std::uint8_t { unused, calling, done };

/// std::once_flag under the control of the engine.
class once_flag {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr once_flag(const Name& name = {}, SourceLocation where = SourceLocation::current())
      : state_(OnceState::unused, name, where) {
    state_.be_part_of_primitive();
  }
  once_flag(const once_flag&) = delete;
  once_flag& operator=(const once_flag&) = delete;

  // This member is not in std::once_flag.

  [[nodiscard]] ObjectId id() const { return state_.id(); }

 private:
  template <class Function, class... Arguments>
  friend void call_once(once_flag& flag, Function&& function, Arguments&&... arguments);

  /// Returns true if the calling task must call the function, and false if the function has
  /// returned already. Waits while another task calls it.
  bool begin() {
    for (;;) {
      OnceState found = OnceState::unused;
      if (state_.compare_exchange("call_once", found, OnceState::calling)) return true;
      if (found == OnceState::done) return false;
      const auto is_over = [](OnceState state) { return state != OnceState::calling; };
      if (state_.await(is_over) == OnceState::done) return false;
    }
  }
  void end(bool done) {
    state_.store_as(done ? "done" : "failed", done ? OnceState::done : OnceState::unused);
  }

  atomic<OnceState> state_;
};

/// std::call_once under the control of the engine. If the function throws, call_once() throws that
/// exception, and the next task calls the function again. Calling call_once() with the same flag
/// inside the function is a deadlock.
template <class Function, class... Arguments>
void call_once(once_flag& flag, Function&& function, Arguments&&... arguments) {
  if (!flag.begin()) return;
  try {
    std::invoke(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
  } catch (...) {
    flag.end(false);
    throw;
  }
  flag.end(true);
}

}  // namespace sim

template <>
struct fmt::formatter<sim::OnceState> : fmt::formatter<std::string_view> {
  auto format(sim::OnceState state, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(state == sim::OnceState::unused    ? "unused"
                                                    : state == sim::OnceState::calling ? "calling"
                                                                                       : "done",
                                                    context);
  }
};
