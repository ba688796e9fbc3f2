#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// How large a program is, as far as a few executions have shown. Tasks and objects are told apart
/// by where they come from, which is the same in every interleaving. Each count of steps is the
/// largest of those that the executions had.
struct Measurement {
  struct Access {
    std::size_t object;
    std::uint32_t steps;
    bool writes;  ///< some step is no load
  };
  struct Task {
    std::size_t parent;          ///< who made it, before it in `tasks`; of the test body: itself
    std::uint32_t child_number;  ///< among that one's tasks, from 1; of the test body: 0
    std::uint32_t steps;
    std::vector<Access> accesses;  ///< in the order of `objects`
  };
  struct Object {
    std::size_t creator;    ///< the task that made it
    std::uint32_t ordinal;  ///< among that one's objects, from 0
    std::uint32_t steps;    ///< of all tasks
  };

  std::uint32_t length = 0;     ///< steps of the longest execution
  std::vector<Task> tasks;      ///< the test body comes first
  std::vector<Object> objects;  ///< those that had a step
};

/// How many executions measure() runs.
inline constexpr std::uint64_t kMeasuredExecutions = 10;

/// Measures `program` by executions of a random walk. The same for the same seed. An execution that
/// `options` cut, at a failure or at the step bound, counts as far as it came.
/// Runs on the calling thread, under `options` and with their trace memory, so a crash of the code
/// under test is the supervisor's to catch; throws what Engine::run throws.
Measurement measure(const Program& program, const EngineOptions& options, std::uint64_t seed);

}  // namespace sim
