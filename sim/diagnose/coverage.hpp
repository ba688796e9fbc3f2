#pragma once

// Coverage of the possible orders: which conflicting operations of different tasks were executed in
// both orders, in the executions that were examined. A measure for searches that found no failure.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sim/base/name_table.hpp>
#include <sim/base/trace.hpp>
#include <sim/engine/observer.hpp>

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

/// Examines executions: the observer of each of them, one after the other. Their engine must have
/// EngineOptions::record_order. It keeps no texts of
/// steps, so that an execution takes few times as long as without it. Not thread-safe.
class CoverageCollector final : public Observer {
 public:
  /// The coverage of all executions that were observed and did not fail. The order of a failing
  /// execution's last steps is not what a search was to cover.
  [[nodiscard]] Coverage result() const;

  [[nodiscard]] bool wants_results() const override { return false; }
  void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) override;
  void on_outcome(const Engine& engine, const Outcome& outcome) override;
  void on_result(std::uint64_t, bool, std::string) override {}
  void on_choice(const Engine&, TaskId, const ChoicePoint&, std::uint32_t) override {}
  void on_mark(const Engine&, TaskId, std::string_view, std::string_view) override {}
  void on_task(const Engine&, TaskId, std::string_view) override {}
  void on_state(std::string) override {}

 private:
  /// What identifies an action in every execution. Equal labels may have several addresses.
  struct Key {
    std::uint64_t task;    ///< NameTable::identity_of()
    std::uint64_t object;  ///< NameTable::identity_of()
    const char* label;
    OperationKind kind;  ///< an operation may make steps of several kinds under one label
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct HashOfKey {
    std::size_t operator()(const Key& key) const;
  };
  /// The last execution of an action.
  struct Last {
    std::uint32_t action;
    TraceEntry entry;
    std::int32_t step;  ///< its number within its task, from 1
  };

  void add(const Trace& trace, const NameTable& names);
  std::uint32_t number_of(const NameTable& names, const TraceEntry& step, const char* label);
  void meet(std::uint32_t first, std::uint32_t second);

  std::vector<const char*> labels_;  ///< the label of each step of the running execution
  std::vector<TaskAction> actions_;
  std::map<TaskAction, std::uint32_t> numbers_;  ///< index in actions_
  std::unordered_map<Key, std::uint32_t, HashOfKey> known_;
  /// For each pair, with the smaller number in the upper half of the key: 1 if the pair was
  /// executed in this order, plus 2 if in the other order.
  std::unordered_map<std::uint64_t, unsigned> orders_;
  std::uint64_t executions_ = 0;
};

}  // namespace sim
