#pragma once

// How much of the possible orders some executions have covered: which conflicting operations of
// different tasks they had in both orders. A measure for runs that found no failure.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// What a task does to an object, however often: by the names that a Recording shows.
struct TaskAction {
  std::string task;
  std::string operation;
  std::string object;
  friend auto operator<=>(const TaskAction&, const TaskAction&) = default;
};

/// Two actions, in this order.
struct ActionOrder {
  TaskAction first;
  TaskAction second;
  friend auto operator<=>(const ActionOrder&, const ActionOrder&) = default;
};

/// Which pairs of conflicting actions of different tasks some executions had in both orders. Pairs
/// that a spawn or a join orders are left out.
struct Coverage {
  std::uint64_t executions = 0;    ///< how many were examined
  std::size_t pairs = 0;           ///< how many pairs met
  std::vector<ActionOrder> never;  ///< the orders that no execution had, of pairs that met
};

/// Examines executions, one after the other.
class CoverageCollector {
 public:
  /// `trace` must come from an engine with EngineOptions::record_order; `recording` is that of the
  /// same execution.
  void add(const Trace& trace, const Recording& recording);
  [[nodiscard]] Coverage result() const;

 private:
  /// The last time that an action was done.
  struct Last {
    std::size_t event;
    std::int32_t step;  ///< its number within its task, from 1
  };

  void meet(const TaskAction& first, const TaskAction& second);

  /// By pair, the smaller action first: 1 if they were seen in this order, 2 if in the other one.
  std::map<std::pair<TaskAction, TaskAction>, unsigned> orders_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
