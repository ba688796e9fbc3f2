#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/engine/executions.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/schedule/follow_strategy.hpp>
#include <sim/schedule/retrace_strategy.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kStepsInAll = 5'000'000;
constexpr std::size_t kFollowedMax = 5'000;
constexpr std::uint32_t kPreemptionsMax = 2;

/// One result that failing interleavings of the first program have on the second, and how many of
/// them have it.
struct Fate {
  std::string fate;  ///< "no longer fails", "still fails" or "fails differently"
  std::string why;
  std::uint64_t count = 0;
  std::string before;  ///< timeline of the first such interleaving, on the first program
  std::string after;   ///< its timeline on the second program
};

/// Explores a program in the calling process.
class Explored {
 public:
  Explored(const sim::Program& program, const sim::EngineOptions& options)
      : program_(program), options_(options) {
    options_.after_failure = sim::AfterFailure::continue_;
    sim::DporStrategy traces;
    by_traces_ = run(traces) != sim::SearchStatus::unsupported;
    if (by_traces_) return;
    // The program cannot be explored by traces: explore it by preemptions instead.
    executions_ = failures_ = 0;
    failing_.clear();
    sim::BoundedStrategy few{kPreemptionsMax};
    run(few);
  }

  [[nodiscard]] const std::vector<std::vector<sim::TraceEntry>>& failing() const {
    return failing_;
  }
  [[nodiscard]] ordered_json json() const {
    return {{"scenario", program_.name},
            {"executions", executions_},
            {"failures", failures_},
            {"traces", by_traces_},
            {"complete", complete_}};
  }

 private:
  sim::SearchStatus run(sim::Strategy& strategy) {
    sim::Engine engine{engine_options(options_, program_, strategy)};
    sim::Executions executions{engine, program_.body, strategy};
    std::uint64_t steps = 0;
    bool cut = false;
    while (steps < kStepsInAll && !catch_interrupts()) {
      if (!executions.next()) {
        complete_ = executions.status() == sim::SearchStatus::exhausted && !cut;
        break;
      }
      const sim::Outcome& outcome = engine.outcome();
      steps += engine.steps() + 1;
      cut |= engine.truncated() || engine.bounded();
      ++executions_;
      if (!outcome.failed()) continue;
      ++failures_;
      const auto entries = engine.trace().entries().first(outcome.entries);
      if (failing_.size() < kFollowedMax) failing_.emplace_back(entries.begin(), entries.end());
    }
    return executions.status();
  }

  const sim::Program& program_;
  sim::EngineOptions options_;
  std::uint64_t executions_ = 0;
  std::uint64_t failures_ = 0;
  bool by_traces_ = true;
  bool complete_ = false;
  std::vector<std::vector<sim::TraceEntry>> failing_;
};

/// Runs the failing schedules of one program on another.
class Comparison {
 public:
  Comparison(const sim::Program& before, const sim::Program& after,
             const sim::EngineOptions& options)
      : before_(before),
        after_(after),
        before_engine_(bounded(options, before)),
        after_engine_(bounded(options, after)) {}

  ordered_json run(const sim::EngineOptions& options) {
    const Explored before{before_, options};
    const Explored after{after_, options};
    for (const auto& trace : before.failing()) {
      if (catch_interrupts()) break;
      follow(trace);
    }
    ordered_json json = {{"before", before.json()},
                         {"after", after.json()},
                         {"followed", before.failing().size()},
                         {"fates", ordered_json::array()}};
    std::stable_sort(fates_.begin(), fates_.end(),
                     [](const Fate& a, const Fate& b) { return a.count > b.count; });
    for (const Fate& fate : fates_) {
      json["fates"].push_back({{"fate", fate.fate},
                               {"why", fate.why},
                               {"count", fate.count},
                               {"before", fate.before},
                               {"after", fate.after}});
    }
    return json;
  }

 private:
  static sim::EngineOptions bounded(sim::EngineOptions options, const sim::Program& program) {
    options.bounds = program.bounds;
    return options;
  }
  void follow(const std::vector<sim::TraceEntry>& trace) {
    sim::Recorder before;
    sim::RetraceStrategy retrace{trace};
    run_once(before_engine_, before_.body, retrace, &before);
    const std::vector<sim::ScheduleEntry> entries = before.recording().schedule_entries();
    sim::FollowStrategy strategy{entries};
    sim::Recorder after;
    run_once(after_engine_, after_.body, strategy, &after);
    add(fate_of(before.recording(), after.recording(), strategy, entries), before.recording(),
        after.recording());
  }

  static Fate fate_of(const sim::Recording& before, const sim::Recording& after,
                      const sim::FollowStrategy& strategy,
                      const std::vector<sim::ScheduleEntry>& entries) {
    const sim::Outcome& then = before.outcome;
    const sim::Outcome& now = after.outcome;
    if (now.failed()) {
      const bool same = now.kind == then.kind &&
                        (now.group == then.group || now.kind == sim::OutcomeKind::deadlock);
      return {same ? "still fails" : "fails differently", now.summary(), 1, {}, {}};
    }
    const std::vector<std::size_t> left_out = strategy.left_out();
    if (!strategy.put_off().empty()) {
      return {"no longer fails", waiting(after, entries, *strategy.put_off().begin()), 1, {}, {}};
    }
    if (!left_out.empty()) {
      return {"no longer fails", "it never reaches " + what(entries[left_out.front()]), 1, {}, {}};
    }
    const std::string more =
        strategy.unlisted() > 0 ? "with more steps in between, it passes" : "the same steps pass";
    return {"no longer fails", more, 1, {}, {}};
  }

  static std::string who(const std::string& task) {
    return task == "0" ? "the test body" : "task " + task;
  }
  static std::string what(const sim::ScheduleEntry& entry) {
    const auto* const step = std::get_if<sim::ScheduledStep>(&entry.what);
    if (step == nullptr)
      return "a choice of " + who(std::get<sim::ScheduledChoice>(entry.what).task);
    return fmt::format("{}'s {} {}", who(step->task), step->operation, step->object);
  }

  /// The operation that made a task reach the listed step `entry` later than in the schedule.
  static std::string waiting(const sim::Recording& after,
                             const std::vector<sim::ScheduleEntry>& entries, std::size_t entry) {
    const auto* const listed = std::get_if<sim::ScheduledStep>(&entries[entry].what);
    if (listed == nullptr) return what(entries[entry]) + " comes later";
    for (const sim::RecordedEvent& event : after.events) {
      if (!event.is_step() || after.tasks[event.task].name != listed->task) continue;
      if (event.label == listed->operation && event.text == listed->object) break;
      if (sim::may_wait(event.operation)) {
        return fmt::format("{} waits to {} {}", who(listed->task), event.label, event.text);
      }
    }
    return what(entries[entry]) + " comes later";
  }

  void add(Fate fate, const sim::Recording& before, const sim::Recording& after) {
    const auto known = std::find_if(fates_.begin(), fates_.end(), [&](const Fate& other) {
      return other.fate == fate.fate && other.why == fate.why;
    });
    if (known != fates_.end()) {
      ++known->count;
      return;
    }
    fate.before = terminal_text(before);
    fate.after = terminal_text(after);
    fates_.push_back(std::move(fate));
  }

  const sim::Program& before_;
  const sim::Program& after_;
  sim::Engine before_engine_;
  sim::Engine after_engine_;
  std::vector<Fate> fates_;
};

std::string side_text(const ordered_json& side, std::size_t width) {
  const bool traces = side["traces"];
  const std::uint64_t failures = side["failures"];
  return fmt::format("{:<{}}  {} {}, {}; {}\n", side["scenario"].get<std::string>(), width,
                     with_commas(side["executions"]), traces ? "traces" : "executions",
                     failures == 0 ? "none fails" : with_commas(failures) + " fail",
                     side["complete"].get<bool>() ? "complete"
                     : traces                     ? "not complete"
                              : fmt::format("all with at most {} preemptions", kPreemptionsMax));
}

void print_comparison(const ordered_json& json) {
  const std::string before = json["before"]["scenario"];
  const std::string after = json["after"]["scenario"];
  const std::size_t width = std::max(before.size(), after.size());
  print_out("{}{}\n", side_text(json["before"], width), side_text(json["after"], width));
  const std::size_t followed = json["followed"];
  if (followed == 0) {
    print_out("no interleaving of {} fails: there is nothing to compare\n", before);
    return;
  }
  print_out("the {} that {} on {}, followed on {}:\n",
            followed == 1 ? "interleaving" : with_commas(followed) + " interleavings",
            followed == 1 ? "fails" : "fail", before, after);
  for (const ordered_json& fate : json["fates"]) {
    print_out("{:>8}  {}: {}\n", with_commas(fate["count"]), fate["fate"].get<std::string>(),
              fate["why"].get<std::string>());
  }
  const ordered_json& first = json["fates"].front();
  print_out("\nfor example, on {}:\n{}\non {}:\n{}", before, first["before"].get<std::string>(),
            after, first["after"].get<std::string>());
}

}  // namespace

ExitCode compare(const sim::Registry& registry, const CompareCommand& command) {
  std::vector<sim::Program> programs;
  for (const std::string& name : {command.before, command.after}) {
    std::variant<sim::Program, std::string> made = registry.make(name);
    if (const auto* const problem = std::get_if<std::string>(&made)) {
      print_problem("{}; `{} list` shows all\n", printable(*problem), command_name());
      return kBadUsage;
    }
    programs.push_back(std::move(std::get<sim::Program>(made)));
  }
  sim::EngineOptions options;
  options.steps_max = command.steps;
  options.stack_bytes = std::size_t{command.stack_kib} * 1024;
  catch_interrupts();
  const sim::IsolatedRun run = sim::run_isolated(
      [&](sim::LoggingRecorder&, const sim::EngineOptions& shared) {
        // All engines use the shared memory, one after the other, so that the parent sees progress.
        return Comparison{programs[0], programs[1], shared}.run(shared).dump(
            -1, ' ', false, ordered_json::error_handler_t::replace);
      },
      options, std::chrono::milliseconds{static_cast<std::int64_t>(command.hang_seconds * 1000)},
      &catch_interrupts());
  if (run.interrupted) return kInterrupted;
  if (run.note.empty()) {
    print_problem("the code under test ended its process ({}); `{} explore` finds out where\n",
                  run.end.cause(), command_name());
    return kCouldNot;
  }
  const ordered_json json = ordered_json::parse(run.note);
  if (command.json) {
    print_out("{}\n", json.dump(2));
  } else {
    print_comparison(json);
  }
  if (catch_interrupts()) return kInterrupted;
  return json["after"]["failures"] == 0 ? kSuccess : kFailureFound;
}

}  // namespace racelab
