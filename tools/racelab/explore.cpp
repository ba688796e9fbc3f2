#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <sim/base/files.hpp>
#include <sim/process/jobs.hpp>
#include <sim/report/summary.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>
#include <tools/racelab/checkpoint.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/diagnosis.hpp>
#include <tools/racelab/explore_report.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

using Clock = std::chrono::steady_clock;

/// The maximum number of failure groups that are shrunk and explained; the others are kept as
/// found.
constexpr std::size_t kDiagnosedMax = 10;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

/// The envelope of a search for `program` with the options of `command`.
sim::Envelope envelope_of(const sim::Program& program, const ExploreCommand& command) {
  constexpr std::chrono::milliseconds kTimeMax{1'000};
  sim::EngineOptions engine;
  engine.steps_max = command.steps;
  engine.stack_bytes = std::size_t{command.stack_kib} * 1024;
  return make_envelope(program, engine, RACELAB_VERSION, {}, kTimeMax);
}

/// One exploration, from the plan to the exit code.
class Exploring final : public sim::JobsWatcher {
 public:
  Exploring(const sim::Program& program, ExploreCommand command, std::optional<Checkpoint> resume)
      : program_(program), command_(std::move(command)) {
    options_.explore.engine.steps_max = command_.steps;
    options_.explore.engine.stack_bytes = std::size_t{command_.stack_kib} * 1024;
    options_.explore.all = command_.all;
    options_.explore.interrupt = &catch_interrupts();
    watch_coverage(options_.explore);
    // A new sampler counts its executions itself; a resumed one would count only the rest.
    if (!sim::strategy_info(command_.strategy).capabilities.samples || resume) {
      options_.explore.executions_max = command_.executions;
    }
    if (command_.seconds) {
      options_.explore.time_max =
          std::chrono::nanoseconds{static_cast<std::int64_t>(*command_.seconds * 1e9)};
    }
    options_.jobs = command_.jobs;
    options_.hang_timeout = milliseconds(command_.hang_seconds);
    options_.checkpoint_every = milliseconds(command_.checkpoint_seconds);
    if (!resume) return;
    options_.resume = std::move(resume->saved);
    checkpoint_written_ = command_.checkpoint.value_or(*command_.resume);
    for (const WrittenSchedule& schedule : resume->schedules) {
      if (!sim::file_holds(schedule.path, schedule.text)) continue;
      files_[schedule.group] = {schedule.path, false, {}};
      texts_[schedule.group] = schedule.text;
    }
  }

  /// Runs the exploration and returns the exit code.
  ExitCode run() {
    if (!command_.json) print_plan(program_.name, command_);
    begin_ = Clock::now();
    report_ = explore_in_jobs(program_, strategy_maker(program_, command_), options_, *this);
    if (shows_progress_) clear_progress();
    const sim::Exploration& found = report_.saved.found;
    for (const sim::FailureGroup& group : found.groups) keep_simplest(group);
    // A search that will be resumed keeps its schedules as they were found.
    if (shrinks() && !leaves_checkpoint()) diagnose_groups();
    const bool passed = found.failures == 0 && found.problem.empty() && found.interleaved;
    if (passed && found.reason != sim::StopReason::interrupted) {
      findings_.coverage = coverage_from(report_.notes);
    }
    if ((command_.all || shrinks()) && !command_.json) show_groups();
    finish_checkpoint();
    if (command_.json) {
      print_json(report_, findings_, program_.name, command_, checkpoint_written_);
    } else {
      print_summary(report_, findings_, command_);
      if (!checkpoint_written_.empty()) {
        print_out("continue it:  {} explore --resume {}\n", command_name(),
                  shell_word(checkpoint_written_));
      }
    }
    return exit_code();
  }

  void on_group(const sim::FailureGroup& group) override {
    if (shows_progress_) clear_progress();
    // With --all or shrinking, a simpler execution may be shown at the end instead.
    const bool shows = !command_.json && !command_.all && !shrinks();
    if (shows) print_out("\n{}\n", terminal_text(group.recording));
    if (files_.count(group.id) != 0) return;  // known from before this search was resumed
    const std::string text = schedule_text(group);
    const sim::WrittenFile file = write_new_schedule(text);
    note_file(group, file, text);
    if (file.error.empty() && !command_.json) {
      if (!shows) print_out("failure: {}\n", group.recording.outcome.summary());
      print_recorded(file);
      if (shows) print_next_steps(file.path, command_.stack_kib);
    }
    std::fflush(stdout);
  }

  void on_tick(const sim::JobsProgress& progress) override {
    estimate_.add(progress);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    if (shows_progress_) print_progress(progress, estimate_, command_, seconds);
  }

  void on_checkpoint(const sim::SavedSearch& saved) override { save(saved); }

 private:
  [[nodiscard]] std::string schedule_text(const sim::FailureGroup& group) const {
    return format_schedule(schedule_of(program_, group.recording, found_by(command_, group)));
  }

  /// The path for a file of this exploration, following --out.
  [[nodiscard]] std::string path_for(std::string_view suffix) const {
    const std::string name = sim::default_file_name(program_.name, suffix);
    if (!command_.out) return name;
    std::error_code none;
    const std::filesystem::path out{*command_.out};
    if (std::filesystem::is_directory(out, none)) return (out / name).string();
    return suffix == ".schedule" ? *command_.out : (out.parent_path() / name).string();
  }

  void note_file(const sim::FailureGroup& group, const sim::WrittenFile& file,
                 const std::string& text) {
    files_[group.id] = file;
    texts_[group.id] = text;
    if (file.error.empty()) return;
    unwritten_ = true;
    print_problem("{}; the schedule that was not written:\n{}", file.error, text);
  }

  /// Writes a schedule to a new file. The numbers in file names are tried from the last one on,
  /// because there may be thousands of files.
  sim::WrittenFile write_new_schedule(const std::string& text) {
    sim::WrittenFile file = sim::write_new_file(path_for(".schedule"), text, next_number_);
    next_number_ = file.number + 1;
    return file;
  }

  /// Replaces the schedule of a group that this run wrote first by its simplest one.
  void keep_simplest(const sim::FailureGroup& group) {
    const std::string text = schedule_text(group);
    const auto written = texts_.find(group.id);
    if (written != texts_.end() && written->second == text) return;
    if (written == texts_.end() || files_[group.id].was_there || !files_[group.id].error.empty()) {
      note_file(group, write_new_schedule(text), text);
      return;
    }
    sim::WrittenFile file = files_[group.id];
    if (!is_as_written(group, file)) {
      // The file was edited since it was written, so it is kept.
      note_file(group, write_new_schedule(text), text);
      return;
    }
    const std::string error = sim::replace_file(file.path, text);
    if (!error.empty()) file.error = error;
    note_file(group, file, text);
  }

  [[nodiscard]] bool shrinks() const { return !command_.no_shrink; }

  /// Shrinks the failures and finds their causes.
  void diagnose_groups() {
    auto& groups = report_.saved.found.groups;
    const std::size_t count = std::min(groups.size(), kDiagnosedMax);
    sim::ProbeOptions options =
        probe_options(command_.stack_kib, command_.steps, command_.hang_seconds);
    options.steps_max /= std::max<std::size_t>(count, 1);
    // A bound on the time of the search bounds this, too: it may take as long again.
    if (options_.explore.time_max) options.deadline = Clock::now() + *options_.explore.time_max;
    if (shows_progress_) print_error("shrinking the failure and looking for its cause");
    for (std::size_t i = 0; i < count && !catch_interrupts(); ++i) {
      sim::FailureGroup& group = groups[i];
      Diagnosis diagnosis = diagnose(program_, group.recording, options);
      group.recording = diagnosis.shrunk.recording;
      if (diagnosis.is_simpler()) keep_shrunk(group, diagnosis.shrunk);
      diagnoses_.emplace(group.id, std::move(diagnosis));
    }
    if (shows_progress_) clear_progress();
  }

  /// Replaces the file that this run has written; writes a second file if the program is smaller.
  void keep_shrunk(const sim::FailureGroup& group, const sim::Shrunk& shrunk) {
    const std::string text = format_schedule(schedule_of(
        shrunk.program, shrunk.recording, sim::found_by_shrinking(found_by(command_, group))));
    const sim::WrittenFile& file = files_[group.id];
    // If the first file could not be written, a second one would fail too.
    if (!file.error.empty()) return;
    if (shrunk.smaller) {
      note_file(group, sim::write_new_file(shrunk_path(file.path), text), text);
    } else if (file.was_there || !is_as_written(group, file)) {
      note_file(group, write_new_schedule(text), text);
    } else {
      note_file(group, sim::rewrite_new_file(path_for(".schedule"), file, text), text);
    }
  }

  /// Whether the file still has the text that this run wrote.
  [[nodiscard]] bool is_as_written(const sim::FailureGroup& group,
                                   const sim::WrittenFile& file) const {
    const auto written = texts_.find(group.id);
    return written != texts_.end() && sim::file_holds(file.path, written->second);
  }

  void show_groups() const {
    for (const sim::FailureGroup& group : report_.saved.found.groups) {
      const auto diagnosis = diagnoses_.find(group.id);
      const bool known = diagnosis != diagnoses_.end();
      print_out("\n{}\n",
                terminal_text(group.recording, false, known ? &diagnosis->second.why : nullptr));
      if (known && !sim::needs_no_timeline(group.recording, diagnosis->second.why)) {
        print_out("{}", shrunk_text(diagnosis->second));
      }
      const sim::WrittenFile& file = files_.at(group.id);
      if (!file.error.empty()) continue;
      if (shrinks()) print_recorded(file);
      print_next_steps(file.path, command_.stack_kib);
    }
  }

  static void print_recorded(const sim::WrittenFile& file) {
    print_out("{} {}\n", file.was_there ? "already recorded in" : "recorded in", file.path);
  }

  /// The path of the checkpoint; by default one that does not exist yet.
  [[nodiscard]] std::string checkpoint_path() const {
    if (!checkpoint_written_.empty()) return checkpoint_written_;
    if (command_.checkpoint) return *command_.checkpoint;
    std::string path = path_for(".checkpoint");
    for (int number = 2; std::filesystem::exists(path); ++number) {
      path = path_for(fmt::format("-{}.checkpoint", number));
    }
    return path;
  }

  void save(const sim::SavedSearch& saved) {
    const std::string path = checkpoint_path();
    ExploreCommand shape = command_;
    shape.scenario = program_.name;
    if (!envelope_) envelope_ = envelope_of(program_, command_);
    Checkpoint checkpoint{shape, *envelope_, saved, {}};
    for (const auto& [group, file] : files_) {
      const bool own = file.error.empty() && !file.was_there;
      if (own) checkpoint.schedules.push_back({group, file.path, texts_.at(group)});
    }
    const std::string error = write_checkpoint(path, checkpoint);
    if (error.empty()) {
      checkpoint_written_ = path;
    } else {
      unwritten_ = true;
      print_problem("{}\n", error);
    }
  }

  /// Whether the search leaves a checkpoint: if it is unfinished, and was interrupted or the user
  /// asked for a checkpoint.
  [[nodiscard]] bool leaves_checkpoint() const {
    const sim::StopReason reason = report_.saved.found.reason;
    const bool unfinished =
        !report_.saved.work_units.empty() &&
        (reason == sim::StopReason::interrupted || reason == sim::StopReason::time ||
         reason == sim::StopReason::executions);
    const bool asked = command_.checkpoint || command_.resume;
    return unfinished && (asked || reason == sim::StopReason::interrupted);
  }

  void finish_checkpoint() {
    if (leaves_checkpoint()) {
      save(report_.saved);
    } else if (report_.saved.work_units.empty() && !checkpoint_written_.empty()) {
      std::error_code none;
      std::filesystem::remove(std::exchange(checkpoint_written_, {}), none);
    }
  }

  [[nodiscard]] ExitCode exit_code() const {
    const sim::Exploration& found = report_.saved.found;
    if (unwritten_ || report_.unreproduced) return kCouldNot;
    if (found.reason == sim::StopReason::nondeterminism) return kCouldNot;
    if (found.reason == sim::StopReason::unsupported) return kCouldNot;
    if (found.reason == sim::StopReason::interrupted) return kInterrupted;
    if (found.failures > 0) return kFailureFound;
    return found.interleaved && report_.lost.empty() ? kSuccess : kCouldNot;
  }

  const sim::Program& program_;
  const ExploreCommand command_;
  sim::JobsOptions options_;
  sim::JobsReport report_;
  Findings findings_;
  ScheduleFiles& files_ = findings_.files;
  std::map<std::uint64_t, Diagnosis>& diagnoses_ = findings_.diagnoses;
  std::map<std::uint64_t, std::string> texts_;  ///< text of each schedule file
  std::string checkpoint_written_;
  int next_number_ = 1;                    ///< number of the next schedule file
  std::optional<sim::Envelope> envelope_;  ///< made for the first checkpoint
  Estimate estimate_;
  Clock::time_point begin_;
  bool unwritten_ = false;
  const bool shows_progress_ = terminal_shows_progress() && !command_.json;
};

/// The options of a resumed search: those that shape it come from the checkpoint; budgets, jobs and
/// files come from this command.
ExploreCommand resumed(const ExploreCommand& command, const ExploreCommand& checkpoint) {
  ExploreCommand both = checkpoint;
  both.executions = command.executions;
  both.seconds = command.seconds;
  both.jobs = command.jobs;
  both.hang_seconds = command.hang_seconds;
  both.json = command.json;
  both.no_shrink = command.no_shrink;
  both.out = command.out;
  both.checkpoint = command.checkpoint;
  both.checkpoint_seconds = command.checkpoint_seconds;
  both.resume = command.resume;
  return both;
}

}  // namespace

ExitCode explore(const sim::Registry& registry, const ExploreCommand& command) {
  ExploreCommand whole = command;
  std::optional<Checkpoint> resume;
  if (command.resume) {
    std::variant<Checkpoint, std::string> read = read_checkpoint(*command.resume);
    if (const auto* const problem = std::get_if<std::string>(&read)) {
      print_problem("{}\n", printable(*problem));
      return kBadUsage;
    }
    auto& checkpoint = std::get<Checkpoint>(read);
    whole = resumed(command, checkpoint.command);
    resume = std::move(checkpoint);
  } else if (sim::strategy_info(whole.strategy).capabilities.samples && !whole.executions &&
             !whole.seconds) {
    whole.executions = sim::kSampledExecutions;
  }
  std::variant<sim::Program, std::string> made = registry.make(whole.scenario);
  if (const auto* const problem = std::get_if<std::string>(&made)) {
    print_problem("{}; `{} list` shows all\n", printable(*problem), command_name());
    return kBadUsage;
  }
  const sim::Program program = sim::bounded(std::move(std::get<sim::Program>(made)), whole);
  if (resume) {
    sim::Envelope its = resume->envelope;
    const sim::Envelope here = envelope_of(program, whole);
    // These come from the file, so they are the same.
    its.scenario = here.scenario;
    its.steps_max = here.steps_max;
    its.stack_bytes = here.stack_bytes;
    its.bounds = here.bounds;
    if (const std::string problem = why_not(its, here); !problem.empty()) {
      print_problem("{}: it cannot be resumed: {}\n", printable(*command.resume), problem);
      return kBadUsage;
    }
  }
  return Exploring{program, whole, std::move(resume)}.run();
}

}  // namespace racelab
