#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sim/engine/executions.hpp>
#include <sim/engine/fiber.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/strategies/exhaustive.hpp>

#if SIM_ASAN
#include <sanitizer/lsan_interface.h>
#endif

namespace sim::test {

inline constexpr EngineOptions kGoOn{.after_failure = AfterFailure::continue_};

/// A strategy that runs one execution in a given order. Each number is the task that makes the next
/// step or, at a sim::choose(), its result. After the last number, the lowest task runs and choices
/// return 0.
class InOrder final : public Strategy {
 public:
  explicit InOrder(std::vector<std::uint32_t> order) : order_(std::move(order)) {}

  SearchStatus begin_execution() override { return SearchStatus::running; }
  std::uint32_t choose(const ChoicePoint& point) override {
    if (next_ == order_.size()) return 0;
    const std::uint32_t wanted = order_[next_++];
    if (point.kind != ChoiceKind::schedule) return wanted;
    return point.index_of_task(task_at(wanted)).value_or(kRefuse);
  }

 private:
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
};

/// The result of one execution.
struct Execution {
  Outcome outcome;
  Recording recording;
  std::vector<TraceEntry> trace;
  std::uint32_t abandoned = 0;

  /// The steps as texts, as in "1 store x = 1 (failed)".
  [[nodiscard]] std::vector<std::string> steps() const {
    std::vector<std::string> lines;
    for (const RecordedEvent& event : recording.events) {
      std::string line = recording.tasks[event.task].name + " " + event.label + " " + event.text;
      if (!event.value.empty()) line += " = " + event.value;
      lines.push_back(line + (event.failed ? " (failed)" : ""));
    }
    return lines;
  }
};

inline Execution run(const Body& body, std::vector<std::uint32_t> order = {},
                     const EngineOptions& options = {}) {
  Engine engine{options};
  InOrder strategy{std::move(order)};
  Recorder recorder;
  const Outcome& outcome = run_once(engine, body, strategy, &recorder);
  const auto entries = engine.trace().entries();
  return {outcome, recorder.recording(), {entries.begin(), entries.end()}, engine.abandoned()};
}

/// The results of all executions of a body.
struct Tally {
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
  std::uint64_t abandoned = 0;
  std::map<std::string, std::uint64_t> outcomes;  ///< number of executions by Outcome::summary()

  [[nodiscard]] std::uint64_t count(const std::string& summary) const {
    const auto found = outcomes.find(summary);
    return found == outcomes.end() ? 0 : found->second;
  }
};

/// Runs every interleaving on one engine. `visit` is called after each execution.
inline Tally run_all(const Body& body, const EngineOptions& options = {},
                     const std::function<void(const Engine&)>& visit = {}) {
  Engine engine{options};
  ExhaustiveStrategy strategy;
  Executions executions{engine, body, strategy};
  Tally tally;
  for (std::optional<Recorder> recorder; executions.next(&recorder.emplace());) {
    const Outcome& outcome = engine.outcome();
    ++tally.executions;
    tally.failures += outcome.failed() ? 1 : 0;
    tally.abandoned += engine.abandoned();
    ++tally.outcomes[outcome.summary()];
    if (visit) visit(engine);
  }
  return tally;
}

/// While an object of this class exists, allocated memory may leak. For tests that abandon tasks,
/// whose stacks own memory, and for exceptions that nobody catches.
class LeakOnPurpose {
 public:
#if SIM_ASAN
  LeakOnPurpose() {
    __lsan_disable();
  }
  ~LeakOnPurpose() {
    __lsan_enable();
  }
#else
  LeakOnPurpose() = default;
  ~LeakOnPurpose() {}  // NOLINT(modernize-use-equals-default): keeps variables of this class from
                       // being unused
#endif
  LeakOnPurpose(const LeakOnPurpose&) = delete;
  LeakOnPurpose& operator=(const LeakOnPurpose&) = delete;
};

}  // namespace sim::test
