#include <sim/examples/needle.hpp>

#include <cstddef>
#include <cstdint>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// A server shuts down in n steps: it closes n - 1 connections and then sets `down`. A watchdog
/// that knows nothing of the shutdown checks once, and raises the alarm if the server is down.
///
/// The alarm is raised if the check comes after all n steps. This is the case in 1 of the n + 1
/// interleavings. The probability that one execution finds it is
/// - 2^-n for a random walk, which must choose the server n times: 1/4096 for n = 12;
/// - 1/(n+1) for PosStrategy, and for SurwStrategy if it is interested in all steps: 1/13;
/// - 1/2 for PctStrategy of depth 1, and for SurwStrategy: both tasks use only `down`.
void late_check(std::int64_t n) {
  atomic<std::int64_t> connections{n - 1, "connections"};
  atomic<bool> down{false, "down"};
  thread server{[&, n] {
    for (std::int64_t i = 1; i < n; ++i) connections.fetch_sub(1);
    down.store(true);
  }};
  thread watchdog{[&] {
    const bool alarm = down.load();
    SIM_EXPECT(!alarm);
  }};
  server.join();
  watchdog.join();
}

}  // namespace

void add_needle(Registry& registry) {
  registry.add({"example/late-check",
                "a watchdog that was not told of the shutdown and checks after it",
                true,
                {{"n", 12, 1, 1000, "steps of the shutdown"}},
                [](const Arguments& arguments) {
                  return Program{{}, {}, [n = arguments.at("n")] { late_check(n); }};
                }});
}

}  // namespace sim
