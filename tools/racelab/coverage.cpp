#include <tools/racelab/coverage.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>
#include <sim/engine/executions.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/report/cause.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

constexpr std::uint64_t kExecutionsMax = 1'000;
constexpr std::uint64_t kStepsMaxInAll = 200'000;
constexpr std::size_t kLinesMax = 5;

/// Encodes a coverage as the note of the child process that runs the executions.
std::string encode(const sim::Coverage& coverage) {
  std::string bytes;
  sim::ByteWriter out{bytes};
  out.number(coverage.executions);
  out.number(coverage.pairs);
  out.number(coverage.never.size());
  for (const auto& [first, second] : coverage.never) {
    for (const sim::TaskAction& action : {first, second}) {
      out.text(action.task);
      out.text(action.operation);
      out.text(action.object);
      out.enumerator(action.kind);
      out.flag(action.on_clock);
    }
  }
  return bytes;
}

std::optional<sim::Coverage> decode(std::string_view bytes) {
  sim::ByteReader in{bytes};
  sim::Coverage coverage;
  coverage.executions = in.number();
  coverage.pairs = in.number();
  coverage.never.resize(in.count());
  for (auto& [first, second] : coverage.never) {
    for (sim::TaskAction* const action : {&first, &second}) {
      action->task = in.text();
      action->operation = in.text();
      action->object = in.text();
      action->kind = in.enumerator(sim::OperationKind::destroy);
      action->on_clock = in.flag();
    }
  }
  return in.done() ? std::optional{std::move(coverage)} : std::nullopt;
}

}  // namespace

std::optional<sim::Coverage> coverage_of(const sim::Program& program,
                                         const sim::StrategyMaker& make_strategy,
                                         const ExploreCommand& command) {
  const std::atomic<bool>& interrupted = catch_interrupts();
  const auto execute = [&](sim::LoggingRecorder&, sim::EngineOptions options) {
    options.record_order = true;
    options.after_failure = sim::AfterFailure::continue_;
    const std::unique_ptr<sim::SplittableStrategy> strategy = make_strategy(options);
    sim::Engine engine{options};
    sim::Executions executions{engine, program.body, *strategy};
    sim::CoverageCollector collector;
    std::uint64_t steps = 0;
    for (std::uint64_t i = 0; i < kExecutionsMax && steps < kStepsMaxInAll && !interrupted; ++i) {
      sim::Recorder recorder;
      if (!executions.next(&recorder)) break;
      collector.add(engine.trace(), recorder.recording());
      steps += engine.steps();
    }
    return encode(collector.result());
  };
  sim::EngineOptions options;
  options.bounds = program.bounds;
  options.steps_max = command.steps;
  options.stack_bytes = std::size_t{command.stack_kib} * 1024;
  const auto hang_time =
      std::chrono::milliseconds{static_cast<std::int64_t>(command.hang_seconds * 1000)};
  return decode(sim::run_isolated(execute, options, hang_time).note);
}

std::string coverage_text(const sim::Coverage& coverage) {
  if (coverage.pairs == 0) return "no two tasks have conflicting operations on an object\n";
  const std::size_t both = coverage.pairs - coverage.never.size();
  std::string text = fmt::format(
      "seen in both orders: {} of {} pairs of conflicting operations, in {} execution{}\n", both,
      coverage.pairs, with_commas(coverage.executions), coverage.executions == 1 ? "" : "s");
  for (std::size_t i = 0; i < coverage.never.size() && i < kLinesMax; ++i) {
    text += fmt::format("  never  {}\n", order_text(coverage.never[i]));
  }
  if (coverage.never.size() > kLinesMax) {
    text += fmt::format("  and {} more (--json has all)\n", coverage.never.size() - kLinesMax);
  }
  return text;
}

}  // namespace racelab
