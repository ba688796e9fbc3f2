#include <tools/racelab/coverage.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>
#include <sim/engine/engine.hpp>
#include <sim/report/cause.hpp>
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

/// What a worker process collects.
struct Watched {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  sim::CoverageCollector collector{};
};

}  // namespace

void watch_coverage(sim::ExploreOptions& options) {
  // Each worker process has a copy of its own, because it is forked.
  const auto watched = std::make_shared<Watched>();
  options.observe = [watched]() -> sim::Observer* {
    if (watched->executions == kExecutionsMax || watched->steps >= kStepsMaxInAll) return nullptr;
    ++watched->executions;
    return &watched->collector;
  };
  options.on_observed = [watched](const sim::Engine& engine) {
    watched->steps += engine.steps();
    // Only a search that finds no failure reports its coverage.
    if (engine.outcome().failed()) watched->executions = kExecutionsMax;
  };
  options.note = [watched] { return encode(watched->collector.result()); };
}

std::optional<sim::Coverage> coverage_from(const std::vector<std::string>& notes) {
  std::optional<sim::Coverage> best;
  for (const std::string& note : notes) {
    std::optional<sim::Coverage> one = decode(note);
    if (one && one->executions > 0 && (!best || one->executions > best->executions)) {
      best = std::move(one);
    }
  }
  return best;
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
