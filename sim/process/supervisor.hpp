#pragma once

// Runs a function in a child process and finds out how the child ended: the function returned, it
// crashed, or it hung without reaching a scheduling point. The child keeps its progress and its
// trace in memory that both processes share, so they survive the child. run_isolated() and
// explore_in_jobs() use it.

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

#include <sim/base/call_place.hpp>
#include <sim/base/outcome.hpp>
#include <sim/engine/engine.hpp>
#include <sim/process/shared_memory.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// How a supervised child process ended.
struct ChildEnd {
  enum class How : std::uint8_t {
    finished,  ///< its function returned
    died,      ///< a signal ended it, or the code under test called exit()
    hung,      ///< it made no step for longer than the timeout, and was killed
  };
  How how = How::finished;
  int code = 0;                     ///< what the function returned, if it finished
  CrashCause crash;                 ///< why it died, if it died
  Hang hang;                        ///< why it made no step, if it hung; without the task
  std::optional<TaskId> task;       ///< the task that was running; empty if unknown
  std::uint64_t task_identity = 0;  ///< its NameTable::identity_of(), if it is known
  FatalPoint place;                 ///< where it was, if it is known; without kind and group
  bool draining = false;            ///< whether the execution was over, and its tasks were drained
  bool failed_before = false;       ///< whether the execution had failed before
  /// Where a thread that is no task used a sim:: object, if one did, and the child did not finish.
  std::optional<SourceLine> outside_use;
  CallPath outside_from;  ///< the calls that led to that use

  /// Why the child did not finish, in words: "SIGSEGV", "stack overflow"; empty if it finished.
  [[nodiscard]] std::string cause() const;
  /// The outcome of the execution in which a child died or hung. `running` is the task that was
  /// running, if this is known.
  [[nodiscard]] Outcome outcome(std::optional<TaskRef> running = std::nullopt) const;
};

/// Runs and watches one child process at a time. Not thread-safe. Forks, so no other threads should
/// run. The destructor kills a child that still runs.
class Supervisor {
 public:
  /// `options` are those of the engine that the child will use; they determine how much memory its
  /// trace needs. Throws std::bad_alloc.
  explicit Supervisor(const EngineOptions& options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  /// Where the child's engine must keep its trace: the value for EngineOptions::trace_memory.
  [[nodiscard]] TraceMemory trace_memory() const;
  /// Counters that both processes read and write: the value for ExploreOptions::progress.
  [[nodiscard]] ExploreProgress& progress() const;
  /// The trace of the execution that runs, or ran last, in the child.
  [[nodiscard]] std::span<const TraceEntry> trace() const;

  /// A flag with which this process asks the child for attention: see ExploreOptions::attention.
  [[nodiscard]] std::atomic<bool>& attention() const;

  /// Calls `child` in a child process and waits until it ends. Ctrl-C is ignored here meanwhile,
  /// because the child receives it too. Throws std::system_error if no process can be made, and
  /// std::runtime_error with the text of an exception that `child` throws.
  ChildEnd run(const std::function<int()>& child, std::chrono::milliseconds hang_timeout);
  /// Does what run() does, but kills the child and returns nothing if it still runs kStopGrace
  /// after `interrupt` has become true. Signals are not ignored. A null `interrupt` is never true.
  std::optional<ChildEnd> run_until(const std::function<int()>& child,
                                    std::chrono::milliseconds hang_timeout,
                                    const std::atomic<bool>* interrupt);
  /// How long a child may go on after an interrupt, to end with what it has.
  static constexpr std::chrono::milliseconds kStopGrace{400};

  // The parts of run(), for a caller that watches several children.

  /// Calls `child` in a child process, and resets the counters. The previous child must have ended.
  /// Throws std::system_error if no process can be made.
  void start(const std::function<int()>& child);
  /// A file descriptor for poll(), which reports POLLHUP when the child has ended.
  [[nodiscard]] int life() const { return life_; }
  /// Returns how the child ended; nothing while it runs. Must be called about ten times a second,
  /// because this function measures the time without a step: it kills a child that has made no step
  /// for longer than `hang_timeout`.
  /// Throws std::runtime_error with the text of an exception that the child's function threw.
  [[nodiscard]] std::optional<ChildEnd> ended(std::chrono::milliseconds hang_timeout);
  /// Kills the child, if there is one.
  void kill();
  /// Restarts the measurement of the time without a step. Call it for a child that makes no step
  /// because it waits for this process.
  void reset_hang_timer() { still_ = std::chrono::steady_clock::duration{}; }

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
  bool blocked_ = false;  ///< whether the child that hung was blocked in the system
  std::pair<std::uint64_t, std::uint64_t> seen_{};  ///< executions and steps at the last ended()
  std::chrono::steady_clock::time_point looked_;    ///< time of the last ended()
  std::chrono::steady_clock::duration still_{};     ///< how long `seen_` has not changed
};

}  // namespace sim
