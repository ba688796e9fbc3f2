#include <sim/process/standstill_watch.hpp>

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include <sim/engine/engine.hpp>
#include <sim/process/standstill.hpp>

namespace sim {
namespace {

/// The timer ticks this often in the time after which an execution stands still.
constexpr int kTicks = 4;
/// A thread that has used a smaller part of the time than 1 / kIdle is blocked.
constexpr std::int64_t kIdle = 200;
constexpr std::size_t kSignalStackBytes = std::size_t{64} * 1024;

/// How far the executions of the thread have come.
struct Progress {
  const Engine* engine = nullptr;
  std::uint64_t executions = 0;
  std::size_t steps = 0;
  friend bool operator==(const Progress&, const Progress&) = default;
};

/// The state of the watch. Used by its thread only, also in signal handlers.
struct Watch {
  StandstillWatch::Say say = nullptr;
  timer_t timer{};
  std::int64_t tick_ns = 0;
  Progress seen;
  int still = 0;             ///< ticks without progress
  std::int64_t used_ns = 0;  ///< processor time of the thread at the first of them
  struct sigaction tick_before {};
  std::optional<struct sigaction> fault_before;
};

std::optional<Watch> watch;

std::int64_t processor_time_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::optional<TaskRef> running_task(const Engine& engine) {
  const TaskId* const task = engine.running_task();
  if (task == nullptr) return std::nullopt;
  return TaskRef{*task, engine.task_name(*task)};
}

void on_tick(int /*signal*/, siginfo_t* /*info*/, void* context) {
  const Engine* const engine = Engine::current_or_null();
  if (!watch || engine == nullptr) return;
  const Progress now{engine, engine->executions(), engine->steps()};
  if (std::exchange(watch->seen, now) != now) {
    watch->still = 0;
    watch->used_ns = processor_time_ns();
    return;
  }
  if (++watch->still != kTicks) return;
  const bool blocked = processor_time_ns() - watch->used_ns < watch->tick_ns * kTicks / kIdle;
  CallStack calls;
  calls.capture(context);
  Hang hang = explain_standstill(calls, blocked);
  hang.task = running_task(*engine);
  Outcome outcome;
  outcome.describe(std::move(hang));
  watch->say(outcome);
}

void on_fault(int signal, siginfo_t* /*info*/, void* context) {
  const Engine* const engine = Engine::current_or_null();
  const TaskId* const task =
      engine == nullptr ? nullptr : engine->overflowed_task(stack_pointer_of(context));
  if (watch && task != nullptr) {
    Outcome outcome;
    outcome.describe(
        Crash{{CrashCause::How::stack_overflow, 0}, TaskRef{*task, engine->task_name(*task)}});
    watch->say(outcome);
  }
  // The access is made again, and then has its default effect.
  ::signal(signal, SIG_DFL);
}

bool start_timer(std::chrono::milliseconds timeout) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR2;
  event._sigev_un._tid = ::gettid();
  if (::timer_create(CLOCK_MONOTONIC, &event, &watch->timer) != 0) return false;
  watch->tick_ns = std::chrono::nanoseconds{timeout}.count() / kTicks;
  const timespec tick{watch->tick_ns / 1'000'000'000, watch->tick_ns % 1'000'000'000};
  const itimerspec times{tick, tick};
  return ::timer_settime(watch->timer, 0, &times, nullptr) == 0;
}

void catch_faults() {
  struct sigaction before {};
  ::sigaction(SIGSEGV, nullptr, &before);
  const bool is_default = (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
  stack_t there{};
  if (!is_default || ::sigaltstack(nullptr, &there) != 0) return;
  if ((there.ss_flags & SS_DISABLE) != 0) {
    static std::array<char, kSignalStackBytes> stack;
    stack_t alternative{};
    alternative.ss_sp = stack.data();
    alternative.ss_size = stack.size();
    if (::sigaltstack(&alternative, nullptr) != 0) return;
  }
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigaction(SIGSEGV, &action, nullptr);
  watch->fault_before = before;
}

}  // namespace

StandstillWatch::StandstillWatch(std::chrono::milliseconds timeout, Say say) {
  if (watch) return;
  CallStack::prepare();
  watch.emplace().say = say;
  struct sigaction action {};
  action.sa_sigaction = on_tick;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGUSR2, &action, &watch->tick_before);
  if (!start_timer(timeout)) {
    ::sigaction(SIGUSR2, &watch->tick_before, nullptr);
    watch.reset();
    return;
  }
  catch_faults();
  watches_ = true;
}

StandstillWatch::~StandstillWatch() {
  if (!watches_) return;
  ::timer_delete(watch->timer);
  ::sigaction(SIGUSR2, &watch->tick_before, nullptr);
  if (watch->fault_before) ::sigaction(SIGSEGV, &*watch->fault_before, nullptr);
  watch.reset();
}

}  // namespace sim
