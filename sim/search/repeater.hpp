#pragma once

// Runs executions of a program a second time, for two purposes: only executions of interest have to
// be recorded, and a program that is not deterministic is detected, because the same choices then
// lead to different steps.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {

/// Repeats executions on a separate engine, so that the first engine keeps its trace and outcome.
class Repeater {
 public:
  /// Keeps a reference to `body`. `options` are those of the engine that runs executions first.
  Repeater(const Body& body, const EngineOptions& options);

  /// Runs an execution with the choices of `entries`, which ends after the last of them. Returns
  /// the engine that ran it. It stops tasks at the fatal points.
  const Engine& repeat(std::span<const TraceEntry> entries, Observer* observer = nullptr,
                       std::vector<FatalPoint> fatal = {});
  /// From now on, tasks that have not ended are abandoned, because draining them could end the
  /// process.
  void abandon_tasks() { abandons_ = true; }
  /// Repeats the execution of `entries` and returns its recording.
  Recording record(std::span<const TraceEntry> entries);

  /// Repeats an execution that passed. Returns a message that says what was different; empty if
  /// nothing was.
  std::optional<std::string> check_passed(const Trace& trace);
  /// Repeats an execution that failed, with `recorder` as its observer. Returns a message that says
  /// what was different; empty if nothing was.
  std::optional<std::string> check_failed(const Trace& trace, const Outcome& outcome,
                                          Recorder& recorder);

 private:
  const Body& body_;
  EngineOptions options_;
  bool abandons_ = false;
  std::unique_ptr<Engine> engine_;                         ///< made when first needed
  std::optional<RetraceStrategy::Difference> difference_;  ///< how the last repetition differed
};

}  // namespace sim
