#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sim/base/outcome.hpp>
#include <sim/engine/engine.hpp>
#include <sim/process/event_log.hpp>
#include <sim/process/shared_memory.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// How a supervised child process ended.
struct ChildEnd {
  enum class How : std::uint8_t {
    finished,  ///< its function returned
    died,      ///< of a signal, or the code under test called exit()
    hung,      ///< no step for longer than the time-out; it was killed
  };
  How how = How::finished;
  int code = 0;                ///< what the function returned, if it finished
  CrashCause crash;            ///< why it died, if it died
  std::optional<TaskId> task;  ///< that was running, where this is known

  /// Why it did not finish, in words: "SIGSEGV", "stack overflow"; empty if it finished.
  [[nodiscard]] std::string cause() const;
  /// The outcome of the execution in which a child died or hung. `running` is the task that was
  /// running, if this is known.
  [[nodiscard]] Outcome outcome(std::optional<TaskRef> running = std::nullopt) const;
};

/// Runs code under test in a child process and keeps what it was doing in memory that the two
/// share, so that nothing is lost when it crashes or runs on for ever without a scheduling point.
/// Not thread-safe; forks, so no other threads should run.
class Supervisor {
 public:
  /// `options` are those of the engine that the child will use. Throws std::bad_alloc.
  explicit Supervisor(const EngineOptions& options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  /// Where the child's engine must keep its trace.
  [[nodiscard]] TraceMemory trace_memory() const;
  [[nodiscard]] ExploreProgress& progress() const;
  /// The trace of the execution that ran, or ran last, in the child.
  [[nodiscard]] std::span<const TraceEntry> trace() const;

  /// Set by this process for the child to see: see ExploreOptions::attention.
  [[nodiscard]] std::atomic<bool>& attention() const;

  /// Calls `child` in a child process and waits for its end, deaf to Ctrl-C: the child gets it too.
  /// Throws std::system_error where no process can be made, and std::runtime_error with the text of
  /// an exception that `child` throws.
  ChildEnd run(const std::function<int()>& child, std::chrono::milliseconds hang_timeout);

  // The same in steps, for whoever watches several.

  void start(const std::function<int()>& child);
  /// A file descriptor at whose other end the child is: poll() tells POLLHUP when it has ended.
  [[nodiscard]] int life() const { return life_; }
  /// How the child ended; empty while it lives. To be called about ten times a second while it
  /// works: a child that makes no step for longer than `hang_timeout` is killed.
  [[nodiscard]] std::optional<ChildEnd> ended(std::chrono::milliseconds hang_timeout);
  /// The child waits for this process and is not to count as hanging.
  void forgive() { still_ = std::chrono::steady_clock::duration{}; }

 private:
  struct Shared;

  [[nodiscard]] ChildEnd describe_end(int status) const;
  [[noreturn]] void be_child(const std::function<int()>& child) noexcept;

  SharedMemory memory_;
  Shared* shared_;
  TraceEntry* entries_;

  // The child, while there is one.
  int pid_ = 0;
  int life_ = -1;
  bool hung_ = false;
  std::pair<std::uint64_t, std::uint64_t> seen_{};  ///< executions and steps
  std::chrono::steady_clock::time_point looked_;
  std::chrono::steady_clock::duration still_{};  ///< since these changed
};

/// One execution that was run in a child process, as far as it went.
struct IsolatedRun {
  Recording recording;  ///< with an outcome: a crash or hang where the child did not survive
  std::string note;     ///< what the function returned; where the child did not survive, what it
                        ///< noted last
  ChildEnd end;
};

/// Calls `execute` in a child process with a recorder that outlives it. `execute` runs one
/// execution, with that recorder as its observer and on an engine with the options it is given.
IsolatedRun run_isolated(
    const std::function<std::string(LoggingRecorder&, const EngineOptions&)>& execute,
    EngineOptions options, std::chrono::milliseconds hang_timeout);

}  // namespace sim
