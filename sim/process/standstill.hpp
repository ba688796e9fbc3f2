#pragma once

// Finds out why a thread that runs code under test makes no step: it computes without end, or it is
// blocked in something that the simulator does not control, such as a std::mutex. A signal handler
// of that thread takes the addresses on its stack with capture(); explain_standstill() makes facts
// of them, also in another process if that one has forked it.

#include <array>
#include <cstddef>

#include <sim/base/outcome.hpp>

namespace sim {

/// The addresses of the calls that a thread was in when a signal interrupted it, the innermost
/// first. A plain value that can lie in shared memory.
struct CallStack {
  static constexpr std::size_t kDepthMax = 48;
  std::array<void*, kDepthMax> calls{};
  int depth = 0;

  /// Takes the calls of the interrupted thread. To be called in a signal handler with SA_SIGINFO,
  /// whose third argument is `context`. Async-signal-safe after prepare().
  void capture(const void* context);
  /// Loads what capture() needs.
  static void prepare();
};

/// The stack pointer of the thread that a signal interrupted. To be called as capture() is. Null if
/// it is not known how to find it on this kind of processor. Async-signal-safe.
const void* stack_pointer_of(const void* context);

/// Why the thread with these calls stands still. `blocked`: whether it waits in the system, rather
/// than computes. The task is left empty.
Hang explain_standstill(const CallStack& stack, bool blocked);

}  // namespace sim
