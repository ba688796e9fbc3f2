#include <sim/process/supervisor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sim/base/files.hpp>
#include <sim/engine/outside_thread.hpp>
#include <sim/process/standstill.hpp>

/// A function of the sanitizers, if the program is built with one.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kSignalStackBytes = std::size_t{64} * 1024;

/// What a child reports about its own end. Written by its signal handler, read by the parent.
struct DeathReport {
  volatile int signal = 0;
  volatile int task = -1;  ///< index of the running task; -1 if no task was running
  volatile std::uint64_t task_identity = 0;
  FatalPoint place;
  volatile bool draining = false;
  volatile bool failed_before = false;
  volatile int pid = 0;  ///< that of the child
  volatile bool stack_overflow = false;
  CallStack calls;  ///< if the parent has asked where the child stands
  SourceLocation outside{nullptr,
                         0};  ///< outside_thread::used_at(); its file is null if there was no use
  std::array<void*, 32> outside_from{};  ///< outside_thread::used_from(), as far as it fits
  std::array<char, 1024> exception{};    ///< text of an exception that the function threw; else ""
};

DeathReport* death_report = nullptr;

void report_task(const Engine& engine, TaskId task) {
  death_report->task = static_cast<int>(index_of(task));
  death_report->task_identity = engine.names().identity_of(task);
  death_report->place = engine.place_of(task);
}

/// Stores which task is running, and where. Async-signal-safe.
void report_task() {
  const Engine* const engine = Engine::current_or_null();
  // The code under test may have forked.
  if (engine == nullptr || death_report->pid != ::getpid()) return;
  death_report->draining = engine->draining();
  death_report->failed_before = engine->outcome().failed();
  if (const TaskId* const task = engine->running_task()) report_task(*engine, *task);
}

/// The signal handler: stores what is known, then lets the signal have its default effect. Calls
/// only async-signal-safe functions.
void report_death(int signal, siginfo_t* info, void* context) {
  death_report->signal = signal;
  if (const auto where = outside_thread::used_at()) {
    death_report->outside = *where;
    const ReturnAddresses& from = outside_thread::used_from();
    const auto size = std::min(from.size(), death_report->outside_from.size());
    std::copy_n(from.begin(), size, death_report->outside_from.begin());
  }
  if (signal == SIGUSR2) death_report->calls.capture(context);
  report_task();
  const Engine* const engine = Engine::current_or_null();
  if (engine != nullptr && signal == SIGSEGV) {
    const void* const stack_pointer = stack_pointer_of(context);
    const void* const at = stack_pointer == nullptr ? info->si_addr : stack_pointer;
    if (const TaskId* const task = engine->overflowed_task(at)) {
      report_task(*engine, *task);
      death_report->stack_overflow = true;
    }
  }
  if (signal == SIGUSR2) ::_exit(1);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// Stores what is known when the process ends, whatever ends it.
void watch_end(DeathReport& words) {
  death_report = &words;
  words.pid = ::getpid();
  std::atexit(report_task);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(report_task);
  CallStack::prepare();
  static std::array<char, kSignalStackBytes> stack;
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = report_death;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGUSR2}) {
    ::sigaction(signal, &action, nullptr);
  }
}

/// Whether the main thread of process `pid` waits in the system.
bool is_blocked(int pid) {
  const std::string text = read_file(fmt::format("/proc/{}/stat", pid)).text;
  // The state is the word after the name, which is in parentheses and may contain any character.
  const std::size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] != 'R';
}

}  // namespace

std::string ChildEnd::cause() const {
  return how == How::finished ? std::string{} : outcome().message();
}

Outcome ChildEnd::outcome(std::optional<TaskRef> running) const {
  Outcome outcome;
  if (outside_use) {
    outcome.describe(Misuse{FailedCheck{outside_thread::kRule, {}, *outside_use, outside_from}});
    return outcome;
  }
  if (running) outcome.task = running->id;
  if (how == How::hung) {
    Hang facts = hang;
    facts.task = std::move(running);
    outcome.describe(std::move(facts));
  } else {
    outcome.describe(Crash{crash, std::move(running)});
  }
  return outcome;
}

struct Supervisor::Shared {
  ExploreProgress progress;
  volatile std::uint64_t trace_size = 0;
  DeathReport death_report;
  volatile bool finished = false;
  std::atomic<bool> attention{false};
};

Supervisor::Supervisor(const EngineOptions& options)
    : memory_(sizeof(Shared) + 64 + options.trace_entries() * sizeof(TraceEntry)),
      shared_(new (memory_.data()) Shared),
      entries_(reinterpret_cast<TraceEntry*>(memory_.data() + (sizeof(Shared) + 63) / 64 * 64)) {}

Supervisor::~Supervisor() {
  kill();
}

void Supervisor::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  ::close(std::exchange(life_, -1));
}

TraceMemory Supervisor::trace_memory() const {
  const std::size_t offset = (sizeof(Shared) + 63) / 64 * 64;
  return {{entries_, (memory_.bytes() - offset) / sizeof(TraceEntry)},
          const_cast<std::uint64_t*>(&shared_->trace_size)};
}

ExploreProgress& Supervisor::progress() const {
  return shared_->progress;
}

std::span<const TraceEntry> Supervisor::trace() const {
  return {entries_, shared_->trace_size};
}

std::atomic<bool>& Supervisor::attention() const {
  return shared_->attention;
}

void Supervisor::start(const std::function<int()>& child) {
  shared_->trace_size = 0;
  shared_->finished = false;
  shared_->attention = false;
  shared_->death_report.signal = 0;
  shared_->death_report.task = -1;
  shared_->death_report.task_identity = 0;
  shared_->death_report.draining = false;
  shared_->death_report.failed_before = false;
  shared_->progress.begun = shared_->progress.executions = shared_->progress.failures = 0;
  shared_->progress.steps = 0;
  shared_->progress.max_depth = 0;
  shared_->progress.share = -1;
  shared_->progress.left_min = 0;
  shared_->death_report.stack_overflow = false;
  shared_->death_report.calls.depth = 0;
  shared_->death_report.outside = {nullptr, 0};
  shared_->death_report.outside_from = {};
  shared_->death_report.exception[0] = '\0';
  hung_ = blocked_ = false;
  seen_ = {};
  reset_hang_timer();
  looked_ = Clock::now();
  // The child keeps the write end open until it ends, so the read end then reports POLLHUP.
  std::array<int, 2> life{};
  if (::pipe2(life.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::close(life[0]);
    ::close(life[1]);
    throw std::system_error(error, std::generic_category(), "fork");
  }
  if (pid == 0) {
    ::close(life[0]);
    // The child must end with its parent, because no other process would read its result.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    be_child(child);
  }
  ::close(life[1]);
  pid_ = pid;
  life_ = life[0];
}

ChildEnd Supervisor::run(const std::function<int()>& child,
                         std::chrono::milliseconds hang_timeout) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  start(child);
  ::sigaction(SIGINT, &ignore, &before);
  std::optional<ChildEnd> end;
  while (!(end = ended(hang_timeout))) {
    pollfd life{life_, POLLIN, 0};
    ::poll(&life, 1, static_cast<int>(kTick.count()));
  }
  ::sigaction(SIGINT, &before, nullptr);
  return *std::move(end);
}

std::optional<ChildEnd> Supervisor::run_until(const std::function<int()>& child,
                                              std::chrono::milliseconds hang_timeout,
                                              const std::atomic<bool>* interrupt) {
  start(child);
  std::optional<ChildEnd> end;
  std::optional<Clock::time_point> interrupted;
  while (!(end = ended(hang_timeout))) {
    pollfd life{life_, POLLIN, 0};
    ::poll(&life, 1, static_cast<int>(kTick.count()));
    if (interrupt == nullptr || !*interrupt) continue;
    if (!interrupted) interrupted = Clock::now();
    if (Clock::now() - *interrupted < kStopGrace) continue;
    kill();
    break;
  }
  return end;
}

/// Runs the child's function and ends the process. No exception may leave this function, because
/// two processes would then continue as if each were the parent.
void Supervisor::be_child(const std::function<int()>& child) noexcept {
  watch_end(shared_->death_report);
  // What the code under test prints must not mix with what the parent prints, such as JSON.
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  int code = 1;
  try {
    code = child();
    shared_->finished = true;
  } catch (const std::exception& error) {
    auto& text = shared_->death_report.exception;
    std::strncpy(text.data(), error.what(), text.size() - 1);
  }
  std::fflush(nullptr);
  ::_exit(code);
}

std::optional<ChildEnd> Supervisor::ended(std::chrono::milliseconds hang_timeout) {
  int status = 0;
  pollfd life{life_, POLLIN, 0};
  ::poll(&life, 1, 0);
  const pid_t ended = ::waitpid(pid_, &status, (life.revents & POLLHUP) != 0 ? 0 : WNOHANG);
  if (ended == pid_ || (ended < 0 && errno != EINTR)) {
    ::close(std::exchange(life_, -1));
    pid_ = 0;
    const char* const exception = shared_->death_report.exception.data();
    if (*exception != '\0') throw std::runtime_error(exception);
    return describe_end(status);
  }
  const std::pair now{shared_->progress.executions.load(), std::uint64_t{shared_->trace_size}};
  if (std::exchange(seen_, now) != now) reset_hang_timer();
  // Time in which this process was not running does not count, so one interval is limited.
  const Clock::time_point before = std::exchange(looked_, Clock::now());
  still_ += std::min<Clock::duration>(looked_ - before, 2 * kTick);
  if (still_ > hang_timeout) {
    if (!hung_) blocked_ = is_blocked(pid_);
    ::kill(pid_, hung_ ? SIGKILL : SIGUSR2);
    hung_ = true;
  }
  return std::nullopt;
}

ChildEnd Supervisor::describe_end(int status) const {
  ChildEnd end;
  const DeathReport& words = shared_->death_report;
  if (words.task >= 0) end.task = task_at(static_cast<std::size_t>(words.task));
  end.task_identity = words.task_identity;
  end.place = words.place;
  end.draining = words.draining;
  end.failed_before = words.failed_before;
  const bool finished = !hung_ && shared_->finished;
  if (!finished && words.outside.file != nullptr) {
    end.outside_use.emplace(words.outside);
    const auto& from = words.outside_from;
    const auto* const last = std::find(from.begin(), from.end(), nullptr);
    // A child runs the same program at the same addresses.
    end.outside_from = call_path(ReturnAddresses{from.begin(), last});
  }
  if (hung_) {
    end.how = ChildEnd::How::hung;
    end.hang = explain_standstill(words.calls, blocked_);
  } else if (shared_->finished) {
    end.code = WEXITSTATUS(status);
  } else {
    end.how = ChildEnd::How::died;
    if (words.stack_overflow) {
      end.crash = {CrashCause::How::stack_overflow, 0};
    } else if (WIFSIGNALED(status)) {
      end.crash = {CrashCause::How::signal, WTERMSIG(status)};
    } else {
      end.crash = {CrashCause::How::exit, WEXITSTATUS(status)};
    }
  }
  return end;
}

}  // namespace sim
