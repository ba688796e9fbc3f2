// `racelab drive`: makes a running lab execute schedules, and compares it with the simulator.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <http/client.hpp>
#include <http/drive_plan.hpp>
#include <sim/engine/executions.hpp>
#include <sim/registration.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <tools/racelab/command.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/drive/drive_report.hpp>
#include <tools/racelab/drive/driver.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/loading.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

using nlohmann::ordered_json;

constexpr const char* kExitCodes =
    "The server runs each schedule on separate accounts; `POST /reset` restores the lab's own.\n"
    "Exit codes: 0 simulator and server agree, 1 they differ, 2 bad usage or input, 3 the server\n"
    "did not complete the schedule, 4 could not run (no server, say), 130 interrupted.";

struct DriveCommand {
  std::string file;
  std::string scenario;  ///< with --all; also a file or an address
  std::string url = "http://127.0.0.1:8000";
  std::uint32_t timeout_ms = 5'000;
  std::uint32_t times = 1;
  std::string token;
  std::string out;
  bool json = false;
};

ExitCode code_of(Driven::Verdict verdict) {
  switch (verdict) {
    case Driven::Verdict::agree:
      return kSuccess;
    case Driven::Verdict::differ:
      return kFailureFound;
    case Driven::Verdict::incomplete:
      return kDiverged;
    case Driven::Verdict::interrupted:
      return kInterrupted;
    case Driven::Verdict::not_run:
      break;
  }
  return kCouldNot;
}

ExitCode bad_input(const std::string& problem) {
  print_problem("{}\n", printable(problem));
  return kBadUsage;
}

/// The address of the lab. The second alternative is an error in one line.
std::variant<http::Url, std::string> lab_at(const std::string& url) {
  auto parsed = http::parse_url(url);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) return "--url " + *problem;
  if (std::get<http::Url>(parsed).target != "/") {
    return fmt::format("--url \"{}\": give the lab's address without a path", url);
  }
  return parsed;
}

DriverOptions driver_options(const DriveCommand& command, std::string base) {
  return {std::move(base), command.token, std::chrono::milliseconds{command.timeout_ms},
          &catch_interrupts()};
}

void print_json(const ordered_json& json) {
  print_out("{}\n", json.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

ordered_json driven_json(const DriveCommand& command, const Driven& driven) {
  ordered_json json = {
      {"schedule", command.file},
      {"url", command.url},
      {"verdict", to_string(driven.verdict)},
      {"problem", driven.problem.empty() ? ordered_json(nullptr) : ordered_json(driven.problem)},
      {"report", driven.report},
      {"answers", ordered_json::array()}};
  for (const http::Answer& answer : driven.answers) {
    const ordered_json body = ordered_json::parse(answer.body, nullptr, false);
    json["answers"].push_back(
        {{"status", answer.status}, {"body", body.is_discarded() ? ordered_json(nullptr) : body}});
  }
  return json;
}

ExitCode drive_file(const DriveCommand& command, const std::string& base) {
  const auto read = read_schedule(command.file);
  if (const auto* const problem = std::get_if<std::string>(&read)) return bad_input(*problem);
  const std::string text = sim::format_schedule(std::get<sim::Schedule>(read));
  const auto planned = http::plan_drive(std::get<sim::Schedule>(read), command.file);
  if (const auto* const invalid = std::get_if<http::Invalid>(&planned)) {
    return bad_input(invalid->detail);
  }
  const auto& plan = std::get<http::DrivePlan>(planned);
  Driver driver{driver_options(command, base)};
  const Driven driven = driver.drive(text, plan);
  if (command.json) {
    print_json(driven_json(command, driven));
  } else if (driven.verdict == Driven::Verdict::interrupted) {
    print_out("interrupted\n");
  } else if (driven.verdict != Driven::Verdict::not_run) {
    print_out("{}", driven_text(plan, driven));
  }
  if (driven.verdict == Driven::Verdict::not_run) {
    print_problem("{}\n", printable(driven.problem));
  }
  return code_of(driven.verdict);
}

/// Drives each trace of a program.
class AllTraces {
 public:
  AllTraces(const sim::Program& program, const DriveCommand& command, const std::string& base)
      : program_(program), command_(command), driver_(driver_options(command, base)) {
    traces_.times = command.times;
  }

  ExitCode run() {
    const auto begin = std::chrono::steady_clock::now();
    traces_.complete = true;
    for (std::uint32_t i = 0; i < command_.times && code_ != kCouldNot && !interrupted(); ++i) {
      traces_.complete = run_once() && traces_.complete;
      if (i == 0) traces_.traces = traces_.all().driven;
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    traces_.seconds = time.count();
    if (code_ != kCouldNot || traces_.all().driven > 0) print();
    if (interrupted()) return kInterrupted;
    if (code_ != kSuccess) return code_;
    return traces_.complete ? kSuccess : kCouldNot;
  }

 private:
  static bool interrupted() { return catch_interrupts(); }

  /// Drives each trace once. Returns false if it stopped before the last one.
  bool run_once() {
    sim::DporStrategy strategy;
    sim::EngineOptions options = engine_options({}, program_, strategy);
    options.after_failure = sim::AfterFailure::continue_;
    sim::Engine engine{options};
    sim::Executions executions{engine, program_.body, strategy};
    for (std::optional<sim::Recorder> recorder; executions.next(&recorder.emplace());) {
      if (interrupted() || !drive(recorder->recording())) return false;
    }
    return executions.status() == sim::SearchStatus::exhausted;
  }

  bool drive(const sim::Recording& recording) {
    sim::Schedule schedule = sim::schedule_of(program_, recording, "dpor");
    if (recording.outcome.kind == sim::OutcomeKind::invariant) {
      schedule.mode = sim::ReplayMode::through;
    }
    const auto planned = http::plan_drive(schedule, "the trace");
    if (const auto* const invalid = std::get_if<http::Invalid>(&planned)) {
      return stop(kCouldNot, invalid->detail);
    }
    const auto& plan = std::get<http::DrivePlan>(planned);
    const std::string text = sim::format_schedule(schedule);
    const Driven driven = driver_.drive(text, plan);
    if (driven.verdict == Driven::Verdict::interrupted) return false;
    if (driven.verdict == Driven::Verdict::not_run) return stop(kCouldNot, driven.problem);
    count(driven, plan, std::string{to_string(recording.outcome.kind)});
    if (driven.verdict != Driven::Verdict::agree) disagree(driven, text);
    return true;
  }

  bool stop(ExitCode code, const std::string& problem) {
    print_problem("{}\n", printable(problem));
    code_ = code;
    return false;
  }

  void count(const Driven& driven, const http::DrivePlan& plan, const std::string& kind) {
    DrivenTraces::Row& row = traces_.rows[kind];
    ++row.driven;
    row.steps += plan.steps.size();
    row.agree += driven.verdict == Driven::Verdict::agree ? 1 : 0;
    row.differ += driven.verdict == Driven::Verdict::differ ? 1 : 0;
    row.incomplete += driven.verdict == Driven::Verdict::incomplete ? 1 : 0;
  }

  void disagree(const Driven& driven, const std::string& text) {
    // A difference is a stronger result than a schedule that was not completed.
    if (code_ != kFailureFound) code_ = code_of(driven.verdict);
    const sim::WrittenFile file = sim::write_new_file(out(), text, next_number_);
    if (file.error.empty()) {
      next_number_ = file.number;
    } else {
      print_problem("{}; the schedule that was not written:\n{}", file.error, text);
    }
    traces_.disagreements.push_back({file.error.empty() ? file.path : "", driven.problem});
  }

  [[nodiscard]] std::string out() const {
    if (!command_.out.empty()) return command_.out;
    const std::string name = program_.name.empty() ? "bank" : program_.name;
    return sim::default_file_name(name, "-disagrees.schedule");
  }

  void print() const {
    if (!command_.json) return print_out("{}", traces_text(traces_));
    ordered_json json = {{"scenario", command_.scenario}, {"url", command_.url}};
    json.update(traces_json(traces_));
    print_json(json);
  }

  const sim::Program& program_;
  const DriveCommand& command_;
  Driver driver_;
  DrivenTraces traces_;
  ExitCode code_ = kSuccess;
  int next_number_ = 1;
};

/// The program of a schedule, if `name` is an address or an existing file; otherwise that of the
/// scenario `name`.
std::variant<sim::Program, std::string> program_of(const std::string& name) {
  const sim::Registry registry = sim::registered_scenarios();
  if (is_address(name) || std::filesystem::is_regular_file(name)) {
    auto loaded = load(registry, name);
    if (auto* const problem = std::get_if<std::string>(&loaded)) return std::move(*problem);
    return std::move(std::get<Loaded>(loaded).program);
  }
  auto made = registry.make(name);
  if (const auto* const problem = std::get_if<std::string>(&made)) {
    return fmt::format("{}; `{} list` shows all", *problem, command_name());
  }
  return made;
}

ExitCode drive_all(const DriveCommand& command, const std::string& base) {
  const auto made = program_of(command.scenario);
  if (const auto* const problem = std::get_if<std::string>(&made)) return bad_input(*problem);
  const auto& program = std::get<sim::Program>(made);
  if (program.header.empty()) {
    return bad_input(fmt::format("{}: expected a scenario of the bank; a lab can run no other",
                                 command.scenario));
  }
  return AllTraces{program, command, base}.run();
}

void add_options(CLI::App& app, DriveCommand& command) {
  CLI::Option* const file =
      app.add_option("file", command.file, "schedule of a bank: a file, or the address of one");
  CLI::Option* const all =
      app.add_option("--all", command.scenario,
                     "run every trace of this bank scenario, or of a schedule's program")
          ->excludes(file);
  app.add_option("--url", command.url, "address of the lab")->capture_default_str();
  app.add_option("--timeout-ms", command.timeout_ms, "time limit for each step")
      ->check(CLI::Range(10, 600'000))
      ->capture_default_str();
  app.add_option("--times", command.times, "run all traces this many times")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->needs(all);
  app.add_option("--out", command.out, "file for the schedule of a trace that disagrees")
      ->needs(all);
  app.add_option("--token", command.token, "the lab's LAB_ADMIN_TOKEN")->envname("LAB_ADMIN_TOKEN");
  app.add_flag("--json", command.json, "print one JSON object");
}

ExitCode drive(const DriveCommand& command) {
  const auto parsed = lab_at(command.url);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) return bad_input(*problem);
  const std::string& base = std::get<http::Url>(parsed).base;
  return command.scenario.empty() ? drive_file(command, base) : drive_all(command, base);
}

int run_drive(int argc, char** argv) {
  CLI::App app{"Makes a running lab execute a schedule, and compares it with the simulator",
               "racelab drive"};
  app.footer(kExitCodes);
  DriveCommand command;
  add_options(app, command);
  try {
    app.parse(argc, argv);
    if (command.file.empty() && command.scenario.empty()) throw CLI::RequiredError("file or --all");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kBadUsage;
  }
  return finish_output(drive(command));
}

const CommandRegistration registration{
    {"drive", "make a running lab execute a schedule", run_drive}};

}  // namespace
}  // namespace racelab
