#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/engine/executions.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/process/jobs.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

/// If a program has at most this many traces, it is checked that no trace is executed twice; more
/// traces are only counted.
constexpr std::uint64_t kComparedMax = 20'000;

struct Row {
  sim::PublishedCounts published;
  std::uint64_t traces = 0;
  std::optional<std::uint64_t> blocked;  ///< executions that repeat a trace; empty if not checked
  std::optional<std::uint64_t> interleavings;
  bool complete = true;
  double seconds = 0;

  [[nodiscard]] bool right() const {
    return complete && traces == published.traces && blocked.value_or(0) == 0 &&
           interleavings == published.interleavings;
  }
};

sim::Exploration count(const sim::Program& program, const sim::StrategyMaker& make,
                       std::uint32_t jobs) {
  sim::JobsOptions options;
  options.explore.all = true;
  options.jobs = jobs;
  sim::JobsWatcher nobody;
  return explore_in_jobs(program, make, options, nobody).saved.found;
}

/// The number of executions of a search by traces that repeat an earlier trace.
std::uint64_t repeated(const sim::Program& program) {
  sim::DporStrategy strategy;
  sim::EngineOptions options = engine_options({}, program, strategy);
  options.after_failure = sim::AfterFailure::continue_;
  sim::Engine engine{options};
  sim::Executions executions{engine, program.body, strategy};
  sim::HappensBefore order;
  std::unordered_set<std::uint64_t> seen;
  std::uint64_t repeats = 0;
  while (executions.next()) {
    order.assign(engine.trace());
    if (!seen.insert(order.fingerprint()).second) ++repeats;
  }
  return repeats;
}

Row check(const sim::Program& program, const sim::PublishedCounts& published, std::uint32_t jobs) {
  const auto begin = std::chrono::steady_clock::now();
  Row row;
  row.published = published;
  const sim::Exploration by_trace = count(
      program, [](const auto&) { return std::make_unique<sim::DporStrategy>(); }, jobs);
  row.traces = by_trace.executions;
  row.complete = by_trace.complete;
  if (published.traces <= kComparedMax) row.blocked = repeated(program);
  if (published.interleavings) {
    const sim::Exploration all = count(
        program, [](const auto&) { return std::make_unique<sim::ExhaustiveStrategy>(); }, jobs);
    row.interleavings = all.executions;
    row.complete = row.complete && all.complete;
  }
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return row;
}

std::string text_of(const std::optional<std::uint64_t>& number) {
  return number ? with_commas(*number) : "";
}

void print_head() {
  print_out("{:<32} {:>9} {:>9} {:>8} {:>14} {:>9}\n", "program", "traces", "found", "repeated",
            "interleavings", "found");
}

void print_row(const Row& row) {
  print_out("{:<32} {:>9} {:>9} {:>8} {:>14} {:>9}  {}\n", row.published.program,
            with_commas(row.published.traces), with_commas(row.traces), text_of(row.blocked),
            text_of(row.published.interleavings), text_of(row.interleavings),
            row.right() ? "ok" : "WRONG");
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const Row& row) {
  const auto or_null = [](const std::optional<std::uint64_t>& number) {
    return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
  };
  return {{"program", row.published.program},
          {"traces_expected", row.published.traces},
          {"traces", row.traces},
          {"blocked", or_null(row.blocked)},
          {"interleavings_expected", or_null(row.published.interleavings)},
          {"interleavings", or_null(row.interleavings)},
          {"complete", row.complete},
          {"right", row.right()},
          {"seconds", row.seconds}};
}

}  // namespace

ExitCode selfcheck(const SelfcheckCommand& command) {
  sim::Registry registry;
  sim::add_count_programs(registry);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::size_t wrong = 0;
  double seconds = 0;
  if (!command.json) print_head();
  for (const sim::PublishedCounts& published : sim::published_counts()) {
    const auto program = std::get<sim::Program>(registry.make(published.program));
    const Row row = check(program, published, command.jobs);
    wrong += row.right() ? 0 : 1;
    seconds += row.seconds;
    if (command.json) {
      rows.push_back(to_json(row));
    } else {
      print_row(row);
    }
  }
  if (command.json) {
    const nlohmann::ordered_json all = {
        {"right", wrong == 0}, {"seconds", seconds}, {"rows", rows}};
    print_out("{}\n", all.dump(2));
  } else if (wrong == 0) {
    print_out(
        "\nall {} programs have the published numbers, in {:.1f} s: a search that "
        "this racelab calls complete is complete\n",
        sim::published_counts().size(), seconds);
  } else {
    print_out(
        "\n{} programs are WRONG: do not trust this racelab, and report it with the compiler "
        "it was built with\n",
        wrong);
  }
  return wrong == 0 ? kSuccess : kCouldNot;
}

}  // namespace racelab
