#pragma once

// Watches the executions that the calling thread runs in its own process, where no other process
// could end them: if one makes no step for too long, or uses up the stack of a task, a function is
// called that can say so. The watch cannot end the execution. Executions in child processes are
// watched by a Supervisor instead.

#include <chrono>

#include <sim/base/outcome.hpp>

namespace sim {

/// Watches while it exists. There is at most one in a process at a time; a second one does nothing.
/// It uses a timer of the thread and the signals SIGUSR2 and, unless the program handles it,
/// SIGSEGV.
class StandstillWatch {
 public:
  /// Called in a signal handler, on the thread that stands still: once for each execution that
  /// makes no step for `timeout`, with an outcome of kind `hang`; before the process ends because a
  /// stack is used up, with an outcome of kind `crash`.
  using Say = void (*)(const Outcome& outcome);

  /// Has no effect if the system has no timer left.
  StandstillWatch(std::chrono::milliseconds timeout, Say say);
  StandstillWatch(const StandstillWatch&) = delete;
  StandstillWatch& operator=(const StandstillWatch&) = delete;
  ~StandstillWatch();

 private:
  bool watches_ = false;
};

}  // namespace sim
