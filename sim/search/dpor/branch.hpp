#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/base/task_origin.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// Steps of a branch that were taken instead of the default step of task `skipped`: those that lead
/// up to step `end`, which conflicts with that default, and this one.
struct Detour {
  std::uint32_t begin;
  std::uint32_t end;  ///< inclusive
  TaskId skipped;
};

/// A choice of a branch that was not "which task".
struct TakenChoice {
  TaskId task;
  std::uint32_t index;
};

/// What an execution of a DPOR search begins with, and how that came about. A value.
struct Branch {
  std::vector<TaskId> steps;         ///< which task makes each of them
  std::vector<Detour> detours;       ///< in order; they do not overlap
  std::vector<TakenChoice> choices;  ///< in order
  /// Where it is not 0, the last choice is an alternative of one that the branch ends with, and
  /// those from its index up to this one, exclusive, are to be explored.
  std::uint32_t alternatives = 0;
  /// By name of a task; empty where all tasks are made by the test body, and their names are their
  /// numbers.
  std::vector<TaskOrigin> origins;

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
