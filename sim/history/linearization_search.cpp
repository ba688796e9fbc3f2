#include <sim/history/linearization_search.hpp>

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/engine/engine.hpp>

namespace sim::detail {
namespace {

using Number = std::uint32_t;  ///< of a call, in the order of their invocations

/// Calls that have taken effect. Those with a response are numbered in the order of their
/// invocations, and a call takes effect only while no other has returned before it was invoked. So
/// of the calls below the highest one in the set, all are in it but some that ran when that one was
/// invoked: no more than there are clients, however long the history is and however long one of
/// the calls took.
class TakenCalls {
 public:
  /// What add() changes that remove() cannot know.
  using Undo = Number;

  [[nodiscard]] Number top() const { return top_; }
  [[nodiscard]] const std::vector<Number>& holes() const { return holes_; }
  [[nodiscard]] std::size_t count() const { return top_ - holes_.size(); }

  Undo add(Number call) {
    const Undo before = top_;
    if (call < top_) {
      holes_.erase(std::lower_bound(holes_.begin(), holes_.end(), call));
    } else {
      for (; top_ < call; ++top_) holes_.push_back(top_);
      ++top_;
    }
    return before;
  }
  void remove(Number call, Undo before) {
    if (call < before) {
      holes_.insert(std::lower_bound(holes_.begin(), holes_.end(), call), call);
    } else {
      while (!holes_.empty() && holes_.back() >= before) holes_.pop_back();
      top_ = before;
    }
  }

 private:
  Number top_ = 0;             ///< behind the highest call in the set
  std::vector<Number> holes_;  ///< the calls below it that are not in the set, ascending
};

/// A configuration in which the search has got no further.
struct DeadEnd {
  std::uint64_t stop;  ///< the time of the first response that it has not come past
  std::vector<std::size_t> order;
  std::uint32_t state;
};

/// A response, in the order of their times. Those at equal times have one too.
struct ResponsePoint {
  std::uint64_t time;
  std::size_t call;

  friend auto operator<=>(const ResponsePoint&, const ResponsePoint&) = default;
};

constexpr ResponsePoint kEnd{kNever, std::numeric_limits<std::size_t>::max()};

enum class Answer : std::uint8_t { yes, no, unknown };

/// One search: of a history up to a response, as if what came later had not happened.
class Search {
 public:
  /// `without` is left out: as if it had no response and had not taken effect.
  Search(std::span<const CallTimes> calls, NumberedModel& model, CheckBudget& budget,
         ResponsePoint until = kEnd, std::optional<std::size_t> without = {})
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

  /// Goes on to the next order that explains the calls; no, where there is none that leads to
  /// another configuration.
  Answer run();
  /// After a yes: an order that explains the calls.
  [[nodiscard]] std::vector<std::size_t> order() const;
  /// After a no: how far it got.
  [[nodiscard]] const DeadEnd& furthest() const { return *furthest_; }
  /// After a yes: the state behind that order, and the one before its call at `place`.
  [[nodiscard]] std::uint32_t state() const { return state_; }
  [[nodiscard]] std::uint32_t state_before(std::size_t place) const {
    return path_[place].state_before;
  }

 private:
  /// Calls that could come next, one after the other: those with a response first, then open ones.
  struct Cursor {
    bool open = false;
    std::size_t at = 0;
    std::size_t outcome = 0;  ///< of an open call
  };
  struct Candidate {
    bool open;
    Number number;
    std::uint32_t outcome = 0;  ///< the state that comes of an open call
  };
  /// A call that has taken effect, with what it takes to go back.
  struct Taken {
    Candidate candidate;
    TakenCalls::Undo undo;
    std::uint32_t state_before;
    Cursor cursor;  ///< the candidates behind it
  };

  void find_twins();
  [[nodiscard]] std::size_t call_of(Candidate candidate) const {
    return candidate.open ? open_[candidate.number] : completed_[candidate.number];
  }
  [[nodiscard]] std::optional<Number> completed_candidate(std::size_t at) const;
  [[nodiscard]] std::uint64_t first_return() const;
  std::optional<Candidate> next_candidate(Cursor& cursor, std::uint64_t first_return);
  std::optional<Candidate> next_open_candidate(Cursor& cursor, std::uint64_t first_return);
  [[nodiscard]] bool may_take_open(Number number) const;
  bool take(Candidate candidate, Cursor behind);
  Cursor go_back();
  bool remember(std::uint32_t state);
  void note_dead_end(std::uint64_t first_return);

  std::span<const CallTimes> calls_;
  NumberedModel& model_;
  CheckBudget& budget_;
  std::vector<std::size_t> completed_;  ///< calls with a response, by their invocations
  std::vector<std::size_t> open_;       ///< calls without, likewise
  /// Of each open call, an earlier one that does the same.
  std::vector<std::optional<Number>> twins_;

  TakenCalls taken_;
  std::vector<bool> open_taken_;
  std::vector<Number> open_order_;  ///< the open calls that have taken effect, ascending
  std::uint32_t state_ = 0;
  std::vector<Taken> path_;
  std::unordered_set<std::u32string> seen_;
  std::u32string key_;
  std::vector<std::uint32_t> outcomes_;  ///< of the open call that was looked at last
  std::optional<DeadEnd> furthest_;
  bool started_ = false;
  Cursor cursor_;
};

void Search::find_twins() {
  twins_.resize(open_.size());
  for (std::size_t i = 0; i < open_.size(); ++i) {
    for (std::size_t j = i; j-- > 0 && !twins_[i];) {
      if (model_.same_operation(open_[i], open_[j])) twins_[i] = static_cast<Number>(j);
    }
  }
}

std::optional<Number> Search::completed_candidate(std::size_t at) const {
  const auto& holes = taken_.holes();
  if (at < holes.size()) return holes[at];
  const std::size_t number = taken_.top() + (at - holes.size());
  if (number >= completed_.size()) return std::nullopt;
  return static_cast<Number>(number);
}

/// Of the calls that have not taken effect. What was invoked later cannot come next.
std::uint64_t Search::first_return() const {
  std::uint64_t first = kNever;
  for (std::size_t at = 0;; ++at) {
    const auto number = completed_candidate(at);
    if (!number || calls_[completed_[*number]].invoked > first) return first;
    first = std::min(first, calls_[completed_[*number]].returned);
  }
}

std::optional<Search::Candidate> Search::next_candidate(Cursor& cursor,
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

std::optional<Search::Candidate> Search::next_open_candidate(Cursor& cursor,
                                                             std::uint64_t first_return) {
  while (cursor.at < open_.size() && calls_[open_[cursor.at]].invoked <= first_return) {
    const auto number = static_cast<Number>(cursor.at);
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

/// Of open calls that do the same, the first comes first: it may come wherever another may.
bool Search::may_take_open(Number number) const {
  return !open_taken_[number] && (!twins_[number] || open_taken_[*twins_[number]]);
}

bool Search::take(Candidate candidate, Cursor behind) {
  const auto next =
      candidate.open ? std::optional{candidate.outcome} : model_.apply(state_, call_of(candidate));
  // An open call that changes nothing need not take effect.
  if (!next || (candidate.open && *next == state_)) return false;
  Taken taken{candidate, 0, state_, behind};
  if (candidate.open) {
    open_taken_[candidate.number] = true;
    const auto place = std::lower_bound(open_order_.begin(), open_order_.end(), candidate.number);
    open_order_.insert(place, candidate.number);
  } else {
    taken.undo = taken_.add(candidate.number);
  }
  state_ = *next;
  path_.push_back(taken);
  if (remember(state_)) return true;
  go_back();
  return false;
}

Search::Cursor Search::go_back() {
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

/// False where the search has been here before.
bool Search::remember(std::uint32_t state) {
  const auto& holes = taken_.holes();
  key_.assign({state, taken_.top(), static_cast<char32_t>(holes.size())});
  key_.append(holes.begin(), holes.end());
  key_.append(open_order_.begin(), open_order_.end());
  if (!seen_.insert(key_).second) return false;
  budget_.remember();
  return true;
}

Answer Search::run() {
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

std::vector<std::size_t> Search::order() const {
  std::vector<std::size_t> order;
  for (const Taken& taken : path_) order.push_back(call_of(taken.candidate));
  return order;
}

void Search::note_dead_end(std::uint64_t first_return) {
  if (furthest_ && first_return <= furthest_->stop) return;
  furthest_ = DeadEnd{first_return, order(), state_};
}

/// The check of one history, which is more than one search where it is not linearizable.
class Check {
 public:
  Check(std::span<const CallTimes> calls, NumberedModel& model, CheckBudget& budget)
      : calls_(calls), model_(model), budget_(budget) {}

  Verdict run();

 private:
  [[nodiscard]] std::vector<ResponsePoint> responses() const;
  [[nodiscard]] std::size_t events_before(ResponsePoint response) const;
  std::optional<std::size_t> find_stop(std::size_t first);
  void stop_at(ResponsePoint response);
  void explain_roughly(const DeadEnd& furthest);
  void explain();
  void explain_by_states(ResponsePoint stop);
  void explain_as_needed(ResponsePoint before, std::size_t call);
  void add_state(std::uint32_t state, std::size_t call);

  std::span<const CallTimes> calls_;
  NumberedModel& model_;
  CheckBudget& budget_;
  std::vector<ResponsePoint> responses_;  ///< of a history that is not linearizable
  Verdict verdict_;
};

Verdict Check::run() {
  const std::uint64_t before = budget_.configurations();
  Search search{calls_, model_, budget_};
  const Answer answer = search.run();
  if (answer == Answer::yes) {
    verdict_.kind = Verdict::Kind::linearizable;
    verdict_.order = search.order();
  } else if (answer == Answer::unknown) {
    verdict_.why = budget_.why();
  } else {
    verdict_.kind = Verdict::Kind::not_linearizable;
    responses_ = responses();
    explain_roughly(search.furthest());
    explain();
  }
  verdict_.explored = budget_.configurations() - before;
  return std::move(verdict_);
}

std::vector<ResponsePoint> Check::responses() const {
  std::vector<ResponsePoint> responses;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].returned != kNever) responses.push_back({calls_[i].returned, i});
  }
  std::sort(responses.begin(), responses.end());
  return responses;
}

std::size_t Check::events_before(ResponsePoint response) const {
  const auto invoked = std::count_if(calls_.begin(), calls_.end(), [&](const CallTimes& call) {
    return call.invoked <= response.time;
  });
  const auto returned = std::lower_bound(responses_.begin(), responses_.end(), response);
  return static_cast<std::size_t>(invoked + (returned - responses_.begin()));
}

void Check::stop_at(ResponsePoint response) {
  verdict_.stops_at = response.call;
  verdict_.prefix_events = events_before(response);
}

/// What is known where a limit leaves it at that.
void Check::explain_roughly(const DeadEnd& furthest) {
  stop_at(*std::lower_bound(responses_.begin(), responses_.end(), ResponsePoint{furthest.stop, 0}));
  verdict_.order = furthest.order;
  verdict_.longest = false;
  verdict_.has_more_states = true;
  if (!model_.apply(furthest.state, *verdict_.stops_at)) {
    add_state(furthest.state, *verdict_.stops_at);
  }
}

/// The search knew what each call was to answer. In a prefix, calls that have not returned yet may
/// still answer anything, so that it can be longer: the first response with which it is not
/// linearizable is looked for, from the first that the search has not come past. Prefixes of a
/// linearizable history are linearizable.
std::optional<std::size_t> Check::find_stop(std::size_t first) {
  std::size_t good = first;             // the prefix with so many of them is linearizable,
  std::size_t bad = responses_.size();  // that with so many is not
  // Mostly the first is the one.
  for (std::size_t step = 1; bad - good > 1; step *= 2) {
    const std::size_t count = good + std::min(step, (bad - good) / 2);
    Search search{calls_, model_, budget_, responses_[count - 1]};
    const Answer answer = search.run();
    if (answer == Answer::unknown) return std::nullopt;
    (answer == Answer::yes ? good : bad) = count;
  }
  return good;
}

void Check::explain() {
  const ResponsePoint furthest{calls_[*verdict_.stops_at].returned, *verdict_.stops_at};
  const auto first = std::lower_bound(responses_.begin(), responses_.end(), furthest);
  const auto found = find_stop(static_cast<std::size_t>(first - responses_.begin()));
  if (!found) return;
  const ResponsePoint stop = responses_[*found];
  const Verdict rough = std::exchange(verdict_, {.kind = Verdict::Kind::not_linearizable});
  stop_at(stop);
  explain_by_states(stop);
  if (!verdict_.states.empty()) return;
  if (!verdict_.has_more_states) explain_as_needed(responses_[*found - 1], stop.call);
  if (verdict_.states.empty()) verdict_ = rough;
}

/// All states that the calls before may have led to, if the one at which it stops has not taken
/// effect. Were it right in one of them, the history would go on.
void Check::explain_by_states(ResponsePoint stop) {
  constexpr std::size_t kStatesMax = 8;
  Search search{calls_, model_, budget_, stop, stop.call};
  std::vector<std::uint32_t> states;
  Answer answer = search.run();
  for (; answer == Answer::yes && states.size() <= kStatesMax; answer = search.run()) {
    if (std::find(states.begin(), states.end(), search.state()) != states.end()) continue;
    if (states.empty()) verdict_.order = search.order();
    states.push_back(search.state());
  }
  verdict_.has_more_states = answer != Answer::no || states.size() > kStatesMax;
  states.resize(std::min(states.size(), kStatesMax));
  for (const std::uint32_t state : states) add_state(state, stop.call);
}

/// The calls up to `before` are explained only where `call` has taken effect, with another answer.
void Check::explain_as_needed(ResponsePoint before, std::size_t call) {
  Search search{calls_, model_, budget_, before};
  if (search.run() != Answer::yes) return;
  verdict_.order = search.order();
  const auto place = std::find(verdict_.order.begin(), verdict_.order.end(), call);
  verdict_.needed_at = static_cast<std::size_t>(place - verdict_.order.begin());
  add_state(search.state_before(*verdict_.needed_at), call);
}

void Check::add_state(std::uint32_t state, std::size_t call) {
  verdict_.states.push_back({model_.describe_state(state), model_.refusal(state, call)});
}

}  // namespace

CheckBudget::CheckBudget(const CheckLimits& limits)
    : limits_(limits), start_(std::chrono::steady_clock::now()) {}

bool CheckBudget::step() {
  constexpr std::uint64_t kStepsBetweenLooks = 256;
  if (!why_.empty()) return false;
  if (limits_.configurations_max && configurations_ >= *limits_.configurations_max) {
    why_ = fmt::format("{} configurations were explored, as many as the limit allows",
                       with_commas(configurations_));
  } else if (limits_.time && steps_++ % kStepsBetweenLooks == 0 &&
             std::chrono::steady_clock::now() - start_ >= *limits_.time) {
    why_ = fmt::format("the time limit of {} ms was reached, with {} configurations explored",
                       with_commas(static_cast<std::uint64_t>(limits_.time->count())),
                       with_commas(configurations_));
  }
  return why_.empty();
}

Verdict search_linearization(std::span<const CallTimes> calls, NumberedModel& model,
                             CheckBudget& budget) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].returned >= calls[i].invoked) continue;
    throw UsageError(
        fmt::format("call {} of a history has its response at {}, before its "
                    "invocation at {}",
                    i, calls[i].returned, calls[i].invoked));
  }
  return Check{calls, model, budget}.run();
}

}  // namespace sim::detail
