#pragma once

// One search for an order of calls that explains a history, by the algorithm of Wing and Gong
// ("Testing and verifying concurrent objects", 1993): calls take effect one after the other, and a
// call may come next if no remaining call returned before its invocation. Lowe's cache
// ("Testing for linearizability", 2017) ends a path at a configuration that was visited before.
// Internal to sim/history/linearization_search.cpp, which searches several prefixes of one history.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <sim/history/linearization_search.hpp>
#include <sim/history/taken_calls.hpp>

namespace sim::detail {

/// A configuration in which no call can come next although completed calls remain.
struct DeadEnd {
  std::uint64_t stop;  ///< the time of the first response of a call that has not taken effect
  std::vector<std::size_t> order;
  std::uint32_t state;
};

/// A response. Responses are ordered by time, and those at equal times by call.
struct ResponsePoint {
  std::uint64_t time;
  std::size_t call;

  friend auto operator<=>(const ResponsePoint&, const ResponsePoint&) = default;
};

/// Later than every response.
inline constexpr ResponsePoint kEnd{kNever, std::numeric_limits<std::size_t>::max()};

/// The answer of a search; `unknown` if a limit was reached.
enum class Answer : std::uint8_t { yes, no, unknown };

/// Searches the prefix of a history that ends with one response. A call that returns later, or
/// never, is *open*: it may take effect with any result, or not at all. A call with a response in
/// the prefix is *completed*.
class OrderSearch {
 public:
  /// Refers to all three arguments. The call `without` is left out of the search.
  OrderSearch(std::span<const CallTimes> calls, NumberedModel& model, CheckBudget& budget,
              ResponsePoint until = kEnd, std::optional<std::size_t> without = {});

  /// Looks for the next order that explains the calls and ends in a new configuration. `no` if no
  /// order is left, `unknown` if a limit of the budget was reached.
  Answer run();
  /// After a yes: the order, which has all completed calls and some open ones.
  [[nodiscard]] std::vector<std::size_t> order() const;
  /// After a no: the dead end with the latest stop.
  [[nodiscard]] const DeadEnd& furthest() const { return *furthest_; }
  /// After a yes: the state after the last call of the order.
  [[nodiscard]] std::uint32_t state() const { return state_; }
  /// After a yes: the state before the call at `place` of the order.
  [[nodiscard]] std::uint32_t state_before(std::size_t place) const {
    return path_[place].state_before;
  }

 private:
  /// A position among the calls that may come next: first the completed calls, then the open ones.
  struct Cursor {
    bool open = false;
    std::size_t at = 0;
    std::size_t outcome = 0;  ///< index of the next outcome of an open call
  };
  struct Candidate {
    bool open;
    CallNumber number;
    std::uint32_t outcome = 0;  ///< the state that an open call leads to
  };
  /// A call that has taken effect, and what is needed to go back.
  struct Taken {
    Candidate candidate;
    TakenCalls::Undo undo;
    std::uint32_t state_before;
    Cursor cursor;  ///< the candidates that are still to be tried in its place
  };

  void find_twins();
  [[nodiscard]] std::size_t call_of(Candidate candidate) const {
    return candidate.open ? open_[candidate.number] : completed_[candidate.number];
  }
  [[nodiscard]] std::optional<CallNumber> completed_candidate(std::size_t at) const;
  [[nodiscard]] std::uint64_t first_return() const;
  std::optional<Candidate> next_candidate(Cursor& cursor, std::uint64_t first_return);
  std::optional<Candidate> next_open_candidate(Cursor& cursor, std::uint64_t first_return);
  [[nodiscard]] bool may_take_open(CallNumber number) const;
  bool take(Candidate candidate, Cursor next);
  Cursor go_back();
  bool remember(std::uint32_t state);
  void note_dead_end(std::uint64_t first_return);

  std::span<const CallTimes> calls_;
  NumberedModel& model_;
  CheckBudget& budget_;
  std::vector<std::size_t> completed_;  ///< in the order of their invocations
  std::vector<std::size_t> open_;       ///< in the order of their invocations
  /// For each open call, the last open call before it that is the same operation.
  std::vector<std::optional<CallNumber>> twins_;

  // The configuration, and the path that has led to it.
  TakenCalls taken_;
  std::vector<bool> open_taken_;
  std::vector<CallNumber> open_order_;  ///< the open calls that have taken effect, ascending
  std::uint32_t state_ = 0;
  std::vector<Taken> path_;

  std::unordered_set<std::u32string> seen_;  ///< the configurations that were visited
  std::u32string key_;
  std::vector<std::uint32_t> outcomes_;  ///< the outcomes of the last open call that was tried
  std::optional<DeadEnd> furthest_;
  bool started_ = false;
  Cursor cursor_;
};

}  // namespace sim::detail
