#pragma once

// A branch is a work unit of the search by traces (sim/search/dpor/dpor.hpp): the steps and choices
// with which one execution begins. The search keeps a stack of branches that are left to explore;
// each can be explored independently, in any process. docs/dpor.md explains the terms.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/base/task_origin.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// Steps of a branch that run instead of the default step of `displaced_task`. The last one, step
/// `end`, conflicts with that default; the steps before it lead up to it.
struct WakeupSequence {
  std::uint32_t begin;  ///< index of its first step
  std::uint32_t end;    ///< index of its last step, inclusive
  TaskId displaced_task;
};

/// A choice of a branch, other than which task runs.
struct TakenChoice {
  TaskId task;
  std::uint32_t index;  ///< the alternative that was taken
};

/// The steps and choices with which an execution begins, and which of the steps are wakeup
/// sequences. A plain value.
struct Branch {
  std::vector<TaskId> steps;                     ///< the task that makes each step
  std::vector<WakeupSequence> wakeup_sequences;  ///< in order; they do not overlap
  std::vector<TakenChoice> choices;              ///< in order
  /// If not 0, the branch represents several executions: its last choice takes each alternative
  /// from its index up to `alternatives`, exclusive.
  std::uint32_t alternatives = 0;
  /// The origin of each task, by the TaskId that the branch uses for it. Empty if the test body
  /// makes all tasks, because tasks then have the same TaskIds in every execution.
  std::vector<TaskOrigin> origins;

  /// Makes the branch empty, and keeps its memory.
  void clear();
  void write(ByteWriter& out) const;
  /// Reads the bytes that write() has written. Returns false if they are not the encoding of a
  /// branch; the branch is then unusable.
  [[nodiscard]] bool read(std::string_view bytes);
  /// Whether the members are consistent. Must be checked before the use of a branch that was read
  /// from another process or a file.
  [[nodiscard]] bool is_well_formed() const;
};

}  // namespace sim
