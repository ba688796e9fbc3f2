#pragma once

// The interface of everything that decides how an execution goes: searches, samplers and replays.
// A strategy is three functions: begin an execution, choose at each choice point, end the
// execution. sim/engine/executions.hpp has the loop that calls them. docs/extending.md says how to
// add a strategy; docs/strategies.md compares those that exist.

#include <cstdint>
#include <optional>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// A strategy's answer to a choice point that it will not resolve: the execution ends there with
/// the outcome `divergence`.
inline constexpr std::uint32_t kRefuse = ~std::uint32_t{0};

/// Whether a strategy has another execution to run and, if it has none, why.
enum class SearchStatus : std::uint8_t {
  running,      ///< an execution is prepared and is to be run
  exhausted,    ///< every execution was run; only complete strategies end with this status
  limit,        ///< all executions that were asked for were run; others may exist
  unsupported,  ///< the strategy cannot explore this program; Strategy::reason() says why
  diverged,     ///< the program is not deterministic; Strategy::reason() says what differed
};

/// What the callers of a strategy have to know about its kind. It never changes.
struct Capabilities {
  /// end_execution() reads spawns and joins, so EngineOptions::record_order must be set.
  bool needs_order = false;
  bool counts_traces = false;  ///< each of its executions is another Mazurkiewicz trace
  bool samples = false;        ///< it runs seeded executions and ends only at a limit
};

/// How a sampled execution can be had again without its schedule.
struct Reproduction {
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;  ///< its number among the executions of the seed, from 0

  friend bool operator==(const Reproduction&, const Reproduction&) = default;
};

/// Resolves every nondeterministic choice. A strategy lives across executions, so it can search.
/// It is used by one thread at a time.
class Strategy {
 public:
  explicit Strategy(const Capabilities& capabilities = {}) : capabilities_(capabilities) {}
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  /// Prepares the next execution if the status that it returns is `running`. Any other status is
  /// final: each further call returns it again and does nothing.
  virtual SearchStatus begin_execution() = 0;

  /// Returns an index below point.alternatives, or kRefuse. For a schedule choice, index i stands
  /// for point.enabled.nth(i). Must not touch the execution.
  virtual std::uint32_t choose(const ChoicePoint& point) = 0;

  /// Is called after each execution, with its trace. The execution has ended by itself, at a bound
  /// or because choose() refused.
  virtual void end_execution(const Trace& trace) { static_cast<void>(trace); }

  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }

  /// Why begin_execution() returned `unsupported` or `diverged`, as a clause for a message.
  [[nodiscard]] std::string_view reason() const { return reason_; }

  /// Seed and number of the execution that was begun last. Empty if the strategy does not sample.
  [[nodiscard]] const std::optional<Reproduction>& reproduction() const { return reproduction_; }

 protected:
  /// Sets reason(), which must outlive the strategy, and returns `status`.
  SearchStatus end_search(SearchStatus status, std::string_view reason) {
    reason_ = reason;
    return status;
  }
  /// Ends a search whose last execution ended although it had not yet made all choices that the
  /// strategy repeats from an earlier execution.
  SearchStatus end_diverged() {
    return end_search(SearchStatus::diverged,
                      "it ended before a choice that it had offered before");
  }
  void set_reproduction(const Reproduction& reproduction) { reproduction_ = reproduction; }

 private:
  Capabilities capabilities_;
  std::string_view reason_;
  std::optional<Reproduction> reproduction_;
};

}  // namespace sim
