#pragma once

// Coverage of the possible orders: which conflicting operations of different tasks were executed in
// both orders, in the executions that were examined. A measure for searches that found no failure.

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

/// An operation of a task on an object, by the names that a Recording has. All executions of it are
/// one action.
struct TaskAction {
  std::string task;
  std::string operation;  ///< its label
  std::string object;
  OperationKind kind{};
  bool on_clock = false;  ///< whether the object is the virtual clock
  friend auto operator<=>(const TaskAction&, const TaskAction&) = default;
};

/// Two actions; `first` is executed before `second`.
struct ActionOrder {
  TaskAction first;
  TaskAction second;
  friend auto operator<=>(const ActionOrder&, const ActionOrder&) = default;
};

/// The pairs of conflicting actions of different tasks that were executed, and which of them in one
/// order only. Pairs whose order follows from a spawn or a join are not counted.
struct Coverage {
  std::uint64_t executions = 0;    ///< executions that were examined
  std::size_t pairs = 0;           ///< pairs that were executed in one order or in both
  std::vector<ActionOrder> never;  ///< the order that was missing, for each pair with one order
};

/// Examines executions, one after the other. Not thread-safe.
class CoverageCollector {
 public:
  /// `trace` must come from an engine with EngineOptions::record_order; `recording` is that of the
  /// same execution.
  void add(const Trace& trace, const Recording& recording);
  /// The coverage of all executions that were added.
  [[nodiscard]] Coverage result() const;

 private:
  /// The last execution of an action.
  struct Last {
    std::size_t event;
    std::int32_t step;  ///< its number within its task, from 1
  };

  void meet(const TaskAction& first, const TaskAction& second);

  /// For each pair, with the smaller action first: 1 if the pair was executed in this order, plus 2
  /// if in the other order.
  std::map<std::pair<TaskAction, TaskAction>, unsigned> orders_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
