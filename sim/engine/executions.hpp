#pragma once

// The loop that runs executions of a program as a strategy chooses:
//
//   Executions executions{engine, program.body, strategy};
//   while (executions.next()) use(engine.outcome(), engine.trace());
//   if (executions.status() == SearchStatus::exhausted) …
//
// run_once() is for strategies that have one execution. Everything else that runs executions, such
// as sim::explore(), is built on these.

#include <cassert>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/engine/strategy.hpp>

namespace sim {

/// `options` with what a program and a strategy ask of the engine: the program's bounds, and spawns
/// and joins in the trace if the strategy needs them.
inline EngineOptions engine_options(EngineOptions options, const Program& program,
                                    const Strategy& strategy) {
  options.bounds = program.bounds;
  options.record_order |= strategy.capabilities().needs_order;
  return options;
}

/// Runs executions one at a time. Results are read from the engine between two of them.
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

  /// What the strategy said when it was asked last for an execution.
  [[nodiscard]] SearchStatus status() const { return status_; }

 private:
  Engine& engine_;
  const Body& body_;
  S& strategy_;
  SearchStatus status_ = SearchStatus::running;
};

/// Runs one execution, which `strategy` must have, and returns its outcome. The outcome belongs to
/// the engine. Throws what Engine::run throws.
inline const Outcome& run_once(Engine& engine, const Body& body, Strategy& strategy,
                               Observer* observer = nullptr) {
  [[maybe_unused]] const SearchStatus status = strategy.begin_execution();
  assert(status == SearchStatus::running);
  engine.run(body, strategy, observer);
  strategy.end_execution(engine.trace());
  return engine.outcome();
}

}  // namespace sim
