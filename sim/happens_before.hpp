#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sim/task_set.hpp>
#include <sim/trace.hpp>

namespace sim {

/// How many steps of each task happen before or at a point: Mattern, "Virtual time and global
/// states of distributed systems" (1989).
using VectorClock = std::array<std::uint32_t, kTasksMax>;

/// The order that a trace imposes on its steps: that of each task, of spawns and joins, and of each
/// two steps on one object of which at least one writes. Reusable, so that it allocates rarely.
class HappensBefore {
 public:
  /// The trace must have been made with EngineOptions::record_order.
  void compute(const Trace& trace);

  /// The clock of the step that is entry `entry` of the trace.
  [[nodiscard]] const VectorClock& clock(std::size_t entry) const { return clocks_[entry]; }
  /// Whether entry `a`, a step, happens before entry `b`, a later one.
  [[nodiscard]] bool ordered(std::size_t a, std::size_t b) const;
  /// Equal for two executions exactly where they are the same Mazurkiewicz trace, but for a
  /// collision of 64-bit hashes.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct ObjectClocks {
    VectorClock writes{};    ///< of the last write
    VectorClock accesses{};  ///< of all steps up to now
  };

  ObjectClocks& object(ObjectId id);

  std::vector<TraceEntry> entries_;
  std::vector<VectorClock> clocks_;
  std::vector<VectorClock> tasks_;
  std::vector<std::vector<ObjectClocks>> objects_;  ///< by creator and ordinal
  std::uint64_t fingerprint_ = 0;
};

}  // namespace sim
