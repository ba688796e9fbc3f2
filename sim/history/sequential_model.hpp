#pragma once

// The concept of a sequential model: the specification that a history is checked against, as code
// that computes what the object does when its calls come one after the other. docs/history.md has
// an example.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/history/history.hpp>
#include <sim/history/linearization_search.hpp>

namespace sim {

/// A sequential model that computes the result of an operation: `Result apply(State&, const Op&)`
/// changes the state and returns what the object would return.
template <class Model>
concept AnsweringModel = requires(const Model& model, typename Model::State& state,
                                  const typename Model::Op& op) {
  { model.apply(state, op) } -> std::same_as<typename Model::Result>;
}
&&std::equality_comparable<typename Model::Result>;

/// A sequential model that judges a result, for objects with more than one right result:
/// `std::optional<State> apply(const State&, const Op&, const Result&)` returns the state after the
/// operation, or nothing if the object cannot return this result; `std::vector<State>
/// outcomes(const State&, const Op&)` returns all states that the operation can lead to with any
/// result.
template <class Model>
concept JudgingModel = requires(const Model& model, const typename Model::State& state,
                                const typename Model::Op& op,
                                const typename Model::Result& result) {
  { model.apply(state, op, result) } -> std::same_as<std::optional<typename Model::State>>;
  { model.outcomes(state, op) } -> std::same_as<std::vector<typename Model::State>>;
};

/// A model of an object whose calls come one after the other. It has the types State, Op and
/// Result, `State initial()`, an `apply()` as AnsweringModel or JudgingModel requires, and
/// `std::string describe(const Op&, const Result*)` for messages, where the result is null if the
/// call has no response. State has `<`, or `==` and a std::hash. All member functions are const.
///
/// A model may also have `std::string describe_state(const State&)` for messages, and
/// `std::optional<std::string> key(const Op&)`, which returns the one part of the object that an
/// operation is about, for check_linearizability_by_key().
template <class Model>
concept SequentialModel = std::copyable<typename Model::State> &&
    requires(const Model& model, const typename Model::Op& op,
             const typename Model::Result* result) {
  { model.initial() } -> std::convertible_to<typename Model::State>;
  { model.describe(op, result) } -> std::convertible_to<std::string>;
} &&(AnsweringModel<Model> || JudgingModel<Model>);

/// A model with `key()`, for an object that consists of independent parts.
template <class Model>
concept KeyedModel = SequentialModel<Model> &&
    requires(const Model& model, const typename Model::Op& op) {
  { model.key(op) } -> std::convertible_to<std::optional<std::string>>;
};

/// The type of the histories that a model specifies.
template <SequentialModel Model>
using HistoryOf = History<typename Model::Op, typename Model::Result>;

namespace detail {

template <class T>
concept Hashable = requires(const T& value) {
  { std::hash<T>{}(value) } -> std::convertible_to<std::size_t>;
}
&&std::equality_comparable<T>;

/// Gives numbers to the states of a search. Equal states have equal numbers.
template <class State>
class StateNumbers {
 public:
  std::uint32_t number_of(State state) {
    const auto next = static_cast<std::uint32_t>(states_.size());
    const auto [place, is_new] = numbers_.try_emplace(std::move(state), next);
    if (is_new) states_.push_back(&place->first);
    return place->second;
  }
  [[nodiscard]] const State& at(std::uint32_t number) const { return *states_[number]; }

 private:
  template <class S>
  struct Map {
    using type = std::map<S, std::uint32_t>;
  };
  template <Hashable S>
  struct Map<S> {
    using type = std::unordered_map<S, std::uint32_t>;
  };

  typename Map<State>::type numbers_;  ///< a container whose elements never move
  std::vector<const State*> states_;
};

/// Adapts a model to the interface of the search. The model and the calls must outlive it.
template <SequentialModel Model>
class NumberedModelOf final : public NumberedModel {
 public:
  using State = typename Model::State;
  using Result = typename Model::Result;
  using Calls = std::vector<Call<typename Model::Op, Result>>;

  NumberedModelOf(const Model& model, const Calls& calls) : model_(model), calls_(calls) {}

  std::uint32_t initial() override { return states_.number_of(model_.initial()); }

  std::optional<std::uint32_t> apply(std::uint32_t state, std::size_t call) override {
    std::optional<State> next = next_state(state, call);
    if (!next) return std::nullopt;
    return states_.number_of(*std::move(next));
  }

  void outcomes(std::uint32_t state, std::size_t call,
                std::vector<std::uint32_t>& numbers) override {
    numbers.clear();
    if constexpr (AnsweringModel<Model>) {
      State next = states_.at(state);
      static_cast<void>(model_.apply(next, calls_[call].op));
      numbers.push_back(states_.number_of(std::move(next)));
    } else {
      for (State& next : model_.outcomes(states_.at(state), calls_[call].op)) {
        numbers.push_back(states_.number_of(std::move(next)));
      }
    }
  }

  [[nodiscard]] bool same_operation(std::size_t a, std::size_t b) const override {
    if constexpr (std::equality_comparable<typename Model::Op>) {
      return calls_[a].op == calls_[b].op;
    }
    return false;
  }

  [[nodiscard]] std::string refusal(std::uint32_t state, std::size_t call) const override {
    if constexpr (AnsweringModel<Model>) {
      State after = states_.at(state);
      const Result answer = model_.apply(after, calls_[call].op);
      return fmt::format("the model answers {}", model_.describe(calls_[call].op, &answer));
    }
    return "the model does not allow this result";
  }

  [[nodiscard]] std::string describe_state(std::uint32_t state) const override {
    if constexpr (requires { std::string{model_.describe_state(states_.at(state))}; }) {
      return model_.describe_state(states_.at(state));
    }
    return {};
  }

 private:
  std::optional<State> next_state(std::uint32_t state, std::size_t call) const {
    const Result& result = calls_[call].response->result;
    if constexpr (AnsweringModel<Model>) {
      std::optional<State> next = states_.at(state);
      if (!(model_.apply(*next, calls_[call].op) == result)) next.reset();
      return next;
    } else {
      return model_.apply(states_.at(state), calls_[call].op, result);
    }
  }

  const Model& model_;
  const Calls& calls_;
  StateNumbers<State> states_;
};

/// The times of `calls`, in their order.
template <class Op, class Result>
std::vector<CallTimes> times_of(const std::vector<Call<Op, Result>>& calls) {
  std::vector<CallTimes> times;
  times.reserve(calls.size());
  for (const auto& call : calls) {
    times.push_back({call.invoked, call.response ? call.response->at : kNever});
  }
  return times;
}

}  // namespace detail
}  // namespace sim
