#pragma once

// The interface of searches, samplers and replays, which decide what happens in an execution. A
// strategy has three functions: begin an execution, choose at each choice point, end the execution.
// sim/engine/executions.hpp has the loop that calls them. docs/extending.md says how to add a
// strategy; docs/strategies.md compares those that exist.

#include <cstdint>
#include <optional>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// Returned by a strategy that cannot resolve a choice point. The execution ends there with the
/// outcome `divergence`.
inline constexpr std::uint32_t kRefuse = ~std::uint32_t{0};

/// Whether a strategy has another execution to run and, if it has none, why.
enum class SearchStatus : std::uint8_t {
  running,      ///< an execution is prepared and is to be run
  exhausted,    ///< every execution was run; only complete strategies end with this status
  limit,        ///< all requested executions were run; others may exist
  unsupported,  ///< the strategy cannot explore this program; Strategy::reason() says why
  diverged,     ///< the program is not deterministic; Strategy::reason() says what differed
};

/// Properties of a strategy that its callers have to know. They never change.
struct Capabilities {
  /// end_execution() reads spawns and joins, so EngineOptions::record_order must be set.
  bool needs_order = false;
  bool counts_traces = false;  ///< each of its executions has a different Mazurkiewicz trace
  bool samples = false;        ///< it runs random executions, determined by a seed, and ends only
                               ///< at a limit
};

/// The data from which a sampled execution can be repeated without its schedule.
struct Reproduction {
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;  ///< number of the execution among those of the seed, from 0

  friend bool operator==(const Reproduction&, const Reproduction&) = default;
};

/// Which of several strategies has chosen an execution, for a strategy that is composed of others
/// (sim/search/portfolio.hpp).
struct StrategyPart {
  std::uint32_t index = 0;     ///< number of the part, from 0
  bool counts_traces = false;  ///< Capabilities::counts_traces of the part
};

/// Resolves every nondeterministic choice. A strategy is used for many executions, so that it can
/// search. It is used by one thread at a time.
class Strategy {
 public:
  explicit Strategy(const Capabilities& capabilities = {}) : capabilities_(capabilities) {}
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  /// Prepares the next execution and returns `running`, or returns why there is no next execution.
  /// A status other than `running` is final: each further call returns it again and does nothing.
  virtual SearchStatus begin_execution() = 0;

  /// Returns an index below point.alternatives, or kRefuse. If point.kind is `schedule`, index i
  /// selects point.enabled.nth(i). Must not affect the execution in any other way.
  virtual std::uint32_t choose(const ChoicePoint& point) = 0;

  /// Called after each execution, with its trace. The execution ended because no task could run, at
  /// a bound or a failure, or because choose() returned kRefuse.
  virtual void end_execution(const Trace& trace) { static_cast<void>(trace); }

  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }

  /// The reason why begin_execution() returned `unsupported` or `diverged`, as a clause for a
  /// message. If a strategy that is composed of others goes on without one that cannot explore the
  /// program, the reason of that one.
  [[nodiscard]] std::string_view reason() const { return reason_; }

  /// Seed and number of the last execution. Empty if the strategy does not sample.
  [[nodiscard]] const std::optional<Reproduction>& reproduction() const { return reproduction_; }

  /// The part that chose the last execution. Empty if the strategy is not composed of others.
  [[nodiscard]] const std::optional<StrategyPart>& part() const { return part_; }

 protected:
  /// Sets reason() and returns `status`. The text must outlive the strategy.
  SearchStatus end_search(SearchStatus status, std::string_view reason) {
    reason_ = reason;
    return status;
  }
  /// Ends a search with `diverged`, because an execution ended before it had made all choices that
  /// it was to repeat from an earlier execution.
  SearchStatus end_diverged() {
    return end_search(SearchStatus::diverged,
                      "it ended before a choice that it had offered before");
  }
  void set_reproduction(const Reproduction& reproduction) { reproduction_ = reproduction; }
  /// Sets part(), and reproduction() to that of the part.
  void set_part(const StrategyPart& part, const std::optional<Reproduction>& reproduction) {
    part_ = part;
    reproduction_ = reproduction;
  }

 private:
  Capabilities capabilities_;
  std::string_view reason_;
  std::optional<Reproduction> reproduction_;
  std::optional<StrategyPart> part_;
};

}  // namespace sim
