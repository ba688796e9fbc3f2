#pragma once

// The number of executions that all processes of one search together may run.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>

#include <sim/process/shared_memory.hpp>

namespace sim {

/// A counter in memory that this process shares with the processes that it forks.
class ExecutionBudget {
 public:
  /// Throws std::bad_alloc.
  explicit ExecutionBudget(std::uint64_t executions)
      : left_(new (memory_.data()) std::atomic<std::int64_t>{
            static_cast<std::int64_t>(std::min<std::uint64_t>(executions, INT64_MAX))}) {}

  /// The number of executions left. Each execution decrements it, and no execution starts when it
  /// is 0 or below. See ExploreOptions::executions_left.
  [[nodiscard]] std::atomic<std::int64_t>& left() { return *left_; }

 private:
  SharedMemory memory_{sizeof(std::atomic<std::int64_t>)};
  std::atomic<std::int64_t>* left_;
};

}  // namespace sim
