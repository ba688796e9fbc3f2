#pragma once

#include <atomic>

namespace racelab {

/// From now on Ctrl-C, or SIGTERM, sets the flag that is returned, instead of ending this process
/// and the children it makes later.
std::atomic<bool>& catch_interrupts();

}  // namespace racelab
