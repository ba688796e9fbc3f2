#pragma once

// Vector clocks: one number for each task, which says how many of its steps happen before a point.
// HappensBefore uses them for the conflicts of a trace, RaceDetector for the C++ memory model.
// Mattern, "Virtual time and global states of distributed systems" (1989).

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <sim/base/task_set.hpp>

namespace sim {

/// A view of a vector clock: one number for each task, by task index.
using ClockView = std::span<const std::int32_t>;

/// Clocks are merged in blocks of this many numbers, one instruction for each block.
inline constexpr std::size_t kClockBlock = 4;
static_assert(kTasksMax % kClockBlock == 0);

/// Sets each of the first `numbers` numbers of `clock` to the maximum of both clocks. Requires
/// `numbers` to be a multiple of kClockBlock.
inline void merge_clocks(std::int32_t* clock, const std::int32_t* other, std::size_t numbers) {
  using Block = std::int32_t __attribute__((vector_size(kClockBlock * sizeof(std::int32_t))));
  for (std::size_t i = 0; i < numbers; i += kClockBlock) {
    Block mine;
    Block its;
    std::memcpy(&mine, clock + i, sizeof(mine));
    std::memcpy(&its, other + i, sizeof(its));
    const Block less = mine < its;
    mine = (mine & ~less) | (its & less);
    std::memcpy(clock + i, &mine, sizeof(mine));
  }
}

/// Whether everything that happens before the point of clock `part` also happens before the point
/// of `clock`. Requires `clock` to be at least as long as `part`.
[[nodiscard]] inline bool includes(ClockView clock, ClockView part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] > clock[i]) return false;
  }
  return true;
}

/// A vector clock with room for every task of an execution. A plain value, initially all zeros.
class VectorClock {
 public:
  VectorClock() = default;
  explicit VectorClock(ClockView clock) {
    std::memcpy(numbers_.data(), clock.data(), clock.size() * sizeof(std::int32_t));
  }

  [[nodiscard]] std::int32_t operator[](TaskId task) const { return numbers_[index_of(task)]; }
  /// Counts one more step of `task`. Returns the new number of its steps.
  std::int32_t advance(TaskId task) { return ++numbers_[index_of(task)]; }
  void merge(const VectorClock& other) {
    merge_clocks(numbers_.data(), other.numbers_.data(), kTasksMax);
  }
  /// Merges a clock whose length is at most kTasksMax and a multiple of kClockBlock.
  void merge(ClockView other) { merge_clocks(numbers_.data(), other.data(), other.size()); }
  /// Whether step number `step` of `task` happens before the point of this clock.
  [[nodiscard]] bool knows(TaskId task, std::int32_t step) const {
    return numbers_[index_of(task)] >= step;
  }
  operator ClockView() const { return numbers_; }

 private:
  std::array<std::int32_t, kTasksMax> numbers_{};
};

}  // namespace sim
