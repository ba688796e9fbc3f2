#pragma once

// The set of calls that have taken effect in one configuration of a search for a linearization
// (sim/history/order_search.hpp). It is small however long the history is, because the search
// remembers millions of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim::detail {

/// A call, numbered in the order of the invocations.
using CallNumber = std::uint32_t;

/// A set of calls that have a response, stored as its highest member and the calls below it that
/// are missing. A call is added only if no missing call returned before it was invoked. So each
/// missing call overlaps the invocation of the highest member, and there are fewer missing calls
/// than clients.
class TakenCalls {
 public:
  /// The part of the state before add() that remove() needs.
  using Undo = CallNumber;

  /// One more than the highest member; 0 if the set is empty.
  [[nodiscard]] CallNumber top() const { return top_; }
  /// The calls below top() that are not members, in ascending order.
  [[nodiscard]] const std::vector<CallNumber>& holes() const { return holes_; }
  /// The number of members.
  [[nodiscard]] std::size_t count() const { return top_ - holes_.size(); }

  /// Adds `call`, which is not a member.
  Undo add(CallNumber call) {
    const Undo before = top_;
    if (call < top_) {
      holes_.erase(std::lower_bound(holes_.begin(), holes_.end(), call));
    } else {
      for (; top_ < call; ++top_) holes_.push_back(top_);
      ++top_;
    }
    return before;
  }
  /// Undoes the last add() that was not undone: `call` is its argument and `before` its result.
  void remove(CallNumber call, Undo before) {
    if (call < before) {
      holes_.insert(std::lower_bound(holes_.begin(), holes_.end(), call), call);
    } else {
      while (!holes_.empty() && holes_.back() >= before) holes_.pop_back();
      top_ = before;
    }
  }

 private:
  CallNumber top_ = 0;
  std::vector<CallNumber> holes_;
};

}  // namespace sim::detail
