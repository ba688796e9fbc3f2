#pragma once

// Runs a failing execution of a search once more, in a child process of its own, to record it: the
// search itself keeps only the trace. If the execution crashed or hung, the child process may crash
// or hang too.

#include <atomic>
#include <chrono>
#include <span>

#include <sim/base/trace.hpp>
#include <sim/engine/program.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// Repeats executions of one program. Keeps a reference to the program. Not thread-safe.
class Rerunner {
 public:
  /// An execution that runs when `interrupt`, which may be null, becomes true is ended soon.
  Rerunner(const Program& program, const EngineOptions& engine,
           std::chrono::milliseconds hang_timeout, const std::atomic<bool>* interrupt = nullptr);

  /// Repeats the execution with this trace, up to its first failure. Throws what run_isolated()
  /// throws.
  [[nodiscard]] IsolatedRun run(std::span<const TraceEntry> entries) const;

  /// The id of the group of failures that end their processes as `end` describes: those of the same
  /// cause in the same task, whatever its TaskId is.
  [[nodiscard]] static std::uint64_t group_of(const ChildEnd& end);
  /// The failure of an execution that ended its process.
  struct FatalFailure {
    FailureGroup group;
    bool reproduced = false;  ///< whether the second execution ended in the same way
  };
  /// Repeats the execution with the trace `entries`, which ended its process as `end` describes,
  /// and makes its failure group. The outcome is that of the repeated execution or, if that one
  /// does not fail, the outcome that `end` describes.
  [[nodiscard]] FatalFailure run_fatal(std::span<const TraceEntry> entries,
                                       const ChildEnd& end) const;

 private:
  [[nodiscard]] IsolatedRun run(std::span<const TraceEntry> entries,
                                std::chrono::milliseconds hang_timeout) const;

  const Program& program_;
  EngineOptions engine_;
  std::chrono::milliseconds hang_timeout_;
  const std::atomic<bool>* interrupt_;
};

}  // namespace sim
