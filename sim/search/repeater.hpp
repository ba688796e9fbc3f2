#pragma once

// Runs executions of a program a second time, which serves two purposes: an execution is put into
// words only if it matters, and a program that is not deterministic is noticed, because the same
// choices then lead to different steps.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <sim/engine/engine.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// Repeats executions on an engine of its own, so that the first engine keeps its trace and
/// outcome.
class Repeater {
 public:
  /// Keeps a reference to `body`. `options` are those of the engine that runs executions first.
  Repeater(const Body& body, const EngineOptions& options);

  /// Makes the choices of `entries` and ends where they end. Returns the engine that ran them.
  const Engine& repeat(std::span<const TraceEntry> entries, Observer* observer = nullptr);
  /// The execution of `entries` in words.
  Recording record(std::span<const TraceEntry> entries);

  /// Repeats an execution that passed. Returns what was different, for a message; empty if nothing
  /// was.
  std::optional<std::string> check_passed(const Trace& trace);
  /// Repeats an execution that failed, on to `recorder`. Returns what was different, for a message;
  /// empty if nothing was.
  std::optional<std::string> check_failed(const Trace& trace, const Outcome& outcome,
                                          Recorder& recorder);

 private:
  const Body& body_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;  ///< made when it is needed first
};

}  // namespace sim
