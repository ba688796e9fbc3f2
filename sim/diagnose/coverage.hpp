#pragma once

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

/// Which conflicting operations of different tasks some executions have had in both orders. An
/// operation is what a task does to an object, however often; pairs that are ordered by a spawn or
/// a join are left out.
struct Coverage {
  std::uint64_t executions = 0;    ///< that were looked at
  std::size_t pairs = 0;           ///< of operations that met
  std::vector<std::string> never;  ///< those in one order only: "task 1 stores x before task 2 …"
};

/// Looks at executions, one after the other.
class CoverageCollector {
 public:
  /// `trace` must have been made with EngineOptions::record_order, and `recording` with it.
  void add(const Trace& trace, const Recording& recording);
  [[nodiscard]] Coverage result() const;

 private:
  /// What a task does to an object.
  struct Action {
    std::string task;
    std::string operation;
    std::string object;
    friend auto operator<=>(const Action&, const Action&) = default;
  };
  /// The last time that it did so.
  struct Last {
    std::size_t event;
    std::size_t step;  ///< of its task
  };

  void meet(const Action& first, const Action& second);

  std::map<std::pair<Action, Action>, unsigned> orders_;  ///< 1: in this order, 2: the other one
  std::uint64_t executions_ = 0;
};

}  // namespace sim
