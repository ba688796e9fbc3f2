#pragma once

// A work unit of the search by traces: what one execution begins with, and how it came about. What
// is left to explore is a stack of these; each can be explored by itself, in any process.
// docs/dpor.md explains the terms.

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

/// A choice of a branch that was not "which task".
struct TakenChoice {
  TaskId task;
  std::uint32_t index;  ///< of the alternative
};

/// What an execution of the search by traces begins with, and how that came about. A value.
struct Branch {
  std::vector<TaskId> steps;                     ///< the task that makes each of them
  std::vector<WakeupSequence> wakeup_sequences;  ///< in order; they do not overlap
  std::vector<TakenChoice> choices;              ///< in order
  /// If not 0, the branch stands for several: its last choice is to take each alternative from its
  /// index up to `alternatives`, exclusive.
  std::uint32_t alternatives = 0;
  /// The origin of each task, by the number that the branch gives it. Empty if the test body makes
  /// all tasks, because tasks then have the same numbers in every execution.
  std::vector<TaskOrigin> origins;

  /// Makes it empty; keeps its memory.
  void clear();
  void write(ByteWriter& out) const;
  /// Reads the bytes that write() has written. Returns false, and leaves an unusable branch, if
  /// they are not the encoding of a branch.
  [[nodiscard]] bool read(std::string_view bytes);
  /// Whether its members fit together: to be asked of a branch that was read from bytes of unknown
  /// origin before it is used.
  [[nodiscard]] bool is_well_formed() const;
};

}  // namespace sim
