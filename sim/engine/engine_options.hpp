#pragma once

// How an engine runs executions: how long, with how much stack, and where the trace lies. An engine
// has its options from its construction on.

#include <cstddef>
#include <cstdint>
#include <span>

#include <sim/base/limits.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// What an execution does after its first failure.
enum class AfterFailure : std::uint8_t {
  stop,      ///< it ends there
  continue_  ///< it goes on until no task can; the first failure is still its outcome
};

/// Memory for a trace that must outlive a crash of this process: shared with another process.
struct TraceMemory {
  std::span<TraceEntry> entries;  ///< at least EngineOptions::trace_entries() entries
  std::uint64_t* size = nullptr;  ///< number of entries in use, kept up to date at every step
};

struct EngineOptions {
  std::size_t stack_bytes = std::size_t{256} * 1024;  ///< of each task; mapped as it is used
  std::uint32_t steps_max = kSteps;                   ///< steps and choices in one execution
  Bounds bounds{};                                    ///< of each task
  AfterFailure after_failure = AfterFailure::stop;
  bool record_order = false;   ///< records spawns, joins and wake-ups in the trace
  TraceMemory trace_memory{};  ///< where the trace lies; if empty, in memory of the engine

  /// The number of entries that trace_memory needs with these options.
  [[nodiscard]] std::size_t trace_entries() const {
    // At most one task is woken for each step in which one goes to sleep.
    return std::size_t{steps_max} * 2 + 4 * kTasksMax;
  }
};

}  // namespace sim
