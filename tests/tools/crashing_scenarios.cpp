// The command with scenarios that crash, hang, exit and throw, as real tests do.

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

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
  volatile char frame[1024] = {};
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

/// Touches only the lowest byte of a local variable of this many MiB.
template <std::size_t Mebibytes>
[[gnu::noinline]] int touch_far_end() {
  volatile char frame[Mebibytes << 20U];
  frame[0] = 1;
  return frame[0];
}

RACELAB_SCENARIO("stack/one-mebibyte", "", kFails) {
  between_two_steps([] { touch_far_end<1>(); });
}

RACELAB_SCENARIO("stack/64-mebibytes", "", kFails) {
  between_two_steps([] { touch_far_end<64>(); });
}

/// Uses a shared object on a thread that is no task.
void use_outside(sim::atomic<int>& x) {
  std::thread outside{[&] { x.fetch_add(1); }};
  outside.join();
}

RACELAB_SCENARIO("outside/in-body", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread task{[&] { x.fetch_add(1); }};
  use_outside(x);
  task.join();
}

RACELAB_SCENARIO("outside/in-task", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] {
    x.fetch_add(1);
    use_outside(x);
  }};
  sim::thread second{[&] { x.fetch_add(1); }};
  first.join();
  second.join();
}

/// The thread cannot be unwound through its noexcept function.
RACELAB_SCENARIO("outside/noexcept", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread task{[&] { x.fetch_add(1); }};
  std::thread outside{[&]() noexcept { x.fetch_add(1); }};
  outside.join();
  task.join();
}

/// The tasks wait in vain for what the thread would have done.
RACELAB_SCENARIO("outside/awaited", "", kFails) {
  sim::atomic<int> x{0, "x"};
  std::promise<void> done;
  sim::thread task{[&] {
    x.fetch_add(1);
    done.get_future().wait();
  }};
  std::thread outside{[&] {
    x.fetch_add(1);
    done.set_value();
  }};
  outside.detach();
  task.join();
}

RACELAB_SCENARIO("blocked/mutex", "", kFails) {
  std::mutex mutex;
  sim::atomic<int> x{0, "x"};
  const auto add = [&] {
    const std::lock_guard lock{mutex};
    x.fetch_add(1);
  };
  sim::thread first{add};
  sim::thread second{add};
  first.join();
  second.join();
}

RACELAB_SCENARIO("blocked/sleep", "", kFails) {
  between_two_steps([] { std::this_thread::sleep_for(std::chrono::seconds{30}); });
}

RACELAB_SCENARIO("blocked/pipe", "", kFails) {
  between_two_steps([] {
    std::array<int, 2> ends{};
    char byte = 0;
    if (::pipe(ends.data()) == 0) static_cast<void>(::read(ends[0], &byte, 1));
  });
}

RACELAB_SCENARIO("thread/not-joined", "", kFails) {
  sim::atomic<int> x{0, "x"};
  sim::thread first{[&] { x.store(1); }};
  {
    sim::thread second{[&] { x.store(2); }};
  }
  first.join();
}

RACELAB_SCENARIO("output/lines", "", kFails) {
  std::puts("printed by the body");
  between_two_steps([] {
    std::cout << "printed by a task\n";
    SIM_EXPECT(false);
  });
}

RACELAB_SCENARIO("output/escapes", "", kFails) {
  sim::atomic<int> x{0, sim::name("x\x1b[31m\ny")};
  sim::thread first{[&] { x.store(1); }};
  sim::thread second{[&] {
    sim::mark("say", [] { return "\x1b]0;title\a"; });
    SIM_EXPECT(x.load() == 0);
  }};
  first.join();
  second.join();
}

RACELAB_SCENARIO(
    "output/a-name-that-is-too-long-for-a-file-a-name-that-is-too-long-for-a-file-a-name-that-is-"
    "too-long-for-a-file-a-name-that-is-too-long-for-a-file-a-name-that-is-too-long-for-a-file-a-"
    "name-that-is-too-long-for-a-file-a-name-that-is-too-long-for-a-file",
    "", kFails) {
  between_two_steps([] { SIM_EXPECT(false); });
}

/// Two tasks that make steps without end.
RACELAB_SCENARIO("hang/endless-steps", "", kFails) {
  sim::atomic<int> x{0, "x"};
  const auto count = [&] {
    for (;;) x.fetch_add(1);
  };
  sim::thread first{count};
  sim::thread second{count};
  first.join();
  second.join();
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
