#pragma once

// The loop that runs executions of a program as a strategy chooses:
//
//   Executions executions{engine, program.body, strategy};
//   while (executions.next()) use(engine.outcome(), engine.trace());
//   if (executions.status() == SearchStatus::exhausted) …
//
// run_once() is for strategies that have one execution. All other code that runs executions, such
// as sim::explore(), uses these two.

#include <cassert>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>

namespace sim {

/// Returns `options` with the program's bounds, and with record_order set if the strategy needs it.
inline EngineOptions engine_options(EngineOptions options, const Program& program,
                                    const Strategy& strategy) {
  options.bounds = program.bounds;
  options.record_order |= strategy.capabilities().needs_order;
  return options;
}

/// Runs executions one at a time. After each one, its results can be read from the engine.
template <class S = Strategy>
class Executions {
 public:
  /// Keeps references to all three.
  Executions(Engine& engine, const Body& body, S& strategy)
      : engine_(engine), body_(body), strategy_(strategy) {}
  Executions(Engine&, Body&&, S&) = delete;

  /// Runs the next execution. Returns false, without running any, if the strategy has none;
  /// status() then says why. Throws what Engine::run throws.
  bool next(Observer* observer = nullptr) {
    status_ = strategy_.begin_execution();
    if (status_ != SearchStatus::running) return false;
    engine_.run(body_, strategy_, observer);
    strategy_.end_execution(engine_.trace());
    return true;
  }

  /// The status that the strategy returned last.
  [[nodiscard]] SearchStatus status() const { return status_; }

 private:
  Engine& engine_;
  const Body& body_;
  S& strategy_;
  SearchStatus status_ = SearchStatus::running;
};

/// Runs one execution and returns its outcome, which is a member of the engine. Requires that
/// `strategy` has an execution to run. Throws what Engine::run throws.
inline const Outcome& run_once(Engine& engine, const Body& body, Strategy& strategy,
                               Observer* observer = nullptr) {
  [[maybe_unused]] const SearchStatus status = strategy.begin_execution();
  assert(status == SearchStatus::running);
  engine.run(body, strategy, observer);
  strategy.end_execution(engine.trace());
  return engine.outcome();
}

}  // namespace sim
