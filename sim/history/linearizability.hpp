#pragma once

// Checks whether a history is linearizable (Herlihy and Wing, "Linearizability: a correctness
// condition for concurrent objects", 1990): whether each call can have taken effect at one moment
// between its invocation and its response, its linearization point, such that a sequential model
// gives the same results in the order of these moments. See docs/history.md.

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
#include <sim/engine/engine.hpp>
#include <sim/engine/observer.hpp>
#include <sim/history/history.hpp>
#include <sim/history/linearization_search.hpp>
#include <sim/history/sequential_model.hpp>

namespace sim {

/// Checks a history against `model`. The time grows with the length of the history and, in the
/// worst case exponentially, with the number of calls that overlap. Throws UsageError if a call
/// has a response before its invocation.
template <SequentialModel Model>
Verdict check_linearizability(const HistoryOf<Model>& history, const Model& model,
                              const CheckLimits& limits = {}) {
  detail::NumberedModelOf<Model> numbered{model, history.calls};
  detail::CheckBudget budget{limits};
  return detail::search_linearization(detail::times_of(history.calls), numbered, budget);
}

/// The calls of one key.
struct KeyCalls {
  std::string key;
  std::vector<std::size_t> calls;  ///< their indices in the history
};

/// Splits a history by the keys of its operations. Returns an error message if an operation is not
/// about exactly one key.
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

/// Combines the verdicts on the keys of a history.
class SplitVerdict {
 public:
  explicit SplitVerdict(std::span<const CallTimes> times) : times_(times) {}

  /// Adds the verdict on the calls of one key.
  void add(const KeyCalls& part, Verdict verdict);
  /// False if the verdicts on other keys cannot change the result.
  [[nodiscard]] bool is_open() const { return whole_.kind != Verdict::Kind::not_linearizable; }
  /// Returns the verdict on the whole history. Call it once, at the end.
  Verdict take();

 private:
  void place(const std::vector<std::size_t>& order);

  std::span<const CallTimes> times_;
  Verdict whole_{.kind = Verdict::Kind::linearizable};
  std::vector<std::pair<std::uint64_t, std::size_t>> moments_;  ///< linearization points and calls
};

}  // namespace detail

/// Checks the calls of each key as the calls of a separate object. This takes far less time than
/// check_linearizability() and has the same result, because linearizability is local: a history is
/// linearizable exactly if the history of each object is (Herlihy and Wing, 1990). Returns an error
/// message that names the first operation which is not about exactly one key. The model is applied
/// to the calls of one key at a time. The limits are for all keys together.
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
    if (!whole.is_open()) break;
  }
  return whole.take();
}

/// A call as reports show it, described by its model.
struct ShownCall {
  std::uint32_t client;
  std::string text;  ///< as the model describes it
  std::uint64_t invoked;
  std::optional<std::uint64_t> returned;
};

/// The calls of `history`, in its order, for reports.
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

/// Options of verdict_text().
struct VerdictTextOptions {
  std::size_t calls_max = 10;  ///< the maximum number of calls shown, from the end of an order
};

/// The verdict on `calls` in words. If they are not linearizable: the longest linearizable prefix,
/// the call at which it stops, and why. Ends with a line end.
std::string verdict_text(const Verdict& verdict, std::span<const ShownCall> calls,
                         const VerdictTextOptions& options = {});
/// The verdict on `calls` in one line, without a line end.
std::string verdict_summary(const Verdict& verdict, std::span<const ShownCall> calls);

/// The text of a verdict that check_linearizability() gave on `history`.
template <SequentialModel Model>
std::string linearizability_text(const HistoryOf<Model>& history, const Model& model,
                                 const Verdict& verdict, const VerdictTextOptions& options = {}) {
  return verdict_text(verdict, shown_calls(history, model), options);
}

namespace detail {

/// Fails the running execution, or throws NotLinearizable outside an execution.
void not_linearizable(const Verdict& verdict, std::span<const ShownCall> calls,
                      SourceLocation where);

}  // namespace detail

namespace detail {

/// Shows the calls of a history in the timeline of the execution, if it is recorded.
template <SequentialModel Model>
void show_calls(const HistoryOf<Model>& history, const Model& model) {
  const Engine* const engine = Engine::current_or_null();
  Observer* const observer = engine == nullptr ? nullptr : engine->observer();
  if (observer == nullptr || !history.object) return;
  std::map<std::uint64_t, std::string> texts;  // by time
  for (const auto& call : history.calls) {
    texts[call.invoked] = fmt::format("invoke {}", std::string{model.describe(call.op, nullptr)});
    if (!call.response) continue;
    texts[call.response->at] =
        fmt::format("respond {}", std::string{model.describe(call.op, &call.response->result)});
  }
  std::vector<std::string> in_order;
  for (auto& [at, text] : texts) in_order.push_back(std::move(text));
  observer->on_texts(*history.object, in_order);
}

}  // namespace detail

/// Thrown by expect_linearizable() outside an execution. what() is verdict_text().
class NotLinearizable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Fails if the history is not linearizable, or if a limit was reached before the check ended.
///
/// In a simulated execution, the execution fails with an assertion that says in one line which call
/// is not explained, and the calling task is stopped at its next scheduling point. In a test with
/// real threads, throws NotLinearizable.
template <SequentialModel Model>
void expect_linearizable(const HistoryOf<Model>& history, const Model& model,
                         const CheckLimits& limits = {},
                         SourceLocation where = SourceLocation::current()) {
  detail::show_calls(history, model);
  const Verdict verdict = check_linearizability(history, model, limits);
  if (!verdict.linearizable()) {
    detail::not_linearizable(verdict, shown_calls(history, model), where);
  }
}

}  // namespace sim
