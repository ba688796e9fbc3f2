#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sim/base/choice.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// A strategy's answer to a choice point that it will not resolve: the execution ends there with
/// the outcome `divergence`.
inline constexpr std::uint32_t kRefuse = ~std::uint32_t{0};

/// Resolves every nondeterministic choice. Lives across executions, so it can search.
/// Used by one thread at a time.
class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  /// Prepares the next execution. False once the search space or the budget is spent.
  virtual bool begin_execution() = 0;

  /// Returns an index below point.alternatives, or kRefuse. For a schedule choice, index i stands
  /// for point.enabled.nth(i). Must not touch the execution.
  virtual std::uint32_t choose(const ChoicePoint& point) = 0;

  /// The execution is over, by itself or cut short; `trace` is what happened.
  virtual void end_execution(const Trace& trace) { static_cast<void>(trace); }

  /// How the execution that ran last can be had again without its schedule, as in "seed 7,
  /// execution 12"; empty where there is no way.
  [[nodiscard]] virtual std::string origin() const { return {}; }

  /// Whether begin_execution() has returned false because nothing is left to explore. Only a
  /// complete strategy ever says so.
  [[nodiscard]] virtual bool exhausted() const { return false; }

  /// Whether end_execution() needs spawns and joins in the trace: EngineOptions::record_order.
  [[nodiscard]] virtual bool wants_order() const { return false; }

  /// Why this strategy cannot explore the test, as the last execution has shown; empty where it
  /// can.
  [[nodiscard]] virtual std::string_view unsupported() const { return {}; }

  /// Whether begin_execution() has returned false because the last execution ended before a choice
  /// that it had offered before, behind the same ones: the test is not deterministic.
  [[nodiscard]] virtual bool strayed() const { return false; }
};

}  // namespace sim
