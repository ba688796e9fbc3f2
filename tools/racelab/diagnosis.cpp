#include <tools/racelab/diagnosis.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <fmt/format.h>

#include <sim/diagnose/explain.hpp>
#include <sim/report/execution_json.hpp>
#include <sim/schedule/file.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/loading.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

std::string count_text(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string size_text(const sim::ScheduleSize& size) {
  return fmt::format("{}, {}, {}", count_text(size.preemptions, "preemption"),
                     count_text(size.tasks, "task"), count_text(size.steps, "step"));
}

nlohmann::ordered_json size_json(const sim::ScheduleSize& size) {
  return {{"preemptions", size.preemptions}, {"tasks", size.tasks}, {"steps", size.steps}};
}

/// The last part of an address's path, as a file name; empty if the path is empty.
std::string last_part(const std::string& address) {
  const std::string place = address.substr(address.find("//") + 2);
  std::string path = place.substr(0, place.find_first_of("?#"));
  while (path.ends_with('/')) path.pop_back();
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(slash + 1);
}

}  // namespace

sim::ProbeOptions probe_options(std::uint32_t stack_kib, std::uint32_t steps, double hang_seconds) {
  sim::ProbeOptions options;
  options.engine.stack_bytes = std::size_t{stack_kib} * 1024;
  options.engine.steps_max = steps;
  options.hang_timeout = std::chrono::milliseconds{static_cast<std::int64_t>(hang_seconds * 1000)};
  options.interrupt = &catch_interrupts();
  return options;
}

Diagnosis diagnose(const sim::Program& program, const sim::Recording& recording,
                   const sim::ProbeOptions& given) {
  sim::ProbeOptions options = given;
  if (recording.outcome.kind == sim::OutcomeKind::hang) {
    // Each probe that fails in the same way takes this time.
    constexpr std::chrono::milliseconds kHangsAgain{2'000};
    options.hang_timeout = std::min(options.hang_timeout, kHangsAgain);
  }
  Diagnosis diagnosis;
  const auto* const misuse = recording.outcome.as<sim::Misuse>();
  if (misuse != nullptr && std::holds_alternative<sim::TooManyTasks>(misuse->reason)) {
    // A limit of racelab, whatever the order of the steps.
    diagnosis.shrunk.program = program;
    diagnosis.shrunk.recording = recording;
    return diagnosis;
  }
  sim::Prober prober{options};
  diagnosis.shrunk = sim::shrink(program, recording.up_to_failure().trace(), prober);
  const bool interrupted = options.interrupt != nullptr && *options.interrupt;
  if (interrupted && diagnosis.shrunk.recording.outcome.kind != recording.outcome.kind) {
    // Not even the given execution was repeated to its end.
    diagnosis.shrunk.recording = recording;
    diagnosis.shrunk.after = diagnosis.shrunk.before;
  }
  sim::ProbeOptions rest = options;
  rest.steps_max /= 2;
  sim::Prober explainer{rest};
  diagnosis.why = sim::explain(diagnosis.shrunk.program, diagnosis.shrunk.recording, explainer);
  return diagnosis;
}

std::string shrunk_text(const Diagnosis& diagnosis) {
  const sim::Shrunk& shrunk = diagnosis.shrunk;
  if (shrunk.executions == 0) return {};
  std::string text =
      diagnosis.is_simpler()
          ? fmt::format("shrunk from {} to {}", size_text(shrunk.before), size_text(shrunk.after))
          : fmt::format("nothing simpler was found: {}", size_text(shrunk.after));
  const std::string& name = shrunk.program.name;
  const std::string of = name.empty() ? "a smaller program" : name;
  if (shrunk.smaller) text += " of " + of;
  text += fmt::format(" ({} execution{}{})\n", with_commas(shrunk.executions),
                      shrunk.executions == 1 ? "" : "s",
                      shrunk.exhaustive ? "" : "; not all simpler ones were tried");
  if (shrunk.fewest && shrunk.after.preemptions > 0) {
    text += fmt::format("no execution{} with fewer preemptions fails in this way: all were run\n",
                        shrunk.smaller ? " of it" : "");
  }
  return text;
}

std::string shrunk_path(const std::string& file) {
  if (is_address(file)) {
    const std::string stem = std::filesystem::path{last_part(file)}.stem().string();
    return sim::default_file_name(stem.empty() ? "schedule" : stem, "-shrunk.schedule");
  }
  const std::filesystem::path path{file};
  const std::string name = path.stem().string() + "-shrunk" + path.extension().string();
  return (path.parent_path() / name).string();
}

void print_next_steps(const std::string& file, std::uint32_t stack_kib) {
  const std::string stack =
      stack_kib == kStackKib ? std::string{} : fmt::format(" --stack-kib {}", stack_kib);
  const std::string path = shell_word(file);
  print_out("replay it:  {} replay {}{}\n", command_name(), path, stack);
  print_out("look at it:  {} show {}{}\n", command_name(), path, stack);
}

nlohmann::ordered_json shrunk_json(const Diagnosis& diagnosis) {
  const sim::Shrunk& shrunk = diagnosis.shrunk;
  nlohmann::ordered_json json = {
      {"before", size_json(shrunk.before)},  {"after", size_json(shrunk.after)},
      {"fewest_preemptions", shrunk.fewest}, {"exhaustive", shrunk.exhaustive},
      {"executions", shrunk.executions},     {"scenario", nullptr}};
  if (!shrunk.program.name.empty()) json["scenario"] = shrunk.program.name;
  return json;
}

nlohmann::ordered_json cause_json(const Diagnosis& diagnosis) {
  return sim::cause_json(diagnosis.shrunk.recording, diagnosis.why, sim::JsonForm::brief);
}

}  // namespace racelab
