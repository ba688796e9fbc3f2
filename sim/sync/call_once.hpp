#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <sim/name.hpp>
#include <sim/place.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// std::once_flag under the control of the engine.
class once_flag {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  once_flag(Name name = {}, Place where = Place::current()) : state_(kNew, name, where) {}
  once_flag(const once_flag&) = delete;
  once_flag& operator=(const once_flag&) = delete;

  // Beyond std::once_flag.

  [[nodiscard]] ObjectId id() const { return state_.id(); }

 private:
  template <class Function, class... Arguments>
  friend void call_once(once_flag& flag, Function&& function, Arguments&&... arguments);

  static constexpr std::uint8_t kNew = 0;
  static constexpr std::uint8_t kCalling = 1;
  static constexpr std::uint8_t kDone = 2;

  /// Whether the calling task is to call; else another one has, and has returned.
  bool begin() {
    for (;;) {
      std::uint8_t found = kNew;
      if (state_.compare_exchange("call_once", found, kCalling)) return true;
      if (found == kDone) return false;
      state_.await([](std::uint8_t state) { return state != kCalling; });
    }
  }
  void end(bool done) { state_.store_as(done ? "done" : "failed", done ? kDone : kNew); }

  atomic<std::uint8_t> state_;
};

/// std::call_once under the control of the engine: a step that finds out whether the function was
/// called. Who calls it makes one more when it has returned, and one that finds it being called
/// waits, in one step more. Where it throws, another one calls it.
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
