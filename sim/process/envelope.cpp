#include <sim/process/envelope.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <sim/base/build_id.hpp>
#include <sim/base/hash.hpp>
#include <sim/base/printable.hpp>
#include <sim/engine/executions.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/search/exhaustive.hpp>

namespace sim {
namespace {

/// A digest of who does what on which object. Values are left out, because they may be addresses,
/// and so are static objects, whose ids depend on the process.
std::uint64_t digest_of(std::span<const TraceEntry> entries) {
  std::uint64_t digest = entries.size();
  for (const TraceEntry& entry : entries) {
    digest = hash_step(digest, index_of(entry.task));
    digest = hash_step(digest, static_cast<std::uint64_t>(entry.kind));
    if (entry.is_step() && !is_static(entry.object))
      digest = hash_step(digest, static_cast<std::uint64_t>(entry.object));
  }
  return digest;
}

std::uint64_t digest_of_first_execution(const Program& program, EngineOptions options,
                                        std::chrono::milliseconds time_max) {
  constexpr std::uint32_t kStepsMax = 1'000;
  options.bounds = program.bounds;
  options.steps_max = std::min(options.steps_max, kStepsMax);
  Supervisor supervisor{options};
  options.trace_memory = supervisor.trace_memory();
  const auto run = [&] {
    Engine engine{options};
    ExhaustiveStrategy first;
    run_once(engine, program.body, first);
    return 0;
  };
  static_cast<void>(supervisor.run(run, time_max));
  return digest_of(supervisor.trace());
}

}  // namespace

Envelope make_envelope(const Program& program, const EngineOptions& engine, std::string version,
                       std::string search, std::chrono::milliseconds time_max) {
  Envelope envelope;
  envelope.version = std::move(version);
  envelope.executable = executable_name();
  envelope.build = build_id();
  envelope.first_steps = digest_of_first_execution(program, engine, time_max);
  envelope.scenario = program.name;
  envelope.steps_max = engine.steps_max;
  envelope.stack_bytes = engine.stack_bytes;
  envelope.bounds = program.bounds;
  envelope.search = std::move(search);
  return envelope;
}

std::string why_not(const Envelope& other, const Envelope& here) {
  const auto differ = [](std::string_view what, const auto& its, const auto& ours) {
    return fmt::format("it was made with {} {}, and this is {}", what, its, ours);
  };
  if (other.version != here.version)
    return differ("racelab", printable(other.version), here.version);
  if (other.executable != here.executable)
    return differ("the program", printable(other.executable), here.executable);
  if (other.tasks_max != here.tasks_max)
    return differ("a limit of tasks of", other.tasks_max, here.tasks_max);
  if (other.scenario != here.scenario)
    return differ("the scenario", printable(other.scenario), here.scenario);
  if (other.build != here.build) {
    return fmt::format("it is of another build of {}: explore it anew", here.executable);
  }
  if (other.steps_max != here.steps_max)
    return differ("a step bound of", other.steps_max, here.steps_max);
  if (other.stack_bytes != here.stack_bytes)
    return differ("stacks of", other.stack_bytes, here.stack_bytes);
  if (other.bounds != here.bounds)
    return "it was made with other bounds on time-outs or spurious failures";
  if (other.search != here.search)
    return differ("the search", printable(other.search), here.search);
  if (other.first_steps != here.first_steps) {
    return fmt::format(
        "the first execution of {} makes other steps here than where it was made, although it is "
        "the same "
        "build: what the program reads, such as a file or the environment, has changed; explore it "
        "anew",
        here.scenario);
  }
  return {};
}

}  // namespace sim
