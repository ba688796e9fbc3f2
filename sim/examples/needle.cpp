#include <sim/examples/needle.hpp>

#include <cstddef>
#include <cstdint>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// A server is shut down in n steps: it closes n - 1 connections, then says that it is down. Nobody
/// has told the watchdog, which checks once and raises the alarm if the server is down.
///
/// The alarm goes off where the check comes behind all n steps, in 1 of n + 1 interleavings. So it
/// is found with probability
/// - 2^-n by a random walk, which must prefer the server n times: 1/4096 for n = 12;
/// - 1/(n+1) by PosStrategy, and by SurwStrategy where all steps are of interest: 1/13;
/// - 1/2 by PctStrategy of depth 1, and by SurwStrategy: `down` is all that both tasks use.
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
                "a watchdog that no one told of the shutdown: its check comes last",
                true,
                {{"n", 12, 1, 1000, "steps of the shutdown"}},
                [](const Arguments& arguments) {
                  return Program{{}, {}, [n = arguments.at("n")] { late_check(n); }};
                }});
}

}  // namespace sim
