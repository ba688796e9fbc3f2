#pragma once

// Runs one execution in a child process and brings back its recording, also if the code under test
// crashes or hangs there: the child writes its events into shared memory (event_log.hpp) under the
// eyes of a Supervisor.

#include <chrono>
#include <functional>
#include <string>

#include <sim/engine/engine.hpp>
#include <sim/process/event_log.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// One execution that was run in a child process, as far as it went.
struct IsolatedRun {
  Recording recording;  ///< its outcome is a crash or a hang if the child did not survive
  /// What the function returned; if the child did not survive, what it noted last. Bytes.
  std::string note;
  ChildEnd end;
};

/// Calls `execute` in a child process with a recorder that outlives it. `execute` runs one
/// execution, with that recorder as its observer and on an engine with the options it is given; it
/// returns a note of its own. A child that makes no step for longer than `hang_timeout` is killed.
/// Forks, so no other threads should run. Throws what Supervisor::run() throws.
IsolatedRun run_isolated(
    const std::function<std::string(LoggingRecorder&, const EngineOptions&)>& execute,
    EngineOptions options, std::chrono::milliseconds hang_timeout);

}  // namespace sim
