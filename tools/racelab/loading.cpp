#include <tools/racelab/loading.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include <sim/process/debugger.hpp>
#include <sim/process/isolated_replay.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/text_format.hpp>
#include <tools/racelab/command.hpp>
#include <tools/racelab/interrupt.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

TextFetcher text_fetcher = nullptr;

std::variant<sim::Schedule, std::string> fetch_schedule(const std::string& url) {
  if (text_fetcher == nullptr) {
    return fmt::format(
        "{}: this program takes files only; built with the live lab (RACELAB_HTTP) it takes "
        "addresses too",
        url);
  }
  const std::variant<std::string, std::string> text = text_fetcher(url);
  if (text.index() == 1) return std::get<1>(text);
  std::variant<sim::Schedule, sim::ScheduleError> parsed = sim::parse_schedule(std::get<0>(text));
  if (const auto* const error = std::get_if<sim::ScheduleError>(&parsed)) {
    return fmt::format("{}:{}:{}: {}", url, error->line, error->column, error->message);
  }
  return std::move(std::get<sim::Schedule>(parsed));
}

/// While it exists, what this process prints to standard output goes to standard error, because
/// standard output is for the command's own report.
class OutputToStandardError {
 public:
  OutputToStandardError() : saved_(::dup(STDOUT_FILENO)) { redirect(STDERR_FILENO); }
  OutputToStandardError(const OutputToStandardError&) = delete;
  OutputToStandardError& operator=(const OutputToStandardError&) = delete;
  ~OutputToStandardError() {
    redirect(saved_);
    ::close(saved_);
  }

 private:
  static void redirect(int to) {
    std::fflush(stdout);
    ::dup2(to, STDOUT_FILENO);
  }
  int saved_;
};

}  // namespace

void register_text_fetcher(TextFetcher fetcher) {
  text_fetcher = fetcher;
}

bool is_address(const std::string& file) {
  return file.starts_with("http://") || file.starts_with("https://");
}

std::variant<sim::Schedule, std::string> read_schedule(const std::string& file) {
  return is_address(file) ? fetch_schedule(file) : sim::read_schedule(file);
}

std::variant<Loaded, std::string> load(const sim::Registry& registry, const std::string& file,
                                       const std::optional<std::string>& on) {
  std::variant<sim::Schedule, std::string> read = read_schedule(file);
  if (auto* const problem = std::get_if<std::string>(&read)) return std::move(*problem);
  Loaded loaded{file, std::move(std::get<sim::Schedule>(read)), {}};
  if (on) {
    std::variant<sim::Program, std::string> made = registry.make(*on);
    if (const auto* const problem = std::get_if<std::string>(&made)) {
      return fmt::format("{}; `{} list` shows all", *problem, command_name());
    }
    loaded.program = std::move(std::get<sim::Program>(made));
    return loaded;
  }
  std::variant<sim::Program, sim::ScheduleError> made = registry.program_of(loaded.schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&made)) {
    return fmt::format("{}:{}:{}: {}", file, error->line, error->column, error->message);
  }
  loaded.program = std::move(std::get<sim::Program>(made));
  return loaded;
}

sim::Replayed run_replay(const Loaded& loaded, const ReplayCommand& command) {
  sim::ReplayOptions options;
  options.mode = command.follow ? sim::ReplayMode::follow : loaded.schedule.mode;
  options.steps_max = command.steps;
  options.engine.stack_bytes = std::size_t{command.stack_kib} * 1024;
  options.times = command.times;
  options.hang_timeout =
      std::chrono::milliseconds{static_cast<std::int64_t>(command.hang_seconds * 1000)};
  options.interrupt = &catch_interrupts();
  if (!command.debug && !sim::is_traced()) {
    return sim::replay_isolated(loaded.program, loaded.schedule, options);
  }
  options.debug = command.stops;
  const OutputToStandardError outputs;
  return sim::replay(loaded.program, loaded.schedule, options);
}

ExitCode verdict(const Loaded& loaded, const sim::Replayed& replayed) {
  if (replayed.interrupted) return kInterrupted;
  if (replayed.divergence) return kDiverged;
  return replayed.is_as_recorded(loaded.schedule) ? kSuccess : kFailureFound;
}

void print_divergence(const Loaded& loaded, const sim::Divergence& divergence) {
  print_out("DIVERGED  {}: {}\n", sim::place_of(divergence, loaded.file),
            printable(divergence.message));
}

}  // namespace racelab
