#pragma once

// Fibers: flows of control with separate stacks, between which one thread switches. The engine uses
// them through ExecutionContext. Boost.Context does the switch; this file adds a reserve of address
// space below each stack, an exception state for each fiber, and the annotations that
// AddressSanitizer and Valgrind need.

#include <cstddef>
#include <cstdint>

#include <boost/context/detail/fcontext.hpp>

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#endif
#ifndef SIM_ASAN
#define SIM_ASAN 0
#endif
#if SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define SIM_ALWAYS_INLINE [[gnu::always_inline]] inline

namespace sim {

/// The stack of a fiber: mapped memory with an inaccessible reserve of address space below it. A
/// function whose local variables take up to 64 MiB more than the stack has reaches only the
/// reserve, so that it is stopped and cannot write to the stack of another fiber. The reserve takes
/// no memory. Code that is compiled with -fstack-clash-protection is stopped whatever the size of
/// its local variables, because it touches each page of a new frame.
class FiberStack {
 public:
  /// Maps `bytes`, rounded up to whole pages, of which the topmost `unused` bytes are never used.
  /// The reserve is smaller if the address space of the process is limited (RLIMIT_AS). Throws
  /// std::bad_alloc if there is not enough memory.
  FiberStack(std::size_t bytes, std::size_t unused);
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;
  ~FiberStack();

  /// The lowest usable address.
  [[nodiscard]] std::byte* bottom() const { return bottom_; }
  /// The address at which the stack begins; it grows downwards.
  [[nodiscard]] std::byte* top() const { return top_; }
  /// Number of usable bytes.
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(top_ - bottom_); }
  /// Whether code whose stack pointer is `stack_pointer` has used up this stack.
  /// Async-signal-safe.
  [[nodiscard]] bool is_used_up(const void* stack_pointer) const;

 private:
  std::byte* bottom_;  ///< just above the reserve
  std::byte* top_;
  std::size_t reserve_bytes_;
  std::size_t mapped_bytes_;  ///< including the reserve
  unsigned valgrind_id_ = 0;  ///< by which Valgrind knows the stack
};

/// The data that the C++ runtime keeps for each thread about exceptions in flight, in the layout of
/// __cxa_eh_globals in the Itanium C++ ABI. Each fiber needs its own data: otherwise, if a fiber is
/// left inside a catch block, other fibers see its exception.
struct ExceptionState {
  void* caught = nullptr;
  std::uint64_t uncaught = 0;

  friend bool operator==(const ExceptionState&, const ExceptionState&) = default;
};

/// The exception state of the calling thread.
ExceptionState* thread_exception_state();

/// A flow of control that can be switched to. The thread that runs fibers is represented by a
/// Fiber, too.
struct Fiber {
  boost::context::detail::fcontext_t context = nullptr;
  ExceptionState exceptions;
#if SIM_ASAN
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  std::size_t stack_bytes = 0;
#endif
};

/// Leaves `from`, which must be running, for `to`. Returns when something switches to `from`.
/// `live` is the exception state of the calling thread.
/// It is inlined down to the jump, because the processor mispredicts each return after a switch.
SIM_ALWAYS_INLINE void switch_fiber(Fiber& from, Fiber& to, ExceptionState* live) {
  from.exceptions = *live;
  *live = to.exceptions;
#if SIM_ASAN
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_bytes);
#endif
  const boost::context::detail::transfer_t back =
      boost::context::detail::jump_fcontext(to.context, &from);
  auto* const previous = static_cast<Fiber*>(back.data);
  previous->context = back.fctx;
#if SIM_ASAN
  __sanitizer_finish_switch_fiber(from.fake_stack, &previous->stack_bottom, &previous->stack_bytes);
#endif
}

/// Must be called first on a new fiber. `from` is the argument that the switch passed to it.
SIM_ALWAYS_INLINE void arrive_at_start(boost::context::detail::transfer_t from) {
  auto* const previous = static_cast<Fiber*>(from.data);
  previous->context = from.fctx;
#if SIM_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &previous->stack_bottom, &previous->stack_bytes);
#endif
}

/// Leaves `from`, which must be running, for `to`, and never returns. `from` must be initialized
/// again before it can run. `live` is the exception state of the calling thread.
[[noreturn]] SIM_ALWAYS_INLINE void leave_fiber(Fiber& from, Fiber& to, ExceptionState* live) {
  *live = to.exceptions;
#if SIM_ASAN
  __sanitizer_start_switch_fiber(nullptr, to.stack_bottom, to.stack_bytes);
#endif
  boost::context::detail::jump_fcontext(to.context, &from);
  __builtin_unreachable();
}

/// Calls call(argument) on the stack of `to`, which must be suspended, above its own frames, and
/// returns to `from`, which must be running. `call` must not throw and must not switch fibers. A
/// debugger that stops in `call` shows the frames of `to`.
inline void visit_fiber(Fiber& from, Fiber& to, void (*call)(void*), void* argument) {
  struct Visit {
    Fiber& from;
    Fiber& to;
    void (*call)(void*);
    void* argument;

    /// Runs on the stack of `to`. Returns when something switches to it.
    static boost::context::detail::transfer_t run(boost::context::detail::transfer_t visitor) {
      const Visit& visit = *static_cast<const Visit*>(visitor.data);
#if SIM_ASAN
      __sanitizer_finish_switch_fiber(visit.to.fake_stack, &visit.from.stack_bottom,
                                      &visit.from.stack_bytes);
#endif
      visit.call(visit.argument);
#if SIM_ASAN
      __sanitizer_start_switch_fiber(&visit.to.fake_stack, visit.from.stack_bottom,
                                     visit.from.stack_bytes);
#endif
      return boost::context::detail::jump_fcontext(visitor.fctx, nullptr);
    }
  } visit{from, to, call, argument};
#if SIM_ASAN
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_bytes);
#endif
  to.context = boost::context::detail::ontop_fcontext(to.context, &visit, Visit::run).fctx;
#if SIM_ASAN
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(from.fake_stack, &bottom, &bytes);
#endif
}

}  // namespace sim
