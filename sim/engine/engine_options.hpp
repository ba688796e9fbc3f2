#pragma once

// The options with which an engine runs executions: their length, the size of stacks, and the
// memory of the trace. They are fixed when the engine is constructed.

#include <cstddef>
#include <cstdint>
#include <span>

#include <sim/base/limits.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// What an execution does after its first failure.
enum class AfterFailure : std::uint8_t {
  stop,      ///< the execution ends there
  continue_  ///< the execution continues until no task can run; its outcome is still the first
             ///< failure
};

/// Memory for a trace that must outlive a crash of this process. It is shared with another process.
struct TraceMemory {
  std::span<TraceEntry> entries;  ///< at least EngineOptions::trace_entries() entries
  std::uint64_t* size = nullptr;  ///< number of entries in use; the engine updates it with every
                                  ///< entry
};

struct EngineOptions {
  std::size_t stack_bytes = std::size_t{256} * 1024;  ///< stack of each task; memory is mapped as
                                                      ///< it is used
  std::uint32_t steps_max = kSteps;                   ///< maximum number of steps and choices in
                                                      ///< one execution
  Bounds bounds{};                                    ///< limits for each task
  AfterFailure after_failure = AfterFailure::stop;
  /// A task that has joined as many tasks makes each further task in the place of one that it has
  /// joined, so that kTasksMax bounds the tasks that are alive, and not all that an execution
  /// makes.
  std::uint32_t joins_before_reuse = kTasksMax / 2;
  bool record_order = false;   ///< records spawns, joins and wake-ups in the trace
  TraceMemory trace_memory{};  ///< memory for the trace; if empty, the engine allocates it

  /// The number of entries that trace_memory needs with these options.
  [[nodiscard]] std::size_t trace_entries() const {
    // There is at most one wake-up for each step in which a task begins to sleep.
    return std::size_t{steps_max} * 2 + 4 * kTasksMax;
  }
};

}  // namespace sim
