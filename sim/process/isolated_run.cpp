#include <sim/process/isolated_run.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <sim/process/shared_memory.hpp>

namespace sim {
namespace {

constexpr std::size_t kLogBytes = std::size_t{64} << 20U;

/// The outcome of an execution that ended with its process.
Outcome outcome_of(const ChildEnd& end, const Recording& recording) {
  if (!end.task) return end.outcome();
  const std::size_t index = index_of(*end.task);
  const bool is_known = index < recording.tasks.size();
  return end.outcome(
      TaskRef{*end.task, is_known ? recording.tasks[index].name : fmt::format("{}", index)});
}

}  // namespace

IsolatedRun run_isolated(
    const std::function<std::string(LoggingRecorder&, const EngineOptions&)>& execute,
    EngineOptions options, std::chrono::milliseconds hang_timeout,
    const std::atomic<bool>* interrupt) {
  Supervisor supervisor{options};
  options.trace_memory = supervisor.trace_memory();
  const SharedMemory log_memory{kLogBytes};
  const std::span<char> memory{reinterpret_cast<char*>(log_memory.data()), log_memory.bytes()};
  const auto run = [&] {
    LoggingRecorder recorder{memory};
    recorder.write_note(execute(recorder, options));
    return 0;
  };
  std::optional<ChildEnd> ended = interrupt == nullptr
                                      ? supervisor.run(run, hang_timeout)
                                      : supervisor.run_until(run, hang_timeout, interrupt);
  EventLog log = read_event_log(memory);
  if (!ended) return {std::move(log.recording), {}, {}, true};
  ChildEnd end = *std::move(ended);
  if (!log.decided) log.recording.outcome = outcome_of(end, log.recording);
  return {std::move(log.recording), std::move(log.note), std::move(end), false};
}

}  // namespace sim
