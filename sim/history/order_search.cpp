#include <sim/history/order_search.hpp>

#include <algorithm>
#include <utility>

namespace sim::detail {

OrderSearch::OrderSearch(std::span<const CallTimes> calls, NumberedModel& model,
                         CheckBudget& budget, ResponsePoint until,
                         std::optional<std::size_t> without)
    : calls_(calls), model_(model), budget_(budget) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (i == without) continue;
    if (calls[i].returned != kNever && ResponsePoint{calls[i].returned, i} <= until) {
      completed_.push_back(i);
    } else if (calls[i].invoked <= until.time) {
      open_.push_back(i);
    }
  }
  const auto earlier = [&](std::size_t a, std::size_t b) {
    return calls[a].invoked < calls[b].invoked;
  };
  std::stable_sort(completed_.begin(), completed_.end(), earlier);
  std::stable_sort(open_.begin(), open_.end(), earlier);
  open_taken_.resize(open_.size());
  find_twins();
}

void OrderSearch::find_twins() {
  twins_.resize(open_.size());
  for (std::size_t i = 0; i < open_.size(); ++i) {
    for (std::size_t j = i; j-- > 0 && !twins_[i];) {
      if (model_.same_operation(open_[i], open_[j])) twins_[i] = static_cast<CallNumber>(j);
    }
  }
}

std::optional<CallNumber> OrderSearch::completed_candidate(std::size_t at) const {
  const auto& holes = taken_.holes();
  if (at < holes.size()) return holes[at];
  const std::size_t number = taken_.top() + (at - holes.size());
  if (number >= completed_.size()) return std::nullopt;
  return static_cast<CallNumber>(number);
}

/// The time of the first response among the completed calls that have not taken effect. A call that
/// was invoked later cannot come next.
std::uint64_t OrderSearch::first_return() const {
  std::uint64_t first = kNever;
  for (std::size_t at = 0;; ++at) {
    const auto number = completed_candidate(at);
    if (!number || calls_[completed_[*number]].invoked > first) return first;
    first = std::min(first, calls_[completed_[*number]].returned);
  }
}

std::optional<OrderSearch::Candidate> OrderSearch::next_candidate(Cursor& cursor,
                                                                  std::uint64_t first_return) {
  if (!cursor.open) {
    const auto number = completed_candidate(cursor.at);
    if (number && calls_[completed_[*number]].invoked <= first_return) {
      ++cursor.at;
      return Candidate{false, *number};
    }
    cursor = {true, 0};
  }
  return next_open_candidate(cursor, first_return);
}

std::optional<OrderSearch::Candidate> OrderSearch::next_open_candidate(Cursor& cursor,
                                                                       std::uint64_t first_return) {
  while (cursor.at < open_.size() && calls_[open_[cursor.at]].invoked <= first_return) {
    const auto number = static_cast<CallNumber>(cursor.at);
    if (may_take_open(number)) {
      model_.outcomes(state_, open_[number], outcomes_);
      if (cursor.outcome < outcomes_.size()) {
        return Candidate{true, number, outcomes_[cursor.outcome++]};
      }
    }
    cursor = {true, cursor.at + 1};
  }
  return std::nullopt;
}

/// Among open calls of one operation, only the first remaining one is tried. It was invoked first,
/// so it can take effect wherever another one can.
bool OrderSearch::may_take_open(CallNumber number) const {
  return !open_taken_[number] && (!twins_[number] || open_taken_[*twins_[number]]);
}

/// Lets `candidate` take effect. Returns false, and changes nothing, if the model refuses it or if
/// it leads to a configuration that was visited before. `next` are the candidates after it.
bool OrderSearch::take(Candidate candidate, Cursor next) {
  const auto state =
      candidate.open ? std::optional{candidate.outcome} : model_.apply(state_, call_of(candidate));
  // An open call that changes nothing need not take effect.
  if (!state || (candidate.open && *state == state_)) return false;
  Taken taken{candidate, 0, state_, next};
  if (candidate.open) {
    open_taken_[candidate.number] = true;
    const auto place = std::lower_bound(open_order_.begin(), open_order_.end(), candidate.number);
    open_order_.insert(place, candidate.number);
  } else {
    taken.undo = taken_.add(candidate.number);
  }
  state_ = *state;
  path_.push_back(taken);
  if (remember(state_)) return true;
  go_back();
  return false;
}

OrderSearch::Cursor OrderSearch::go_back() {
  const Taken last = path_.back();
  path_.pop_back();
  state_ = last.state_before;
  if (last.candidate.open) {
    open_taken_[last.candidate.number] = false;
    std::erase(open_order_, last.candidate.number);
  } else {
    taken_.remove(last.candidate.number, last.undo);
  }
  return last.cursor;
}

/// Returns false if the search has visited this configuration before.
bool OrderSearch::remember(std::uint32_t state) {
  const auto& holes = taken_.holes();
  key_.assign({state, taken_.top(), static_cast<char32_t>(holes.size())});
  key_.append(holes.begin(), holes.end());
  key_.append(open_order_.begin(), open_order_.end());
  if (!seen_.insert(key_).second) return false;
  budget_.remember();
  return true;
}

Answer OrderSearch::run() {
  if (!std::exchange(started_, true)) {
    state_ = model_.initial();
    remember(state_);
    if (completed_.empty()) return Answer::yes;
  }
  while (budget_.step()) {
    const std::uint64_t stop = first_return();
    if (const auto candidate = next_candidate(cursor_, stop)) {
      if (!take(*candidate, cursor_)) continue;
      cursor_ = {};
      if (taken_.count() == completed_.size()) return Answer::yes;
      continue;
    }
    note_dead_end(stop);
    if (path_.empty()) return Answer::no;
    cursor_ = go_back();
  }
  return Answer::unknown;
}

std::vector<std::size_t> OrderSearch::order() const {
  std::vector<std::size_t> order;
  for (const Taken& taken : path_) order.push_back(call_of(taken.candidate));
  return order;
}

void OrderSearch::note_dead_end(std::uint64_t first_return) {
  if (furthest_ && first_return <= furthest_->stop) return;
  furthest_ = DeadEnd{first_return, order(), state_};
}

}  // namespace sim::detail
