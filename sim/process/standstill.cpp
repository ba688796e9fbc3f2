#include <sim/process/standstill.hpp>

#include <execinfo.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <sim/base/symbols.hpp>

namespace sim {
namespace {

struct BlockingFunction {
  std::string_view name;
  BlockedIn what;
};

/// Functions of the system in which a thread waits.
constexpr std::array kBlockingFunctions{
    BlockingFunction{"pthread_mutex_lock", BlockedIn::mutex},
    BlockingFunction{"pthread_mutex_timedlock", BlockedIn::mutex},
    BlockingFunction{"pthread_mutex_clocklock", BlockedIn::mutex},
    BlockingFunction{"pthread_rwlock_rdlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_rwlock_wrlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_rwlock_timedrdlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_rwlock_timedwrlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_rwlock_clockrdlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_rwlock_clockwrlock", BlockedIn::shared_mutex},
    BlockingFunction{"pthread_cond_wait", BlockedIn::condition_variable},
    BlockingFunction{"pthread_cond_timedwait", BlockedIn::condition_variable},
    BlockingFunction{"pthread_cond_clockwait", BlockedIn::condition_variable},
    BlockingFunction{"sem_wait", BlockedIn::semaphore},
    BlockingFunction{"sem_timedwait", BlockedIn::semaphore},
    BlockingFunction{"sem_clockwait", BlockedIn::semaphore},
    BlockingFunction{"pthread_barrier_wait", BlockedIn::barrier},
    BlockingFunction{"pthread_join", BlockedIn::join},
    BlockingFunction{"pthread_timedjoin_np", BlockedIn::join},
    BlockingFunction{"pthread_clockjoin_np", BlockedIn::join},
    BlockingFunction{"_ZNSt6thread4joinEv", BlockedIn::join},
    BlockingFunction{"__cxa_guard_acquire", BlockedIn::static_initializer},
    BlockingFunction{"sleep", BlockedIn::sleep},
    BlockingFunction{"usleep", BlockedIn::sleep},
    BlockingFunction{"nanosleep", BlockedIn::sleep},
    BlockingFunction{"clock_nanosleep", BlockedIn::sleep},
};

constexpr std::string_view kFutexCall = "syscall";

/// The address of the instruction at which a signal interrupted the thread; null if not known.
const void* interrupted_at(const void* context) {
  const auto& state = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(state.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(state.pc);
#else
  static_cast<void>(state);
  return nullptr;
#endif
}

}  // namespace

void CallStack::prepare() {
  std::array<void*, 1> none{};
  static_cast<void>(::backtrace(none.data(), 1));
}

void CallStack::capture(const void* context) {
  depth = ::backtrace(calls.data(), static_cast<int>(calls.size()));
  // The calls of the signal handler come first.
  auto* const end = calls.begin() + depth;
  auto* const first = std::find(calls.begin(), end, interrupted_at(context));
  if (first == end) return;
  depth = static_cast<int>(end - first);
  std::copy(first, end, calls.begin());
}

const void* stack_pointer_of(const void* context) {
  const auto& state = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(state.gregs[REG_RSP]);
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(state.sp);
#else
  static_cast<void>(state);
  return nullptr;
#endif
}

Hang explain_standstill(const CallStack& stack, bool blocked) {
  Hang hang;
  if (blocked) hang.blocked_in = BlockedIn::unknown;
  for (int i = 0; i < stack.depth; ++i) {
    // A call's address is that of the instruction after it, which may belong to the next function.
    const auto address =
        reinterpret_cast<std::uintptr_t>(stack.calls.at(static_cast<std::size_t>(i)));
    const Symbol symbol = symbol_at(reinterpret_cast<const void*>(address - (i == 0 ? 0 : 1)));
    if (symbol.name.empty()) continue;
    if (is_own_function(symbol)) {
      hang.function = name_of_own(symbol);
      break;
    }
    if (!blocked || symbol.in_program) continue;
    const auto* const known =
        std::find_if(kBlockingFunctions.begin(), kBlockingFunctions.end(),
                     [&](const BlockingFunction& one) { return one.name == symbol.name; });
    if (known != kBlockingFunctions.end()) {
      hang.blocked_in = known->what;
    } else if (hang.blocked_in == BlockedIn::unknown) {
      hang.blocked_in = symbol.name == kFutexCall ? BlockedIn::futex : BlockedIn::call;
      hang.call = demangled(symbol.name);
    }
  }
  if (hang.blocked_in != BlockedIn::call) hang.call.clear();
  return hang;
}

}  // namespace sim
