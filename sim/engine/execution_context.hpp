#pragma once

// A flow of control that the engine can switch to and from. There is one for each task, and one for
// the thread that runs the engine. This one is a fiber. The engine uses only the interface of
// ExecutionContext, so that a thread or a forked process could replace it. A switch goes from one
// context directly to the other and is inlined into the scheduling point.

#include <cstddef>
#include <optional>

#include <boost/context/detail/fcontext.hpp>

#include <sim/engine/fiber.hpp>

#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace sim {

/// A context without a stack represents the thread that first switches away from it. Used by one
/// thread at a time.
class ExecutionContext {
 public:
  ExecutionContext() = default;
  ExecutionContext(const ExecutionContext&) = delete;
  ExecutionContext& operator=(const ExecutionContext&) = delete;

  /// Allocates a stack of `bytes`, of which the topmost `unused` bytes are not used. Throws
  /// std::bad_alloc if there is not enough memory.
  void allocate_stack(std::size_t bytes, std::size_t unused) { stack_.emplace(bytes, unused); }

  /// Empties the stack. The next switch to this context calls Main(), which must not return.
  /// Requires that the context has a stack and is not running.
  template <void (*Main)()>
  void restart() {
#if SIM_ASAN
    __asan_unpoison_memory_region(stack_->bottom(), stack_->bytes());
    fiber_.stack_bottom = stack_->bottom();
    fiber_.stack_bytes = stack_->bytes();
    fiber_.fake_stack = nullptr;
#endif
    fiber_.context =
        boost::context::detail::make_fcontext(stack_->top(), stack_->bytes(), start<Main>);
    // The state is nearly always empty already. It is then not written, because the switch loads
    // both words at once, and two stores just before that load would stall it.
    if (fiber_.exceptions != ExceptionState{}) [[unlikely]]
      fiber_.exceptions = ExceptionState{};
  }

  /// Leaves this context, which must be running, for `to`. Returns when something switches back.
  /// `live` is the exception state of the calling thread.
  SIM_ALWAYS_INLINE void switch_to(ExecutionContext& to, ExceptionState* live) {
    switch_fiber(fiber_, to.fiber_, live);
  }
  /// Leaves this context, which must be running, for `to`, and never returns. The context can run
  /// again only after restart(). `live` is the exception state of the calling thread.
  [[noreturn]] SIM_ALWAYS_INLINE void leave_for(ExecutionContext& to, ExceptionState* live) {
    leave_fiber(fiber_, to.fiber_, live);
  }

  /// The address at which the stack begins. Requires that the context has a stack.
  [[nodiscard]] const std::byte* stack_top() const {
    return stack_->top();
  }
  /// Calls call(argument) on the stack of `to`, which must be suspended; this context must be
  /// running. See visit_fiber().
  void visit(ExecutionContext& to, void (*call)(void*), void* argument) {
    visit_fiber(fiber_, to.fiber_, call, argument);
  }
  /// Where Boost.Context has saved the registers of this context, if it is suspended.
  [[nodiscard]] const void* saved_registers() const {
    return fiber_.context;
  }

  /// Whether code whose stack pointer is `stack_pointer` has used up this context's stack.
  /// Async-signal-safe.
  [[nodiscard]] bool is_used_up(const void* stack_pointer) const {
    return stack_ && stack_->is_used_up(stack_pointer);
  }

 private:
  template <void (*Main)()>
  [[noreturn]] static void start(boost::context::detail::transfer_t from) {
    // Marks this frame as the outermost one. The unwinder then finds the end of the stack here if
    // nobody catches an exception, so std::terminate is called where the exception was thrown,
    // before any destructor has run.
#if defined(__x86_64__)
    asm volatile(".cfi_undefined rip");
#elif defined(__aarch64__)
    asm volatile(".cfi_undefined x30");
#endif
    arrive_at_start(from);
    Main();
    __builtin_unreachable();
  }

  Fiber fiber_;
  std::optional<FiberStack> stack_;
};

}  // namespace sim
