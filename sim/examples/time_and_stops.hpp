#pragma once

// Bugs around time-outs and requests to stop.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/late-answer`, in which a time-out is taken for a refusal, and
/// `example/stop-token`, in which a worker sleeps through a request to stop, and for each a
/// `-fixed` program.
void add_time_and_stops(Registry& registry);

}  // namespace sim
