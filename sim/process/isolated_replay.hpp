#pragma once

// Replays a schedule in a child process, so that code under test that crashes or hangs has an
// outcome like any other. sim/schedule/replay.hpp replays in this process.

#include <sim/engine/program.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Does what replay() does, in a child process. A child that makes no step for longer than
/// ReplayOptions::hang_timeout is killed. Forks, so no other threads should run. Throws what
/// Supervisor::run() throws.
Replayed replay_isolated(const Program& program, const Schedule& schedule,
                         const ReplayOptions& options);

}  // namespace sim
