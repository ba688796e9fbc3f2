#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/explorer.hpp>
#include <sim/schedule_text.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/strategies/random.hpp>
#include <sim/strategies/retrace.hpp>
#include <sim/supervisor.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>
#include <tools/racelab/schedule_file.hpp>

namespace racelab {
namespace {

constexpr std::uint64_t kRandomExecutions = 100'000;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

const char* why_it_ended(sim::StopReason reason) {
  switch (reason) {
    case sim::StopReason::exhausted:
      return "nothing is left to explore";
    case sim::StopReason::failure:
      return "stopped at the first failure";
    case sim::StopReason::executions:
      return "the budget of executions is spent";
    case sim::StopReason::time:
      return "the budget of time is spent";
    case sim::StopReason::interrupted:
      return "interrupted";
    case sim::StopReason::nondeterminism:
      break;
  }
  return "the program is not deterministic";
}

/// One exploration: what is shared by the process that explores and the one that watches it.
class Exploring {
 public:
  Exploring(const sim::Program& program, const ExploreCommand& command)
      : program_(program), command_(command) {
    if (command.strategy == "random") {
      strategy_ = std::make_unique<sim::RandomStrategy>(command.seed);
    } else {
      strategy_ = std::make_unique<sim::ExhaustiveStrategy>();
    }
    options_.engine.steps_max = command.steps;
    options_.all = command.all;
    options_.executions_max = command.executions;
    const bool endless = command.strategy == "random" && !command.seconds;
    if (!options_.executions_max && endless) options_.executions_max = kRandomExecutions;
    if (command.seconds) {
      options_.time_max =
          std::chrono::nanoseconds{static_cast<std::int64_t>(*command.seconds * 1e9)};
    }
    options_.interrupt = &catch_interrupts();
  }

  ExitCode run() {
    if (!command_.json) print_plan();
    sim::Supervisor supervisor{options_.engine};
    progress_ = &supervisor.progress();
    options_.progress = progress_;
    sim::EngineOptions plain = options_.engine;
    options_.engine.trace_memory = supervisor.trace_memory();
    begin_ = std::chrono::steady_clock::now();
    const sim::ChildEnd end =
        supervisor.run([this] { return explore_here(); }, milliseconds(command_.hang_seconds),
                       [&] {
                         if (shows_progress_) print_progress();
                       });
    if (end.how == sim::ChildEnd::How::finished) return static_cast<ExitCode>(end.code);
    clear_progress();
    return report_lost_child(end, {supervisor.trace().begin(), supervisor.trace().end()}, plain);
  }

 private:
  void print_plan() const {
    print_out("{}: strategy {}", program_.name, command_.strategy);
    if (command_.strategy == "random") print_out(", seed {}", command_.seed);
    if (options_.executions_max) {
      print_out(", up to {} executions", with_commas(*options_.executions_max));
    }
    if (command_.seconds) print_out(", up to {} s", *command_.seconds);
    print_out(", at most {} steps each, {}\n", with_commas(command_.steps),
              command_.all ? "going on after failures" : "up to the first failure");
    std::fflush(stdout);
  }

  void clear_progress() const {
    if (shows_progress_) print_error("\r\033[K");
  }

  void print_progress() const {
    const std::uint64_t executions = progress_->executions.load();
    if (progress_->done.load()) return;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    print_error("\r{} executions, {}/s, {} failed\033[K", with_commas(executions),
                with_commas(static_cast<std::uint64_t>(static_cast<double>(executions) / seconds)),
                with_commas(progress_->failures.load()));
  }

  /// In the child process.
  int explore_here() {
    const sim::Exploration found =
        sim::explore(program_, *strategy_, options_,
                     [this](const sim::FailureGroup& group) { keep(group.recording); });
    progress_->done = true;
    clear_progress();
    if (command_.json) {
      print_json(found);
    } else {
      print_summary(found);
    }
    return finish_output(exit_code(found));
  }

  [[nodiscard]] ExitCode exit_code(const sim::Exploration& found) const {
    if (unwritten_) return kCouldNot;
    if (found.reason == sim::StopReason::nondeterminism) return kCouldNot;
    if (found.reason == sim::StopReason::interrupted) return kInterrupted;
    if (found.failures > 0) return kFailureFound;
    return found.interleaved ? kSuccess : kCouldNot;
  }

  /// Where the schedule of the next failure goes.
  [[nodiscard]] std::string file_name() const {
    const std::string name = default_file_name(program_.name);
    if (!command_.out) return name;
    std::error_code none;
    const bool directory = std::filesystem::is_directory(*command_.out, none);
    return directory ? (std::filesystem::path{*command_.out} / name).string() : *command_.out;
  }

  /// Writes the schedule of a failure and shows it, at once: whatever happens next, it is not lost.
  void keep(const sim::Recording& recording) {
    const std::string found_by = command_.strategy == "random"
                                     ? fmt::format("random, seed {}", command_.seed)
                                     : command_.strategy;
    const std::string text = format_schedule(schedule_of(program_, recording, found_by));
    files_.push_back(write_new_file(file_name(), text));
    const WrittenFile& file = files_.back();
    clear_progress();
    if (!command_.json) print_out("\n{}\n", execution_text(recording));
    if (!file.error.empty()) {
      unwritten_ = true;
      print_error("racelab: {}; this is the schedule that should be there:\n{}", file.error, text);
    } else if (!command_.json) {
      print_out("{} {}\nreplay it:  {} replay {}\n",
                file.was_there ? "already recorded in" : "recorded in", file.path, command_name(),
                shell_word(file.path));
    }
    std::fflush(stdout);
  }

  void print_summary(const sim::Exploration& found) const {
    print_out("\n{} executions, {} failed", with_commas(found.executions),
              with_commas(found.failures));
    if (found.groups.size() > 1) print_out(" in {} ways", found.groups.size());
    print_out("; {}: {}\n", found.complete ? "complete" : "not complete",
              why_it_ended(found.reason));
    if (found.groups.size() > 1) {
      for (const sim::FailureGroup& group : found.groups) {
        print_out("{:>12}  {}\n", with_commas(group.executions), group.recording.outcome.summary());
      }
    }
    print_out("at most {} steps, {} in all", found.max_depth, with_commas(found.steps));
    // Of a moment's work a rate says nothing.
    constexpr double kSecondsWorthARate = 0.05;
    if (found.seconds >= kSecondsWorthARate) {
      print_out("; {:.2f} s, {} executions/s", found.seconds, with_commas(rate(found)));
    }
    print_out("\n");
    print_reservations(found);
  }

  void print_reservations(const sim::Exploration& found) const {
    if (found.cut > 0) {
      print_out("{} executions were cut at {} steps (--steps)\n", with_commas(found.cut),
                with_commas(command_.steps));
    }
    if (found.abandoned > 0) {
      print_out(
          "{} tasks would not end when their execution was stopped; what they owned is lost\n",
          with_commas(found.abandoned));
    }
    if (!found.nondeterminism.empty()) {
      print_out(
          "NOT DETERMINISTIC  {}\n"
          "A schedule means nothing for such a program: look for clocks, random numbers,\n"
          "addresses as keys, threads of its own, or state kept from one execution to the next.\n",
          found.nondeterminism);
    }
    if (!found.interleaved && found.failures == 0) {
      print_out(
          "NOTHING INTERLEAVED  at no point could more than one task go on, so this passing\n"
          "says nothing. Are the tasks joined before the next one starts? Is what they share\n"
          "made of sim:: types?\n");
    }
  }

  static std::uint64_t rate(const sim::Exploration& found) {
    return found.seconds > 0
               ? static_cast<std::uint64_t>(static_cast<double>(found.executions) / found.seconds)
               : 0;
  }

  static nlohmann::ordered_json failure_json(const sim::Outcome& outcome, const WrittenFile& file) {
    return {{"kind", to_string(outcome.kind)},
            {"message", outcome.message},
            {"place", outcome.place},
            {"schedule", file.error.empty() ? nlohmann::ordered_json(file.path) : nullptr}};
  }

  void print_json(const sim::Exploration& found) const {
    nlohmann::ordered_json json = {
        {"scenario", program_.name},
        {"strategy", command_.strategy},
        {"seed", command_.seed},
        {"complete", found.complete},
        {"reason", why_it_ended(found.reason)},
        {"executions", found.executions},
        {"traces", nullptr},
        {"blocked", 0},
        {"failures", found.failures},
        {"distinct_failures", found.groups.size()},
        {"first_failure", nullptr},
        {"max_depth", found.max_depth},
        {"steps", found.steps},
        {"cut", found.cut},
        {"abandoned", found.abandoned},
        {"interleaved", found.interleaved},
        {"nondeterminism", found.nondeterminism.empty()
                               ? nlohmann::ordered_json(nullptr)
                               : nlohmann::ordered_json(found.nondeterminism)},
        {"seconds", found.seconds},
        {"executions_per_second", rate(found)},
        {"groups", nlohmann::ordered_json::array()},
    };
    for (std::size_t i = 0; i < found.groups.size(); ++i) {
      nlohmann::ordered_json failure = failure_json(found.groups[i].recording.outcome, files_[i]);
      if (i == 0) json["first_failure"] = failure;
      failure["executions"] = found.groups[i].executions;
      json["groups"].push_back(failure);
    }
    print_out("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  /// In the parent process: the child crashed or hung. Runs the execution it was in once more, in
  /// another child, to put its steps into words; that one crashes or hangs in its turn.
  ExitCode report_lost_child(const sim::ChildEnd& end, const std::vector<sim::TraceEntry>& trace,
                             const sim::EngineOptions& engine_options) {
    const auto execute = [&](sim::LoggingRecorder& recorder, const sim::EngineOptions& options) {
      sim::RetraceStrategy retrace{trace};
      retrace.begin_execution();
      sim::Engine engine{options};
      engine.run(program_.body, retrace, &recorder);
      return std::string{};
    };
    sim::IsolatedRun again =
        sim::run_isolated(execute, engine_options, milliseconds(command_.hang_seconds));
    sim::Outcome& outcome = again.recording.outcome;
    // It may also have failed first, and crashed when its tasks were run to their ends.
    const bool reproduced = again.end.how == end.how && outcome.failed() &&
                            outcome.kind != sim::OutcomeKind::divergence;
    if (!reproduced && (!outcome.failed() || outcome.kind == sim::OutcomeKind::divergence)) {
      outcome.kind =
          end.how == sim::ChildEnd::How::hung ? sim::OutcomeKind::hang : sim::OutcomeKind::crash;
      outcome.message = end.cause;
    }
    keep(again.recording);
    const std::uint64_t executions = progress_->executions.load() + 1;
    const std::uint64_t failures = progress_->failures.load() + 1;
    if (command_.json) {
      sim::Exploration found;
      found.reason = sim::StopReason::failure;
      found.executions = executions;
      found.failures = failures;
      found.interleaved = true;
      found.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
      found.max_depth = static_cast<std::uint32_t>(trace.size());
      found.groups.push_back({0, 1, executions, again.recording});
      print_json(found);
    } else {
      print_out(
          "\n{} executions, {} failed; not complete: the process did not survive the last one "
          "({})\n",
          with_commas(executions), with_commas(failures), end.cause);
      if (!reproduced) {
        print_out(
            "The same steps did not end so when run once more: the program is not "
            "deterministic.\n");
      }
    }
    return unwritten_ || !reproduced ? kCouldNot : kFailureFound;
  }

  const sim::Program& program_;
  const ExploreCommand& command_;
  std::unique_ptr<sim::Strategy> strategy_;
  sim::ExploreOptions options_;
  sim::ExploreProgress* progress_ = nullptr;
  std::chrono::steady_clock::time_point begin_;
  std::vector<WrittenFile> files_;  ///< one for each group
  bool unwritten_ = false;
  const bool shows_progress_ = ::isatty(STDERR_FILENO) == 1 && !command_.json;
};

}  // namespace

ExitCode explore(const sim::Registry& registry, const ExploreCommand& command) {
  std::variant<sim::Program, std::string> made = registry.make(command.scenario);
  if (const auto* const problem = std::get_if<std::string>(&made)) {
    print_error("racelab: {}; `{} list` shows all\n", *problem, command_name());
    return kBadUsage;
  }
  return Exploring{std::get<sim::Program>(made), command}.run();
}

}  // namespace racelab
