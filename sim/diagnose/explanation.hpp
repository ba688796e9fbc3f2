#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/schedule/recording.hpp>

namespace sim {

/// Two steps of one execution, as indexes of its events: the first happened before the second. The
/// second may be an operation that is waited for: Recording::event_or_waiting().
struct Ordering {
  std::size_t first = 0;
  std::size_t second = 0;
  friend bool operator==(const Ordering&, const Ordering&) = default;
};

/// The pattern of a failure that needs no order of steps, but that two accesses have none.
inline constexpr std::string_view kDataRace = "data race";

/// Why an execution fails: what explain() has found out by running others. A value.
struct Explanation {
  /// Conflicting steps of different tasks whose order is necessary: no execution that was run with
  /// one of them reversed, and the other conflicts as they were, fails so; and some passes.
  std::vector<Ordering> necessary;
  std::size_t reversible = 0;  ///< pairs with which reversed it was seen to fail so all the same
  std::string pattern;         ///< its name where it is a known one, "lost update"; or empty
  std::string sentence;  ///< "task 1 reads x before …, and …"; empty where nothing is necessary
  std::uint64_t executions = 0;  ///< that were run to find out
  bool whole = true;  ///< every pair was examined, and all there is of executions with it reversed
  /// The execution nearest to the failing one that passes, one of the necessary orders reversed.
  std::optional<Recording> passing;
};

/// Whether two steps of an execution, of any tasks, do not commute: they are on one object, and at
/// least one of them changes it.
[[nodiscard]] bool conflict(const RecordedEvent& a, const RecordedEvent& b);

/// Whether the order of two conflicting steps says more than that of the locks before them: who
/// releases a mutex was the last to lock it.
[[nodiscard]] bool decides(const RecordedEvent& a, const RecordedEvent& b);

/// The conflicts of steps of different tasks that follow from no others and from no task's own
/// order: the arrows of a picture of what happens before what.
[[nodiscard]] std::vector<Ordering> conflict_edges(const Recording& recording);

}  // namespace sim
