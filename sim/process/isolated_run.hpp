#pragma once

// Runs one execution in a child process and returns its recording, even if the code under test
// crashes or hangs: the child writes its events into shared memory (event_log.hpp), and a
// Supervisor watches it.

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include <sim/engine/engine.hpp>
#include <sim/process/event_log.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// One execution that was run in a child process, up to its end or to the end of the process.
struct IsolatedRun {
  Recording recording;  ///< its outcome is a crash or a hang if the child did not survive
  /// The bytes that the function returned; if the child did not survive, its last note.
  std::string note;
  ChildEnd end;
  bool interrupted = false;  ///< the child was killed because of an interrupt
};

/// Calls `execute` in a child process. `execute` must run one execution, with the given recorder as
/// its observer and on an engine with the given options; it returns a note, which is any bytes. A
/// child that makes no step for longer than `hang_timeout` is killed. So is a child that does not
/// end soon after `interrupt`, which may be null, has become true. Forks, so no other threads
/// should run. Throws what Supervisor::run() throws.
IsolatedRun run_isolated(
    const std::function<std::string(LoggingRecorder&, const EngineOptions&)>& execute,
    EngineOptions options, std::chrono::milliseconds hang_timeout,
    const std::atomic<bool>* interrupt = nullptr);

}  // namespace sim
