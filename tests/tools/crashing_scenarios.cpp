// The command with scenarios that crash, hang, exit and throw, as real tests do.

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/registration.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

constexpr auto kFails = sim::Expected::fails;

/// Two tasks. The second calls `harm` if it runs between the two steps of the first.
template <class Harm>
void between_two_steps(Harm harm) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] {
    x.store(1);
    x.store(2);
  }};
  sim::thread second{[&] {
    if (x.load() == 1) harm();
  }};
  first.join();
  second.join();
}

RACELAB_SCENARIO("crash/segmentation-fault", "", kFails) {
  between_two_steps([] {
    // Not a null pointer, because a sanitizer would report that first.
    const volatile std::uintptr_t nowhere = 64;
    *reinterpret_cast<volatile int*>(nowhere) = 1;
  });
}

// NOLINTNEXTLINE(misc-no-recursion): infinite recursion is the purpose.
[[gnu::noinline]] std::uint64_t deeper(std::uint64_t depth) {
  volatile char frame[1024];
  frame[depth % sizeof(frame)] = static_cast<char>(depth);
  return depth == ~std::uint64_t{0} ? 0 : deeper(depth + 1) + static_cast<unsigned char>(frame[0]);
}

RACELAB_SCENARIO("crash/stack-overflow", "", kFails) {
  between_two_steps([] {
    if (deeper(0) == 1) std::abort();
  });
}

/// Needs about a megabyte of stack.
RACELAB_SCENARIO("deep/megabyte", "", kFails) {
  between_two_steps([] {
    if (deeper(~std::uint64_t{0} - 4096) == 1) std::abort();
  });
}

RACELAB_SCENARIO("hang/endless-loop", "", kFails) {
  between_two_steps([] {
    for (volatile bool forever = true; forever;) {
    }
  });
}

/// Behaves differently in every second execution.
RACELAB_SCENARIO("odd/nondeterministic", "", kFails) {
  static int runs = 0;
  between_two_steps([] {});
  sim::atomic<int> y{0, "y"};
  sim::thread last{[&] { y.store(runs++ % 2); }};
  last.join();
}

RACELAB_SCENARIO("odd/one-after-the-other", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] { x.store(1); }};
  first.join();
  sim::thread second{[&] { x.store(2); }};
  second.join();
}

/// Two tasks, each of which waits in a loop for the other to begin.
RACELAB_SCENARIO("hang/livelock", "", kFails) {
  sim::atomic<bool> a{false, "a"};
  sim::atomic<bool> b{false, "b"};
  sim::thread first{[&] {
    while (!b.load()) {
    }
    a.store(true);
  }};
  sim::thread second{[&] {
    while (!a.load()) {
    }
    b.store(true);
  }};
  first.join();
  second.join();
}

/// Fails, and then crashes while the execution is drained.
RACELAB_SCENARIO("crash/after-a-failure", "", kFails) {
  sim::atomic<int> x{0, "x"};
  const sim::Invariant small{
      "x is small", {x.id()}, [&] { return x.peek() < 2; }, [] { return ""; }};
  sim::thread first{[&] {
    x.store(2);
    x.store(1);
    std::abort();
  }};
  sim::thread second{[&] { x.store(1); }};
  first.join();
  second.join();
}

/// Fails in one interleaving and crashes in a later one.
RACELAB_SCENARIO("crash/and-failure", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] {
    x.store(1);
    x.store(2);
  }};
  sim::thread second{[&] {
    const int seen = x.load();
    SIM_EXPECT(seen != 2);
    if (seen == 0) std::abort();
  }};
  first.join();
  second.join();
}

/// One task waits for the other in a loop with sim::yield().
RACELAB_SCENARIO("odd/spins", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] {
    while (x.load() == 0) sim::yield();
  }};
  sim::thread second{[&] { x.store(1); }};
  first.join();
  second.join();
}

RACELAB_SCENARIO("crash/abort", "", kFails) {
  between_two_steps([] { std::abort(); });
}

RACELAB_SCENARIO("crash/exit", "", kFails) {
  between_two_steps([] { std::exit(3); });
}

RACELAB_SCENARIO("fail/uncaught-exception", "", kFails) {
  between_two_steps([] { throw std::runtime_error{"nobody catches this"}; });
}

}  // namespace
