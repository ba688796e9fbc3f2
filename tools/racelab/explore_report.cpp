#include <tools/racelab/explore_report.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/report/cause.hpp>
#include <sim/report/execution_json.hpp>
#include <sim/report/summary.hpp>
#include <sim/search/sampling.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

/// Number of characters in the line of progress on the terminal.
std::size_t progress_width = 0;

using nlohmann::ordered_json;

std::uint64_t rate(double executions, double seconds) {
  return seconds > 0 ? static_cast<std::uint64_t>(executions / seconds) : 0;
}

/// An estimated number, rounded to two significant digits.
std::string about(double number) {
  if (number < 1) return "0";
  const double unit = std::pow(10, std::floor(std::log10(number)) - 1);
  const double rounded = unit > 1 ? std::round(number / unit) * unit : std::round(number);
  return rounded < 1e15 ? with_commas(static_cast<std::uint64_t>(rounded))
                        : fmt::format("{:.1e}", number);
}

ordered_json failure_json(const sim::FailureGroup& group, const Findings& findings) {
  const auto file = findings.files.find(group.id);
  const bool there = file != findings.files.end() && file->second.error.empty();
  const auto diagnosis = findings.diagnoses.find(group.id);
  const bool known = diagnosis != findings.diagnoses.end();
  ordered_json json = outcome_json(group.recording, sim::JsonForm::brief);
  json["schedule"] = there ? ordered_json(file->second.path) : nullptr;
  json["origin"] = group.reproduction ? ordered_json(to_string(*group.reproduction)) : nullptr;
  json["preemptions"] = group.recording.preemptions();
  json["steps"] = group.recording.steps();
  json["shrunk"] = known ? shrunk_json(diagnosis->second) : nullptr;
  json["cause"] = known ? cause_json(diagnosis->second) : nullptr;
  return json;
}

/// What each part of the search did.
ordered_json parts_json(const sim::Exploration& found, const ExploreCommand& command) {
  ordered_json json = ordered_json::array();
  for (std::size_t i = 0; i < found.parts.size(); ++i) {
    const sim::Exploration& part = found.parts[i];
    if (part.executions == 0) continue;
    const sim::SearchOptions options = part_options(command, static_cast<std::uint32_t>(i));
    json.push_back(
        {{"strategy", options.strategy},
         {"options",
          sim::text_or_null(options.strategy == "pct" ? describe_search(options) : std::string{})},
         {"executions", part.executions},
         {"failures", part.failures},
         {"max_depth", part.max_depth},
         {"complete", part.complete}});
  }
  return json;
}

void print_groups(const sim::Exploration& found, const ScheduleFiles& files) {
  for (const sim::FailureGroup& group : found.groups) {
    const auto file = files.find(group.id);
    print_out("{:>12}  {}\n", with_commas(group.executions), group.recording.outcome.summary());
    if (file != files.end() && file->second.error.empty()) {
      print_out("{:>12}  {} replay {}\n", "", command_name(), shell_word(file->second.path));
    }
  }
}

std::string counted(std::uint64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", with_commas(count), count == 1 ? one : several);
}

void print_warnings(const sim::JobsReport& report, const ExploreCommand& command) {
  const sim::Exploration& found = report.saved.found;
  if (found.truncated > 0) {
    print_out("{} truncated, at {} steps (--steps) or by the limit on tasks\n",
              counted(found.truncated, "execution was", "executions were"),
              with_commas(command.steps));
  }
  if (found.bounded > 0 && found.reason != sim::StopReason::failure) {
    write_out(sim::bounded_text(found));
  }
  if (found.abandoned > 0) {
    print_out("{} not end when the execution was stopped; what they owned is leaked\n",
              counted(found.abandoned, "task did", "tasks did"));
  }
  if (found.open_invariants && counts_traces(found, command)) {
    write_out(sim::kOpenInvariants);
  }
  for (const std::string& cause : report.lost) {
    print_out("A process was ended by its last execution ({}); the rest of its search is lost\n",
              cause);
  }
  if (report.unreproduced) {
    print_out(
        "The same steps ended differently when run once more: the program is not "
        "deterministic.\n");
  }
  if (found.reason == sim::StopReason::unsupported) {
    print_out("NOT SUPPORTED  {}\n", found.problem);
  } else if (!found.problem.empty()) {
    write_out(sim::nondeterminism_text(found.problem));
  } else if (!found.interleaved && found.failures == 0 &&
             found.reason != sim::StopReason::interrupted) {
    write_out(sim::kNothingInterleaved);
  }
}

}  // namespace

void print_plan(const std::string& scenario, const ExploreCommand& command) {
  print_out("{}: strategy {}", scenario, command.strategy);
  const std::string details = sim::describe_search(command);
  if (!details.empty()) print_out(", {}", details);
  if (command.jobs > 1) print_out(", {} jobs", command.jobs);
  if (command.executions) print_out(", up to {} executions", with_commas(*command.executions));
  if (command.seconds) print_out(", up to {} s", *command.seconds);
  print_out(", at most {} steps each, {}\n", with_commas(command.steps),
            command.all ? "continuing after failures" : "up to the first failure");
  if (command.resume) print_out("continuing from {}\n", *command.resume);
  std::fflush(stdout);
}

void print_progress(const sim::JobsProgress& progress, const Estimate& estimate,
                    const ExploreCommand& command, double seconds) {
  const auto executions = static_cast<double>(progress.executions);
  const std::uint64_t per_second = rate(executions, seconds);
  std::string text =
      fmt::format("{} executions, {}/s, {} failed, depth {}", with_commas(progress.executions),
                  with_commas(per_second), with_commas(progress.failures), progress.max_depth);
  // At first the number of open branches changes by thousands.
  constexpr double kSettled = 3;
  if (command.strategy == "portfolio") {
    if (seconds > kSettled) {
      text += fmt::format(", at least {} traces left", with_commas(progress.left_min));
    }
  } else if (command.strategy == "dpor") {
    if (seconds > kSettled) {
      text +=
          fmt::format(", at least {} in all", with_commas(progress.executions + progress.left_min));
    }
  } else if (const auto range = estimate.executions(); range && per_second > 0) {
    const auto left = [&](double all) {
      return duration_text(std::max(0.0, all - executions) / static_cast<double>(per_second));
    };
    text += fmt::format(", {:.2g} % of an estimated {} to {}, {} to {} left", *progress.share * 100,
                        about(range->low), about(range->high), left(range->low), left(range->high));
  }
  // Blanks, rather than an escape sequence, erase the rest of the line before.
  print_error("\r{:<{}}", text, progress_width);
  progress_width = text.size();
}

void clear_progress() {
  print_error("\r{:{}}\r", "", progress_width);
  progress_width = 0;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 60 * kMinute;
  constexpr double kDay = 24 * kHour;
  if (seconds < 2 * kMinute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{:.0f} h", seconds / kHour);
  return seconds < 1000 * kDay ? fmt::format("{:.0f} days", seconds / kDay)
                               : fmt::format("{:.1g} years", seconds / kDay / 365);
}

void print_summary(const sim::JobsReport& report, const Findings& findings,
                   const ExploreCommand& command) {
  const ScheduleFiles& files = findings.files;
  const sim::Exploration& found = report.saved.found;
  print_out("\n{}\n", sim::exploration_text(found, command));
  if (!found.parts.empty()) {
    print_out("{}{}\n", found.complete ? "in all: " : "", parts_text(found, command));
  }
  write_out(sim::unsupported_text(found));
  if (found.groups.size() > 1) print_groups(found, files);
  if (found.reason == sim::StopReason::failure && command.jobs > 1) {
    print_out("with several jobs, which failure comes first may differ from run to run\n");
  }
  print_out("at most {} steps, {} in all", found.max_depth, with_commas(found.steps));
  // The rate of a very short run is not reliable.
  constexpr double kSecondsWorthARate = 0.05;
  if (found.seconds >= kSecondsWorthARate && !command.resume) {
    print_out("; {:.2f} s, {} executions/s", found.seconds,
              with_commas(rate(static_cast<double>(found.executions), found.seconds)));
  }
  print_out("\n");
  if (findings.coverage) print_out("{}", coverage_text(*findings.coverage));
  print_warnings(report, command);
}

void print_json(const sim::JobsReport& report, const Findings& findings,
                const std::string& scenario, const ExploreCommand& command,
                const std::string& checkpoint) {
  const sim::Exploration& found = report.saved.found;
  ordered_json json = {
      {"scenario", scenario},
      {"strategy", command.strategy},
      {"seed", command.seed},
      {"jobs", command.jobs},
      {"complete", found.complete},
      {"reason", why_it_ended(found, command)},
      {"executions", found.executions},
      {"traces", counts_traces(found, command) ? ordered_json(found.executions) : nullptr},
      {"blocked", 0},
      {"failures", found.failures},
      {"distinct_failures", found.groups.size()},
      {"first_failure", nullptr},
      {"max_depth", found.max_depth},
      {"steps", found.steps},
      {"cut", found.truncated},
      {"bounded", found.bounded},
      {"abandoned", found.abandoned},
      {"lost", report.lost},
      {"interleaved", found.interleaved},
      {"open_invariants", found.open_invariants},
      {"weak_orders", found.weak_orders},
      {"spinning_loops", found.spins_seen},
      {"nondeterminism", found.reason == sim::StopReason::nondeterminism
                             ? sim::text_or_null(found.problem)
                             : ordered_json(nullptr)},
      {"unsupported",
       sim::text_or_null(found.reason == sim::StopReason::unsupported ? found.problem
                                                                      : found.unsupported)},
      {"parts", parts_json(found, command)},
      {"checkpoint", sim::text_or_null(checkpoint)},
      {"seconds", found.seconds},
      {"executions_per_second", rate(static_cast<double>(found.executions), found.seconds)},
      {"coverage", nullptr},
      {"groups", ordered_json::array()},
  };
  if (const auto& coverage = findings.coverage) {
    json["coverage"] = {{"executions", coverage->executions},
                        {"pairs", coverage->pairs},
                        {"never", ordered_json::array()}};
    for (const sim::ActionOrder& order : coverage->never) {
      json["coverage"]["never"].push_back(order_text(order));
    }
  }
  for (const sim::FailureGroup& group : found.groups) {
    ordered_json failure = failure_json(group, findings);
    if (json["first_failure"].is_null()) json["first_failure"] = failure;
    failure["executions"] = group.executions;
    json["groups"].push_back(failure);
  }
  print_out("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace racelab
