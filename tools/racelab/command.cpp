#include <tools/racelab/command.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <sim/registration.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

constexpr const char* kNoScenarios =
    "no scenario is registered in this program. Put RACELAB_SCENARIO (sim/registration.hpp) into "
    "one of its sources. The linker drops unused objects of a static library: link the library "
    "with \"$<LINK_LIBRARY:WHOLE_ARCHIVE,its-target>\" or make it an OBJECT library\n";

/// The registered subcommands. They are in a static local variable, because the order in which the
/// static objects of several files are initialized is not defined.
std::vector<ExtraCommand>& extra_commands() {
  static std::vector<ExtraCommand> all;
  return all;
}

/// Refuses two kinds of text that CLI::Range accepts: a negative number, which wraps around, and
/// nan.
const CLI::Validator kPlainNumber{
    [](const std::string& text) {
      const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == 'e';
      });
      return plain ? std::string{} : fmt::format("expected a number, got \"{}\"", text);
    },
    ""};

void add_run_options(CLI::App& command, std::uint32_t& stack_kib, double& hang_seconds,
                     bool& json) {
  command.add_option("--stack-kib", stack_kib, "stack of each task, in KiB")
      ->check(kPlainNumber)
      ->check(CLI::Range(kStackKibMin, kStackKibMax))
      ->capture_default_str();
  command
      .add_option("--hang-time", hang_seconds,
                  "seconds without a scheduling point after which a task counts as hung")
      ->check(kPlainNumber)
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  command.add_flag("--json", json, "print one JSON object");
}

void add_bounds(CLI::App& command, sim::SearchOptions& options) {
  command
      .add_option("--timeouts", options.timeouts,
                  fmt::format("how many timed waits of one task may time out in one execution; by "
                              "default {}",
                              sim::Bounds{}.timeouts))
      ->check(kPlainNumber)
      ->check(CLI::Range(0U, sim::kBoundMax));
  command
      .add_option("--spurious", options.spurious,
                  fmt::format("how many waits of one task may wake, and compare_exchange_weak may "
                              "fail, spuriously in one execution; by default {}",
                              sim::Bounds{}.spurious))
      ->check(kPlainNumber)
      ->check(CLI::Range(0U, sim::kBoundMax));
}

void add_explore(CLI::App& app, ExploreCommand& options) {
  CLI::App& command = *app.add_subcommand("explore", "search for interleavings that fail");
  CLI::Option* const scenario = command.add_option(
      "scenario", options.scenario, "NAME or NAME:parameter=value,…; `list` shows them");
  std::vector<std::string> names;
  std::string summaries;
  for (const sim::StrategyInfo& info : sim::strategies()) {
    names.emplace_back(info.name);
    summaries += fmt::format("\n{}: {}", info.name, info.summary);
  }
  CLI::Option* const strategy =
      command.add_option("--strategy", options.strategy, "which executions to run:" + summaries)
          ->check(CLI::IsMember(names))
          ->capture_default_str();
  command.add_option("--seed", options.seed, "seed of a strategy that samples")
      ->check(kPlainNumber)
      ->capture_default_str();
  command
      .add_option("--from", options.from,
                  "number of the first execution to run, in the sequence of the seed")
      ->check(kPlainNumber)
      ->capture_default_str();
  command
      .add_option("--preemptions", options.preemptions, "the most preemptions that bounded tries")
      ->check(kPlainNumber)
      ->check(CLI::Range(0U, kStepsMax));
  command.add_option("--pct-depth", options.pct_depth, "depth of the bugs that pct looks for")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, sim::kPctDepthMax))
      ->capture_default_str();
  command
      .add_option("--stay", options.stay_percent,
                  "probability in percent that sticky stays with its task")
      ->check(kPlainNumber)
      ->check(CLI::Range(0U, sim::kStayPercentMax))
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "number of processes that share the search")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, sim::kJobsMax))
      ->capture_default_str();
  CLI::Option* const resume =
      command.add_option("--resume", options.resume, "file of a checkpoint to continue from");
  command.add_option("--checkpoint", options.checkpoint,
                     "file for a checkpoint, written regularly and when a budget is spent; "
                     "without this option only an interrupted search writes one");
  command
      .add_option("--checkpoint-every", options.checkpoint_seconds,
                  "seconds between two checkpoints")
      ->check(kPlainNumber)
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  resume->excludes(scenario)->excludes(strategy);
  command.callback([&options, &command, scenario, resume] {
    if (scenario->count() == 0 && resume->count() == 0) throw CLI::RequiredError("scenario");
    const auto given = [&command](const char* name) { return command.count(name) > 0; };
    const std::string refused =
        sim::refused_options(options.strategy, {.seed = given("--seed"),
                                                .from = given("--from"),
                                                .preemptions = given("--preemptions"),
                                                .pct_depth = given("--pct-depth"),
                                                .stay = given("--stay")});
    if (!refused.empty()) throw CLI::ValidationError(refused);
  });
  command.add_option("--executions", options.executions, "stop after this many executions")
      ->check(kPlainNumber)
      ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()));
  command.add_option("--time", options.seconds, "stop after this much real time, in seconds")
      ->check(kPlainNumber)
      ->check(CLI::Range(0.001, 31'536'000.0));
  command.add_flag("--no-shrink", options.no_shrink,
                   "keep failures as they were found, and do not look for their causes");
  command.add_flag("--all", options.all,
                   "continue after the first failure, and group the failures");
  command.add_option("--out", options.out,
                     "file or directory for the schedule; if the file exists, a number is "
                     "added to its name");
  command.add_option("--steps", options.steps, "limit on the steps of one execution")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, kStepsMax))
      ->capture_default_str();
  add_bounds(command, options);
  add_run_options(command, options.stack_kib, options.hang_seconds, options.json);
  // The options that shape a resumed search come from its checkpoint.
  for (const char* const shape : {"--seed", "--from", "--preemptions", "--pct-depth", "--stay",
                                  "--all", "--steps", "--stack-kib", "--timeouts", "--spurious"}) {
    resume->excludes(command.get_option(shape));
  }
}

void add_replay(CLI::App& command, ReplayCommand& options) {
  command.add_option("file", options.file, "a schedule file, or the address of one")->required();
  command
      .add_option("--steps", options.steps,
                  fmt::format("limit on the steps of the execution; by default {} more than the "
                              "schedule has",
                              kSteps))
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, kStepsMax));
  add_run_options(command, options.stack_kib, options.hang_seconds, options.json);
}

void add_selfcheck(CLI::App& command, SelfcheckCommand& options) {
  command.add_flag("--json", options.json, "print one JSON object");
  command.add_option("--jobs", options.jobs, "number of processes")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
}

void add_show(CLI::App& app, ShowCommand& options) {
  CLI::App& command =
      *app.add_subcommand("show", "show a schedule as a timeline, and why it fails");
  add_replay(command, options);
  command.add_option("--html", options.html,
                     "also write it to this file, as a page to step through");
  command.add_option("--svg", options.svg, "also write it to this file, as a picture");
  command.add_option("--perfetto", options.perfetto,
                     "also write it to this file, as a trace for ui.perfetto.dev");
  command.add_option("--otlp", options.otlp,
                     "also send it as spans to a collector, as in http://localhost:4318, or "
                     "write them to a file");
}

void add_shrink(CLI::App& app, ShrinkCommand& options) {
  CLI::App& command = *app.add_subcommand(
      "shrink", "make a failing schedule as simple as possible, and explain it");
  command.add_option("file", options.file, "a schedule file, or the address of one")->required();
  command.add_option("--out", options.out,
                     "file for the schedule; by default the name with \"-shrunk\"; if the file "
                     "exists, a number is added to its name");
  add_run_options(command, options.stack_kib, options.hang_seconds, options.json);
}

void add_compare(CLI::App& app, CompareCommand& options) {
  CLI::App& command = *app.add_subcommand(
      "compare", "run the failing interleavings of a scenario on another one, as on its fix");
  command.add_option("before", options.before, "a scenario that fails")->required();
  command.add_option("after", options.after, "the one with the fix")->required();
  command.add_option("--steps", options.steps, "limit on the steps of one execution")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, kStepsMax))
      ->capture_default_str();
  add_run_options(command, options.stack_kib, options.hang_seconds, options.json);
}

/// The parsed options of all subcommands.
struct Options {
  ListOptions list;
  ExploreCommand explore;
  ReplayCommand replay;
  ShowCommand show;
  ShrinkCommand shrink;
  CompareCommand compare;
  SelfcheckCommand selfcheck;
};

void add_subcommands(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "racelab " RACELAB_VERSION);
  app.footer(
      "Exit codes: explore 0 no failure, 1 failure found; replay 0 the recorded outcome, 1 "
      "another\noutcome, 3 the schedule does not fit; 2 bad usage or input, 4 could not run, "
      "130 interrupted.");
  app.add_subcommand("list", "list the scenarios")
      ->add_flag("--json", options.list.json, "print a JSON array");
  add_explore(app, options.explore);
  CLI::App& replay_command = *app.add_subcommand("replay", "replay a recorded schedule");
  add_replay(replay_command, options.replay);
  replay_command
      .add_option("--times", options.replay.times, "replay it this many times, and compare")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  replay_command.add_flag("--follow", options.replay.follow,
                          "use the schedule only as an order of the steps it lists: for code "
                          "that has changed since");
  replay_command.add_option("--scenario", options.replay.scenario,
                            "replay it on this scenario instead of its own, as on the fix");
  replay_command.add_flag("--debug", options.replay.debug,
                          "replay in this process, without a limit on time, for a debugger; so it "
                          "is done anyway if a debugger watches");
  replay_command
      .add_option("--debug-stop", options.replay.stops.step,
                  "stop in the debugger before the step with this number")
      ->check(kPlainNumber)
      ->check(CLI::Range(1U, kStepsMax));
  replay_command.add_option("--debug-task", options.replay.stops.task,
                            "stop in the debugger before each step of this task, as in 1 or 2.1");
  add_shrink(app, options.shrink);
  add_show(app, options.show);
  add_compare(app, options.compare);
  add_selfcheck(*app.add_subcommand(
                    "selfcheck", "explore programs with published numbers of traces, and compare"),
                options.selfcheck);
  for (const ExtraCommand& command : extra_commands()) {
    try {
      app.add_subcommand(command.name, command.summary);
    } catch (const CLI::ConstructionError&) {
      throw sim::UsageError(
          fmt::format("the command \"{}\" is registered twice, or its name is not a "
                      "valid name for a command",
                      command.name));
    }
  }
}

ExitCode run_subcommand(const CLI::App& app, const Options& options) {
  const sim::Registry registry = sim::registered_scenarios();
  if (app.got_subcommand("replay")) return replay(registry, options.replay);
  if (app.got_subcommand("show")) return show(registry, options.show);
  if (app.got_subcommand("shrink")) return shrink(registry, options.shrink);
  if (app.got_subcommand("selfcheck")) return selfcheck(options.selfcheck);
  if (registry.scenarios().empty()) {
    print_problem("{}", kNoScenarios);
    return kCouldNot;
  }
  if (app.got_subcommand("compare")) return compare(registry, options.compare);
  if (app.got_subcommand("list")) return list(registry, options.list);
  return explore(registry, options.explore);
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"racelab finds, records and replays race conditions", program_name()};
  Options options;
  add_subcommands(app, options);
  for (const ExtraCommand& command : extra_commands()) {
    if (argc > 1 && std::string_view{argv[1]} == command.name) {
      return command.run(argc - 1, argv + 1);
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kBadUsage;
  }
  return finish_output(run_subcommand(app, options));
}

/// Opens closed standard streams, so that no file opened later becomes one of them.
void open_standard_files() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) == -1) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace

void register_command(const ExtraCommand& command) {
  extra_commands().push_back(command);
}

int run(int argc, char** argv) {
  open_standard_files();
  set_command(argc > 0 ? argv[0] : nullptr);
  // A closed pipe at standard output must not look like a crash of the code under test.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    print_problem("{}\n", error.what());
    return finish_output(kCouldNot);
  }
}

}  // namespace racelab
