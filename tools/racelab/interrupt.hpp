#pragma once

// Turns Ctrl-C and SIGTERM into a flag that long searches check, so that they end with a report.

#include <atomic>

namespace racelab {

/// Returns a flag. From now on SIGINT and SIGTERM set it instead of ending this process or the
/// child processes it starts later.
std::atomic<bool>& catch_interrupts();

}  // namespace racelab
