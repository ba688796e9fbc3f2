#pragma once

// Measures the size of a program, for strategies that depend on it: PctStrategy needs the length of
// an execution, SurwStrategy the number of steps of each task on each object.

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// The size of a program, estimated from a few executions. Tasks and objects are identified by who
/// made them, which does not depend on the interleaving. Each count of steps is the maximum over
/// these executions.
struct Measurement {
  struct Access {
    std::size_t object;  ///< index in `objects`
    std::uint32_t steps;
    bool writes;  ///< whether one of the steps can write
  };
  struct Task {
    std::size_t parent;          ///< index of its parent, below its own; 0 for the test body
    std::uint32_t child_number;  ///< among the tasks of its parent, from 1; 0 for the test body
    std::uint32_t steps;
    std::vector<Access> accesses;  ///< in the order of `objects`
  };
  /// The creator of static objects.
  static constexpr std::size_t kNoCreator = SIZE_MAX;
  struct Object {
    std::size_t creator;    ///< index of the task that made it, or kNoCreator
    std::uint32_t ordinal;  ///< its number among the objects of the creator, from 0
    std::uint32_t steps;    ///< sum over all tasks
  };

  std::uint32_t length = 0;     ///< steps of the longest execution
  std::vector<Task> tasks;      ///< the test body is the first
  std::vector<Object> objects;  ///< objects without any step are left out
};

/// Measures a program from the traces of its executions.
class Meter {
 public:
  void add(const Trace& trace);
  /// The number of executions that were added.
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] Measurement result() const;

  void write(ByteWriter& out) const;
  /// Replaces the measurements by those that write() has written. If the input is not the encoding
  /// of a meter, makes `in` fail, and the meter is empty.
  void read(ByteReader& in);

 private:
  /// Identifies a task or object by its creator, and its number among the tasks or objects of that
  /// creator.
  using Origin = std::pair<std::size_t, std::uint32_t>;
  using Counts = std::map<std::size_t, std::uint32_t>;
  struct Tally {
    std::uint32_t steps = 0;
    bool writes = false;
  };

  void read_all(ByteReader& in);
  [[nodiscard]] std::size_t object(const std::vector<std::size_t>& tasks, ObjectId id);
  [[nodiscard]] std::vector<std::size_t> meet_tasks(const Trace& trace);
  static void take_larger(std::vector<std::uint32_t>& largest, const Counts& counts);

  std::map<Origin, std::size_t> tasks_;
  std::map<Origin, std::size_t> objects_;
  std::vector<std::uint32_t> task_steps_;
  std::vector<std::uint32_t> object_steps_;
  std::map<std::pair<std::size_t, std::size_t>, Tally> accesses_;  ///< by task and object
  std::uint32_t length_ = 0;
  std::uint64_t executions_ = 0;
};

/// The number of executions that measure() runs.
inline constexpr std::uint64_t kMeasuredExecutions = 10;

/// Measures `program` by executions of a random walk. The result depends only on the program, the
/// options and the seed. Of an execution that ends early, at a failure or at the step bound, the
/// steps up to that point count. Runs on the calling thread with the trace memory of `options`, so
/// that a supervisor that shares this memory can report a crash of the code under test. Throws what
/// Engine::run throws.
Measurement measure(const Program& program, const EngineOptions& options, std::uint64_t seed);

}  // namespace sim
