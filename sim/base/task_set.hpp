#pragma once

// The tasks of one execution, and sets of them. A task is a small number and a set is a bit mask,
// so the engine and the strategies combine sets in a few instructions.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// How many tasks one execution may have, the test body included. This is a build constant: the
/// library and everything that links to it must agree on it, which the CMake target ensures. It
/// must be a multiple of 64 and at most 256.
#ifndef RACELAB_TASKS_MAX
#define RACELAB_TASKS_MAX 64
#endif

/// Marks functions that often count the members of task sets. Counting bits is one instruction on
/// every x86-64 processor since 2008, but the baseline of the architecture does not have it.
#if defined(__x86_64__)
#define SIM_FAST_BITS [[gnu::target("popcnt")]]
#else
#define SIM_FAST_BITS
#endif

namespace sim {

/// Position of a task in the order of creation within one execution; the test body is task 0.
enum class TaskId : std::uint8_t {};

/// The position of a task, for use as an array index.
constexpr std::size_t index_of(TaskId task) {
  return static_cast<std::size_t>(task);
}
/// The task at position `index`. Requires index < kTasksMax.
constexpr TaskId task_at(std::size_t index) {
  return static_cast<TaskId>(index);
}

/// How many tasks one execution may have, the test body included.
inline constexpr std::size_t kTasksMax = RACELAB_TASKS_MAX;
/// The test body.
inline constexpr TaskId kMainTask{0};

/// A set of tasks. It is a plain value. Iteration goes from the lowest TaskId to the highest.
class TaskSet {
 public:
  constexpr TaskSet() = default;
  /// The set that has `task` as its only member.
  static constexpr TaskSet of(TaskId task) {
    TaskSet one;
    one.insert(task);
    return one;
  }

  constexpr void insert(TaskId task) { word(task) |= bit(task); }
  constexpr void erase(TaskId task) { word(task) &= ~bit(task); }
  constexpr void clear() { words_ = {}; }
  /// Whether `task` is a member.
  [[nodiscard]] constexpr bool contains(TaskId task) const {
    return (words_[index_of(task) / kBits] & bit(task)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const {
    std::uint64_t any = 0;
    for (const std::uint64_t word : words_) any |= word;
    return any == 0;
  }
  /// How many members the set has.
  [[nodiscard]] constexpr std::uint32_t size() const {
    std::uint32_t count = 0;
    for (const std::uint64_t word : words_)
      count += static_cast<std::uint32_t>(std::popcount(word));
    return count;
  }
  /// The member that has exactly `n` members before it. Requires n < size().
  [[nodiscard]] constexpr TaskId nth(std::uint32_t n) const {
    for (std::size_t i = 0;; ++i) {
      std::uint64_t word = words_[i];
      if constexpr (kWords > 1) {
        const auto count = static_cast<std::uint32_t>(std::popcount(word));
        if (n >= count) {
          n -= count;
          continue;
        }
      }
      for (; n > 0; --n) word &= word - 1;
      return task_at(i * kBits + static_cast<std::size_t>(std::countr_zero(word)));
    }
  }
  /// How many members are smaller than `task`. For a member, this is the inverse of nth().
  [[nodiscard]] constexpr std::uint32_t rank(TaskId task) const {
    std::uint32_t count = 0;
    const std::size_t last = index_of(task) / kBits;
    for (std::size_t i = 0; i < last; ++i)
      count += static_cast<std::uint32_t>(std::popcount(words_[i]));
    return count + static_cast<std::uint32_t>(std::popcount(words_[last] & (bit(task) - 1)));
  }
  /// Calls visit(task) for each member.
  template <class Visit>
  constexpr void for_each(Visit visit) const {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(task_at(i * kBits + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }

  constexpr TaskSet& operator|=(const TaskSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
  }
  constexpr TaskSet& operator-=(const TaskSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  constexpr TaskSet& operator&=(const TaskSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
  }
  friend constexpr TaskSet operator&(TaskSet a, const TaskSet& b) { return a &= b; }
  friend constexpr TaskSet operator|(TaskSet a, const TaskSet& b) { return a |= b; }
  friend constexpr TaskSet operator-(TaskSet a, const TaskSet& b) { return a -= b; }
  friend constexpr bool operator==(const TaskSet&, const TaskSet&) = default;

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t kWords = kTasksMax / kBits;
  static_assert(kTasksMax % kBits == 0 && kTasksMax > 0 && kTasksMax <= 256,
                "RACELAB_TASKS_MAX must be 64, 128, 192 or 256");

  static constexpr std::uint64_t bit(TaskId task) {
    return std::uint64_t{1} << (index_of(task) % kBits);
  }
  constexpr std::uint64_t& word(TaskId task) { return words_[index_of(task) / kBits]; }

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace sim
