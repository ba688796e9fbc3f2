#pragma once

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

/// A fiber's stack: mapped memory with unreadable guard pages below it.
class FiberStack {
 public:
  /// Rounds `bytes` up to whole pages and leaves the topmost `unused` of them alone.
  /// Throws std::bad_alloc where the system gives no memory.
  FiberStack(std::size_t bytes, std::size_t unused);
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;
  ~FiberStack();

  [[nodiscard]] std::byte* bottom() const { return bottom_; }
  [[nodiscard]] std::byte* top() const { return top_; }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(top_ - bottom_); }
  /// Whether `address` lies in the guard pages: the stack has overflowed.
  [[nodiscard]] bool guards(const void* address) const;

 private:
  std::byte* bottom_;  ///< just above the guard pages
  std::byte* top_;
  std::size_t mapped_bytes_;  ///< with the guard pages
};

/// What the C++ runtime keeps per thread about exceptions in flight: the layout that the Itanium
/// C++ ABI gives __cxa_eh_globals. Each fiber needs its own, or a fiber switched away from inside
/// a catch block leaks its exception to the others.
struct ExceptionState {
  void* caught = nullptr;
  std::uint64_t uncaught = 0;

  friend bool operator==(const ExceptionState&, const ExceptionState&) = default;
};

/// The exception state of the calling thread.
ExceptionState* thread_exception_state();

/// A context that can be switched to. The thread that runs fibers is one of them itself.
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
/// `live` is the thread's own exception state.
/// Inlined down to the jump: each return after a switch is one the processor predicts wrongly.
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

/// Leaves `from` for `to` and never comes back; `from` must be made anew before it can run again.
[[noreturn]] SIM_ALWAYS_INLINE void leave_fiber(Fiber& from, Fiber& to, ExceptionState* live) {
  *live = to.exceptions;
#if SIM_ASAN
  __sanitizer_start_switch_fiber(nullptr, to.stack_bottom, to.stack_bytes);
#endif
  boost::context::detail::jump_fcontext(to.context, &from);
  __builtin_unreachable();
}

}  // namespace sim
