#pragma once

// Sequential models of objects, for tests of histories.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <sim/history/history.hpp>

namespace sim::test {

template <class Model>
using CallOf = Call<typename Model::Op, typename Model::Result>;

/// A call that has returned.
template <class Model>
CallOf<Model> answered(std::uint32_t client, std::uint64_t invoked, std::uint64_t returned,
                       typename Model::Op op, typename Model::Result result) {
  return {client, op, invoked, {{returned, result}}};
}

/// A call that has not returned.
template <class Model>
CallOf<Model> open(std::uint32_t client, std::uint64_t invoked, typename Model::Op op) {
  return {client, op, invoked};
}

struct RegisterModel {
  struct Op {
    std::optional<int> written;  ///< empty for a read
    friend bool operator==(const Op&, const Op&) = default;
  };
  using State = int;
  using Result = int;  ///< the value that was read or written

  static Op write(int value) { return {value}; }
  static Op read() { return {}; }

  [[nodiscard]] State initial() const { return 0; }
  Result apply(State& value, const Op& op) const { return value = op.written.value_or(value); }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    if (op.written) return fmt::format("write {}", *op.written);
    return result == nullptr ? "read" : fmt::format("read {}", *result);
  }
  [[nodiscard]] std::string describe_state(int value) const {
    return fmt::format("value {}", value);
  }
};

/// A model without describe_state(), whose operations cannot be compared.
struct QueueModel {
  struct Op {
    std::optional<int> pushed;  ///< empty for a pop
  };
  using State = std::deque<int>;
  using Result = std::optional<int>;  ///< the popped value

  static Op push(int value) { return {value}; }
  static Op pop() { return {}; }

  [[nodiscard]] State initial() const { return {}; }
  Result apply(State& queue, const Op& op) const {
    if (op.pushed) {
      queue.push_back(*op.pushed);
      return std::nullopt;
    }
    if (queue.empty()) return std::nullopt;
    const int front = queue.front();
    queue.pop_front();
    return front;
  }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    if (op.pushed) return fmt::format("push {}", *op.pushed);
    if (result == nullptr) return "pop";
    return *result ? fmt::format("pop {}", **result) : "pop nothing";
  }
};

/// A bag that gives out any of its items, so that more than one result is correct.
struct BagModel {
  struct Op {
    std::optional<int> put;  ///< empty if the operation takes an item out
  };
  using State = std::multiset<int>;
  using Result = std::optional<int>;  ///< the item that was taken

  static Op put(int value) { return {value}; }
  static Op take() { return {}; }

  [[nodiscard]] State initial() const { return {}; }
  [[nodiscard]] std::optional<State> apply(const State& bag, const Op& op,
                                           const Result& result) const {
    if (op.put) return result ? std::nullopt : std::optional{with(bag, *op.put)};
    if (!result) return bag.empty() ? std::optional{bag} : std::nullopt;
    return bag.contains(*result) ? std::optional{less(bag, *result)} : std::nullopt;
  }
  [[nodiscard]] std::vector<State> outcomes(const State& bag, const Op& op) const {
    if (op.put) return {with(bag, *op.put)};
    if (bag.empty()) return {bag};
    std::vector<State> outcomes;
    for (auto item = bag.begin(); item != bag.end(); item = bag.upper_bound(*item)) {
      outcomes.push_back(less(bag, *item));
    }
    return outcomes;
  }
  static State with(State bag, int item) {
    bag.insert(item);
    return bag;
  }
  static State less(State bag, int item) {
    bag.erase(bag.find(item));
    return bag;
  }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    if (op.put) return fmt::format("put {}", *op.put);
    if (result == nullptr) return "take";
    return *result ? fmt::format("take {}", **result) : "take nothing";
  }
  [[nodiscard]] std::string describe_state(const State& bag) const {
    return fmt::format("inside {}", fmt::join(bag, " "));
  }
};

/// A bank. The result of a transfer is 1, or 0 if it is refused.
struct BankModel {
  enum class Kind : std::uint8_t { transfer, balance, total };
  struct Op {
    Kind kind;
    std::size_t account = 0;
    std::size_t to = 0;
    std::int64_t amount = 0;
    friend bool operator==(const Op&, const Op&) = default;
  };
  using State = std::vector<std::int64_t>;
  using Result = std::int64_t;

  static Op transfer(std::size_t from, std::size_t to, std::int64_t amount) {
    return {Kind::transfer, from, to, amount};
  }
  static Op balance(std::size_t account) { return {Kind::balance, account}; }
  static Op total() { return {Kind::total}; }

  [[nodiscard]] State initial() const { return balances; }
  Result apply(State& state, const Op& op) const {
    if (op.kind == Kind::total) return std::accumulate(state.begin(), state.end(), Result{0});
    if (op.kind == Kind::balance) return state[op.account];
    if (state[op.account] < op.amount) return 0;
    state[op.account] -= op.amount;
    state[op.to] += op.amount;
    return 1;
  }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    const std::string answer = result == nullptr ? "" : fmt::format(": {}", *result);
    if (op.kind == Kind::total) return "total" + answer;
    if (op.kind == Kind::balance) return fmt::format("balance of {}{}", op.account, answer);
    const std::string words =
        fmt::format("transfer {} from {} to {}", op.amount, op.account, op.to);
    return result == nullptr ? words : words + (*result == 0 ? ": insufficient" : ": ok");
  }
  [[nodiscard]] std::string describe_state(const State& state) const {
    return fmt::format("balances {}", fmt::join(state, ", "));
  }
  [[nodiscard]] std::optional<std::string> key(const Op& op) const {
    if (op.kind != Kind::balance) return std::nullopt;
    return fmt::format("account {}", op.account);
  }

  State balances{1000, 500, 200};
};

}  // namespace sim::test
