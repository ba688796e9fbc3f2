#pragma once

// Finds what explain() examines: the pairs of conflicting steps of a recorded execution, and the
// critical sections that a lock keeps apart. A pair inside two such sections cannot be reversed
// alone, so explain() reverses the sections as a whole. Both are found in time linear in the number
// of steps, except in executions that are short.

#include <cstddef>
#include <optional>
#include <vector>

#include <sim/diagnose/pattern.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// The steps that a task makes while it holds a mutex. The bounds are events; both are inclusive.
struct CriticalSection {
  ObjectId mutex{};
  bool shared = false;    ///< whether other tasks may hold the mutex at the same time
  std::size_t begin = 0;  ///< the step that locks the mutex
  std::size_t end = 0;    ///< the step that releases it, or the last event if none does
};

/// Two critical sections of different tasks, which a lock keeps apart.
struct SeparatedSections {
  Ordering locks;             ///< the steps that lock the mutex
  std::size_t first_end = 0;  ///< the last event of the first section
  std::size_t end = 0;        ///< the last event of the second section
};

/// The critical sections of one execution. A value.
class CriticalSections {
 public:
  explicit CriticalSections(const Recording& recording);

  /// The sections around two steps of different tasks that a lock keeps apart. If several locks do,
  /// the widest sections. Empty if no lock does, or if the second step is not among the events.
  [[nodiscard]] std::optional<SeparatedSections> around(const Ordering& pair) const;
  /// The sections that contain `event`, as indexes. A step that locks or releases is part of its
  /// section.
  [[nodiscard]] const std::vector<std::size_t>& at(std::size_t event) const {
    return around_[event];
  }
  [[nodiscard]] const CriticalSection& operator[](std::size_t section) const {
    return sections_[section];
  }

 private:
  std::vector<CriticalSection> sections_;
  std::vector<std::vector<std::size_t>> around_;  ///< by event: the sections that contain it
};

/// The pairs of conflicting steps of different tasks whose order is worth examining (see
/// decides()), in the order of their first steps. If the recording has more than `all_pairs_of`
/// events, only the nearest: for each step and each other task, the last conflicting step before it
/// and the first one after it. An execution that reverses a more distant conflict also reverses one
/// of these.
[[nodiscard]] std::vector<Ordering> conflicting_pairs(const Recording& recording,
                                                      std::size_t all_pairs_of);

}  // namespace sim
