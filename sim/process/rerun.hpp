#pragma once

// Runs a failing execution of a search once more, in a child process of its own, so that its steps
// can be put into words: the search itself keeps only the trace. That child may crash or hang as
// the first one did.

#include <chrono>
#include <span>

#include <sim/base/trace.hpp>
#include <sim/engine/program.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// Runs executions of one program once more. Keeps a reference to the program.
class Rerunner {
 public:
  Rerunner(const Program& program, const EngineOptions& engine,
           std::chrono::milliseconds hang_timeout);

  /// Runs the execution with these steps and choices, up to its first failure.
  [[nodiscard]] IsolatedRun run(std::span<const TraceEntry> entries) const;

  /// The failure of an execution that ended with its process.
  struct FatalFailure {
    FailureGroup group;
    bool reproduced = false;  ///< whether the second execution ended in the same way
  };
  /// Makes the group of an execution that `entries` led to and that ended its process as `end`
  /// says. Its outcome is that of a second execution or, if that one survives, what `end` says.
  [[nodiscard]] FatalFailure run_fatal(std::span<const TraceEntry> entries,
                                       const ChildEnd& end) const;

 private:
  const Program& program_;
  EngineOptions engine_;
  std::chrono::milliseconds hang_timeout_;
};

}  // namespace sim
