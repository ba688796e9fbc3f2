#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <sim/base/source_location.hpp>
#include <sim/history/history.hpp>
#include <sim/history/linearization_search.hpp>
#include <sim/history/sequential_model.hpp>

namespace sim {

/// Whether a history is linearizable: whether each call can be thought to have taken effect at one
/// moment between its invocation and its response, such that `model`, called in the order of these
/// moments, answers the same. How long it takes grows with the history's length and, at worst
/// exponentially, with the number of calls that overlap.
/// Throws UsageError where a call has a response before its invocation.
template <SequentialModel Model>
Verdict check_linearizability(const HistoryOf<Model>& history, const Model& model,
                              const CheckLimits& limits = {}) {
  detail::NumberedModelOf<Model> numbered{model, history.calls};
  detail::CheckBudget budget{limits};
  return detail::search_linearization(detail::times_of(history.calls), numbered, budget);
}

/// The calls of one key, of a history that is split.
struct KeyCalls {
  std::string key;
  std::vector<std::size_t> calls;  ///< their indices in the history
};

/// Splits a history whose every operation is about one key; or says which one is not.
template <KeyedModel Model>
std::variant<std::vector<KeyCalls>, std::string> split_by_key(const HistoryOf<Model>& history,
                                                              const Model& model) {
  std::map<std::string, std::vector<std::size_t>> split;
  for (std::size_t i = 0; i < history.calls.size(); ++i) {
    const auto& call = history.calls[i];
    const std::optional<std::string> key = model.key(call.op);
    if (!key) {
      const auto* const result = call.response ? &call.response->result : nullptr;
      return fmt::format(
          "call {} of the history, {} of client {}, is not about one key: check the "
          "history as a whole",
          i, std::string{model.describe(call.op, result)}, call.client);
    }
    split[*key].push_back(i);
  }
  std::vector<KeyCalls> parts;
  for (auto& [key, calls] : split) parts.push_back({key, std::move(calls)});
  return parts;
}

namespace detail {

/// Puts the verdicts on the parts of a history together.
class SplitVerdict {
 public:
  explicit SplitVerdict(std::span<const CallTimes> times) : times_(times) {}

  void add(const KeyCalls& part, Verdict verdict);
  /// False where no other part can change the verdict.
  [[nodiscard]] bool goes_on() const { return whole_.kind != Verdict::Kind::not_linearizable; }
  Verdict take();

 private:
  void place(const std::vector<std::size_t>& order);

  std::span<const CallTimes> times_;
  Verdict whole_{.kind = Verdict::Kind::linearizable};
  std::vector<std::pair<std::uint64_t, std::size_t>> moments_;  ///< of calls
};

}  // namespace detail

/// The same, key by key, each as an object of its own, which takes far less time. (A history is
/// linearizable where those of its objects are: Herlihy and Wing, Linearizability, 1990.) Refused,
/// with an error that names the first such operation, where one is not about exactly one key. The
/// model is then asked of the calls of one key at a time; the limits are for all keys together.
template <KeyedModel Model>
std::variant<Verdict, std::string> check_linearizability_by_key(const HistoryOf<Model>& history,
                                                                const Model& model,
                                                                const CheckLimits& limits = {}) {
  auto split = split_by_key(history, model);
  if (auto* const refusal = std::get_if<std::string>(&split)) return std::move(*refusal);
  const auto times = detail::times_of(history.calls);
  detail::CheckBudget budget{limits};
  detail::SplitVerdict whole{times};
  for (const KeyCalls& part : std::get<0>(split)) {
    HistoryOf<Model> of_key;
    for (const std::size_t call : part.calls) of_key.calls.push_back(history.calls[call]);
    detail::NumberedModelOf<Model> numbered{model, of_key.calls};
    whole.add(part, detail::search_linearization(detail::times_of(of_key.calls), numbered, budget));
    if (!whole.goes_on()) break;
  }
  return whole.take();
}

/// A call as reports show it.
struct ShownCall {
  std::uint32_t client;
  std::string text;  ///< as the model describes it
  std::uint64_t invoked;
  std::optional<std::uint64_t> returned;
};

template <SequentialModel Model>
std::vector<ShownCall> shown_calls(const HistoryOf<Model>& history, const Model& model) {
  std::vector<ShownCall> shown;
  for (const auto& [client, op, invoked, response] : history.calls) {
    std::string text = model.describe(op, response ? &response->result : nullptr);
    shown.push_back(
        {client, std::move(text), invoked, response ? std::optional{response->at} : std::nullopt});
  }
  return shown;
}

struct VerdictTextOptions {
  std::size_t calls_max = 10;  ///< of a longer order, only the last are shown
};

/// A verdict in words, for the calls it is on: where they are not linearizable, the longest prefix
/// that is, where it stops, and why. Ends with a line end.
std::string verdict_text(const Verdict& verdict, std::span<const ShownCall> calls,
                         const VerdictTextOptions& options = {});
/// The same in one line, without a line end.
std::string verdict_summary(const Verdict& verdict, std::span<const ShownCall> calls);

template <SequentialModel Model>
std::string linearizability_text(const HistoryOf<Model>& history, const Model& model,
                                 const Verdict& verdict, const VerdictTextOptions& options = {}) {
  return verdict_text(verdict, shown_calls(history, model), options);
}

namespace detail {

void not_linearizable(const Verdict& verdict, std::span<const ShownCall> calls,
                      SourceLocation where);

}  // namespace detail

/// What expect_linearizable() throws outside an execution. what() is verdict_text().
class NotLinearizable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Fails where the history is not linearizable, or where that is not known for a limit.
///
/// Inside a simulated execution it fails that one, with an assertion that says in one line which
/// call is not explained; the task goes on to its next step, which it does not make. A time limit
/// would make the outcome depend on how fast the machine is, so there is none unless one is given.
/// Outside, in a test with real threads, throws NotLinearizable.
template <SequentialModel Model>
void expect_linearizable(const HistoryOf<Model>& history, const Model& model,
                         const CheckLimits& limits = {},
                         SourceLocation where = SourceLocation::current()) {
  const Verdict verdict = check_linearizability(history, model, limits);
  if (!verdict.linearizable()) {
    detail::not_linearizable(verdict, shown_calls(history, model), where);
  }
}

}  // namespace sim
