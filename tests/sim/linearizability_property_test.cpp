// Compares the check of small histories with a trial of all orders of their calls.

#include <sim/history/linearizability.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tests/sim/history_models.hpp>

namespace {

using sim::test::BagModel;
using sim::test::CallOf;
using sim::test::QueueModel;
using sim::test::RegisterModel;

template <class Model>
using Calls = std::vector<CallOf<Model>>;

template <class Model>
using States = std::set<typename Model::State>;

/// The states to which one call can lead; empty if the model does not allow its result.
template <class Model>
States<Model> after(typename Model::State state, const CallOf<Model>& call) {
  if constexpr (sim::AnsweringModel<Model>) {
    const auto answer = Model{}.apply(state, call.op);
    if (call.response && !(answer == call.response->result)) return {};
    return {state};
  } else if (call.response) {
    const auto next = Model{}.apply(state, call.op, call.response->result);
    return next ? States<Model>{*next} : States<Model>{};
  } else {
    const auto outcomes = Model{}.outcomes(state, call.op);
    return {outcomes.begin(), outcomes.end()};
  }
}

/// The states to which calls in this order can lead; empty if the model does not allow one of them.
template <class Model>
States<Model> states_behind(const Calls<Model>& calls, const std::vector<std::size_t>& order) {
  States<Model> states{Model{}.initial()};
  for (auto later = order.begin(); later != order.end() && !states.empty(); ++later) {
    for (auto earlier = order.begin(); earlier != later; ++earlier) {
      const auto& response = calls[*later].response;
      if (response && response->at < calls[*earlier].invoked) return {};
    }
    States<Model> next;
    for (const auto& state : states) next.merge(after<Model>(state, calls[*later]));
    states = std::move(next);
  }
  return states;
}

/// The states to which all orders of the calls with a response, and of any subset of those without,
/// can lead.
template <class Model>
States<Model> all_states(const Calls<Model>& calls) {
  States<Model> states;
  for (std::size_t chosen = 0; chosen < (std::size_t{1} << calls.size()); ++chosen) {
    std::vector<std::size_t> order;
    bool complete = true;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const bool taken = (chosen >> i & 1U) != 0;
      if (taken) order.push_back(i);
      complete &= taken || !calls[i].response;
    }
    if (!complete) continue;
    do {
      states.merge(states_behind<Model>(calls, order));
    } while (std::next_permutation(order.begin(), order.end()));
  }
  return states;
}

/// The history up to the response of `stop`, with or without it.
template <class Model>
Calls<Model> prefix(const Calls<Model>& calls, std::size_t stop, bool with) {
  const std::pair end{calls[stop].response->at, stop};
  Calls<Model> prefix;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CallOf<Model> call = calls[i];
    const bool returned = call.response && std::pair{call.response->at, i} <= end;
    if (call.invoked > end.first) continue;
    if (!returned || (i == stop && !with)) call.response.reset();
    prefix.push_back(call);
  }
  return prefix;
}

template <class Model>
Calls<Model> without(Calls<Model> calls, const CallOf<Model>& call) {
  std::erase_if(calls, [&](const auto& other) {
    return other.client == call.client && other.invoked == call.invoked;
  });
  return calls;
}

/// Generates calls with operations and results of the model, so few that all their orders can be
/// tried.
template <class Model>
Calls<Model> some_calls(const rc::Gen<typename Model::Op>& operation,
                        const rc::Gen<typename Model::Result>& result) {
  Calls<Model> calls(*rc::gen::inRange<std::size_t>(0, 7));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i].client = static_cast<std::uint32_t>(i);
    calls[i].op = *operation;
    calls[i].invoked = *rc::gen::inRange<std::uint64_t>(0, 12);
    const std::uint64_t length = *rc::gen::inRange<std::uint64_t>(1, 6);
    if (*rc::gen::inRange(0, 3) != 0) {
      calls[i].response = sim::Response<typename Model::Result>{calls[i].invoked + length, *result};
    }
  }
  return calls;
}

template <class Model>
std::multiset<std::string> described(const States<Model>& states) {
  std::multiset<std::string> words;
  for (const auto& state : states) words.insert(Model{}.describe_state(state));
  return words;
}

template <class Model>
void expect_longest_prefix(const Calls<Model>& calls, const sim::Verdict& verdict) {
  const std::size_t stop = verdict.stops_at.value();
  const Calls<Model> before = prefix<Model>(calls, stop, false);
  RC_ASSERT(verdict.longest);
  RC_ASSERT(!all_states<Model>(before).empty());
  RC_ASSERT(all_states<Model>(prefix<Model>(calls, stop, true)).empty());
  const auto states = all_states<Model>(without<Model>(before, calls[stop]));
  RC_ASSERT(verdict.needed_at.has_value() == states.empty());
  if (verdict.needed_at || verdict.has_more_states) return;
  if constexpr (requires { Model{}.describe_state({}); }) {
    std::multiset<std::string> words;
    for (const auto& possible : verdict.states) words.insert(possible.state);
    RC_ASSERT(words == described<Model>(states));
  } else {
    RC_ASSERT(verdict.states.size() == states.size());
  }
}

template <class Model>
void expect_right_verdict(const Calls<Model>& calls) {
  const auto verdict = sim::check_linearizability(
      sim::History<typename Model::Op, typename Model::Result>{calls}, Model{});
  const bool expected = !all_states<Model>(calls).empty();
  RC_ASSERT(verdict.kind ==
            (expected ? sim::Verdict::Kind::linearizable : sim::Verdict::Kind::not_linearizable));
  if (!expected) return expect_longest_prefix<Model>(calls, verdict);
  RC_ASSERT(!states_behind<Model>(calls, verdict.order).empty());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto times = std::count(verdict.order.begin(), verdict.order.end(), i);
    RC_ASSERT(times == 1 || (times == 0 && !calls[i].response));
  }
}

constexpr int kHistories = 20;  ///< number of histories in each test

RC_GTEST_PROP(LinearizabilityProperty, RegistersAreAsAllOrdersSay, ()) {
  const auto value = rc::gen::inRange(0, 3);
  const auto operation = rc::gen::map(rc::gen::maybe(value), [](const auto& v) {
    return RegisterModel::Op{v ? std::optional{*v} : std::nullopt};
  });
  for (int i = 0; i < kHistories; ++i) {
    expect_right_verdict<RegisterModel>(some_calls<RegisterModel>(operation, value));
  }
}

template <class Number>
std::optional<int> as_optional(const Number& number) {
  return number ? std::optional<int>{*number} : std::nullopt;
}

/// Generates calls of an object that holds items, with results that are mostly of the right kind.
template <class Model>
Calls<Model> some_calls_of_container() {
  const auto item = rc::gen::inRange(1, 3);
  const auto maybe =
      rc::gen::map(rc::gen::maybe(item), [](const auto& v) { return as_optional(v); });
  auto calls = some_calls<Model>(
      rc::gen::map(maybe, [](const std::optional<int>& put) { return typename Model::Op{put}; }),
      maybe);
  for (auto& call : calls) {
    const auto& [put] = call.op;
    if (put && call.response && *rc::gen::inRange(0, 8) != 0) call.response->result.reset();
  }
  return calls;
}

RC_GTEST_PROP(LinearizabilityProperty, QueuesAreAsAllOrdersSay, ()) {
  for (int i = 0; i < kHistories; ++i) {
    expect_right_verdict<QueueModel>(some_calls_of_container<QueueModel>());
  }
}

RC_GTEST_PROP(LinearizabilityProperty, BagsAreAsAllOrdersSay, ()) {
  for (int i = 0; i < kHistories; ++i) {
    expect_right_verdict<BagModel>(some_calls_of_container<BagModel>());
  }
}

}  // namespace
