#include <sim/history/linearization_search.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/engine/engine.hpp>
#include <sim/history/order_search.hpp>

namespace sim::detail {
namespace {

/// The check of one history. If the history is not linearizable, this takes several searches.
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
  std::vector<ResponsePoint> responses_;  ///< sorted; filled if the history is not linearizable
  Verdict verdict_;
};

Verdict Check::run() {
  const std::uint64_t before = budget_.configurations();
  OrderSearch search{calls_, model_, budget_};
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

/// Sets an explanation that is true, but may not be the best. It stays if a limit is reached before
/// a better one is found.
void Check::explain_roughly(const DeadEnd& furthest) {
  stop_at(*std::lower_bound(responses_.begin(), responses_.end(), ResponsePoint{furthest.stop, 0}));
  verdict_.order = furthest.order;
  verdict_.longest = false;
  verdict_.has_more_states = true;
  if (!model_.apply(furthest.state, *verdict_.stops_at)) {
    add_state(furthest.state, *verdict_.stops_at);
  }
}

/// Finds the longest linearizable prefix: returns the index of the first response with which the
/// prefix is not linearizable, or nothing if a limit was reached. The search of the whole history
/// has shown that the prefix before response `first` is linearizable, but not that it is the
/// longest: within a prefix, calls that return later may still have any result. Each prefix of a
/// linearizable history is linearizable, so a search by doubling steps finds the first response.
std::optional<std::size_t> Check::find_stop(std::size_t first) {
  std::size_t good = first;             // the prefix with so many responses is linearizable
  std::size_t bad = responses_.size();  // the prefix with so many responses is not
  // The steps begin with 1, because nearly always the answer is `first`.
  for (std::size_t step = 1; bad - good > 1; step *= 2) {
    const std::size_t count = good + std::min(step, (bad - good) / 2);
    OrderSearch search{calls_, model_, budget_, responses_[count - 1]};
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

/// Lists the states that the calls before `stop` can have led to if its call has not taken effect.
/// The model refuses the call in each of them; otherwise a longer prefix would be linearizable.
void Check::explain_by_states(ResponsePoint stop) {
  constexpr std::size_t kStatesMax = 8;
  OrderSearch search{calls_, model_, budget_, stop, stop.call};
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

/// Explains the case that the prefix up to `before` is linearizable only if `call` takes effect in
/// it, with another result than the one that it returned later.
void Check::explain_as_needed(ResponsePoint before, std::size_t call) {
  OrderSearch search{calls_, model_, budget_, before};
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
