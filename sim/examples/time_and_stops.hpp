#pragma once

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/late-answer`, where a wait that timed out is taken for a refusal, and
/// `example/stop-token`, where a worker sleeps through the request to stop, each with its `-fixed`.
void add_time_and_stops(Registry& registry);

}  // namespace sim
