#include <sim/examples/peterson.hpp>

#include <cstdint>

#include <fmt/format.h>

#include <sim/engine/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/await.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/var.hpp>

namespace sim {

/// Which tasks want to enter, and which of them goes first. Both are in one atomic, so that one
/// step can wait for a condition on both.
struct Door {
  std::uint8_t wants[2] = {};
  std::uint8_t first = 0;
};

}  // namespace sim

template <>
struct fmt::formatter<sim::Door> : fmt::formatter<fmt::string_view> {
  auto format(const sim::Door& door, fmt::format_context& context) const {
    const char wants[]{door.wants[0] == 0 ? '-' : '0', door.wants[1] == 0 ? '-' : '1'};
    return fmt::format_to(context.out(), "{}{}, {} first", wants[0], wants[1], door.first);
  }
};

namespace sim {
namespace {

/// Peterson's lock (G. L. Peterson, "Myths about the mutual exclusion problem", 1981) for the tasks
/// 0 and 1.
///
/// The bug: a task lets the other one go first before it says that it wants to enter. The other
/// task may do both in between and enter, because it finds that nobody else wants to.
///
/// The fix: a task first says that it wants to enter.
class Peterson {
 public:
  explicit Peterson(bool says_so_first) : says_so_first_(says_so_first) {}

  void lock(std::uint8_t me) {
    const auto other = static_cast<std::uint8_t>(1 - me);
    if (says_so_first_) want(me);
    door_.update("let_go_first", [other](Door door) {
      door.first = other;
      return door;
    });
    if (!says_so_first_) want(me);
    await(door_, [me, other](Door door) { return door.wants[other] == 0 || door.first == me; });
  }
  void unlock(std::uint8_t me) {
    door_.update("leave", [me](Door door) {
      door.wants[me] = 0;
      return door;
    });
  }

 private:
  void want(std::uint8_t me) {
    door_.update("want", [me](Door door) {
      door.wants[me] = 1;
      return door;
    });
  }

  bool says_so_first_;
  atomic<Door> door_{Door{}, "door"};
};

void meet(bool says_so_first) {
  Peterson lock{says_so_first};
  var<int> inside{0, "inside"};
  const auto come_in = [&](std::uint8_t me) {
    lock.lock(me);
    ++inside.write();
    lock.unlock(me);
  };
  thread zero{come_in, std::uint8_t{0}};
  thread one{come_in, std::uint8_t{1}};
  zero.join();
  one.join();
  SIM_EXPECT(inside.peek() == 2);
}

}  // namespace

void add_peterson(Registry& registry) {
  add_with_fix(registry, "example/peterson", "Peterson's lock with two lines in the wrong order",
               "Peterson's lock", meet);
}

}  // namespace sim
