// Tests of what a parent process knows when the code under test has killed the child process.

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/process/event_log.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/retrace_strategy.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using How = sim::ChildEnd::How;

/// This time passes only if a test fails.
constexpr std::chrono::milliseconds kNever{20'000};
constexpr std::chrono::milliseconds kSoon{200};

void segfault() {
  volatile std::uintptr_t address = 64;
  *reinterpret_cast<volatile int*>(address) = 1;
}

[[gnu::noinline]] std::size_t recurse(std::size_t depth) {
  volatile std::size_t here = depth;
  if (here == ~std::size_t{0}) return 0;
  // The call is not the last one of the function, so that the compiler does not make a loop of it.
  return recurse(here + 1) + here;
}

void spin() {
  for (volatile std::uint32_t i = 0;;) i = i + 1;
}

void leave_process() {
#if SIM_ASAN
  // LeakSanitizer, which exit() calls, reports memory as leaked if only the thread's own stack
  // refers to it.
  std::_Exit(3);
#else
  std::exit(3);  // NOLINT(concurrency-mt-unsafe): there is one thread
#endif
}

/// A body in which task 1 makes a step, and task 2 makes a step and then calls `what`.
sim::Body doing(const std::function<void()>& what) {
  return [&what] {
    sim::atomic<int> x{0, "x"};
    sim::thread a{[&] { x.store(1); }};
    sim::thread b{[&] {
      x.store(2);
      what();
      x.store(3);
    }};
    a.join();
    b.join();
  };
}

/// Runs doing(what) in a child process. Checks that the trace contains the steps before the end of
/// that process.
sim::ChildEnd end_of(const std::function<void()>& what, std::chrono::milliseconds hang_timeout) {
  sim::Supervisor supervisor{sim::EngineOptions{}};
  const auto child = [&] {
    const sim::test::LeakOnPurpose leak;  // exit() reports the memory that the fibers' stacks own
    sim::EngineOptions options;
    options.trace_memory = supervisor.trace_memory();
    sim::Engine engine{options};
    sim::test::InOrder strategy{{}};
    engine.run(doing(what), strategy);
    return 7;
  };
  const sim::ChildEnd end = supervisor.run(child, hang_timeout);
  const auto trace = supervisor.trace();
  EXPECT_EQ(trace.size(), end.how == How::finished ? 3U : 2U);
  for (std::size_t i = 0; i < trace.size(); ++i) EXPECT_EQ(trace[i].result_bits(), i + 1);
  EXPECT_EQ(trace[1].task, sim::task_at(2));
  return end;
}

TEST(Supervisor, AChildThatReturnsHasFinished) {
  const sim::ChildEnd end = end_of([] {}, kNever);
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(end.code, 7);
  EXPECT_EQ(end.cause(), "");
  EXPECT_EQ(end.task, std::nullopt);
}

TEST(Supervisor, SignalsAreNamedWithTheTaskThatRan) {
  const auto expect_died = [](const std::function<void()>& what, const std::string& cause) {
    const sim::ChildEnd end = end_of(what, kNever);
    EXPECT_EQ(end.how, How::died);
    EXPECT_EQ(end.cause(), cause);
    EXPECT_EQ(end.task, sim::task_at(2)) << cause;
  };
  expect_died(segfault, "SIGSEGV");
  expect_died([] { std::abort(); }, "SIGABRT");
  expect_died([] { ::raise(SIGFPE); }, "SIGFPE");
  expect_died([] { recurse(0); }, "stack overflow");
}

TEST(Supervisor, WhatNoHandlerSeesIsNamedWithoutATask) {
  const sim::ChildEnd killed = end_of([] { ::kill(::getpid(), SIGKILL); }, kNever);
  EXPECT_EQ(killed.how, How::died);
  EXPECT_EQ(killed.cause(), "SIGKILL");
  EXPECT_EQ(killed.task, std::nullopt);

  const sim::ChildEnd left = end_of(leave_process, kNever);
  EXPECT_EQ(left.how, How::died);
  EXPECT_EQ(left.cause(), "exit(3) was called");
}

TEST(Supervisor, AnEndlessLoopWithoutASchedulingPointIsAHang) {
  const sim::ChildEnd end = end_of(spin, kSoon);
  EXPECT_EQ(end.how, How::hung);
  EXPECT_EQ(end.cause(), "endless loop without a scheduling point");
  EXPECT_EQ(end.task, sim::task_at(2));
}

TEST(Supervisor, AHangThatHeedsNoSignalIsEndedToo) {
  const auto deaf = [] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    spin();
  };
  EXPECT_EQ(end_of(deaf, kSoon).how, How::hung);
}

TEST(Supervisor, AnExceptionOfTheChildFunctionIsThrownInTheParent) {
  sim::Supervisor supervisor{sim::EngineOptions{}};
  const auto child = []() -> int { throw std::runtime_error("no memory"); };
  std::string text;
  // Caught here in both processes, because an exception that leaves this function in the child
  // would make the child continue with this test.
  const pid_t self = ::getpid();
  try {
    supervisor.run(child, kNever);
  } catch (const std::runtime_error& error) {
    if (::getpid() != self) ::_exit(99);
    text = error.what();
  }
  EXPECT_EQ(text, "no memory");
  EXPECT_EQ(supervisor.run([] { return 7; }, kNever).code, 7) << "and is forgotten afterwards";
}

TEST(Supervisor, SeesTheProgressAndTheLastExecutionOfAnExploration) {
  // Task 2 crashes if it loads the second value that task 1 stored, which does not happen in the
  // first executions.
  const sim::Program program{"crash", {}, [] {
                               sim::atomic<int> x{0, "x"};
                               sim::thread a{[&] {
                                 x.store(1);
                                 x.store(2);
                                 x.store(3);
                               }};
                               sim::thread b{[&] {
                                 if (x.load() == 2) segfault();
                               }};
                               a.join();
                               b.join();
                             }};
  sim::Supervisor supervisor{sim::EngineOptions{}};
  const auto child = [&] {
    sim::ExploreOptions options;
    options.engine.trace_memory = supervisor.trace_memory();
    options.progress = &supervisor.progress();
    sim::ExhaustiveStrategy strategy;
    sim::explore(program, strategy, options);
    return 0;
  };
  const sim::ChildEnd end = supervisor.run(child, kNever);
  EXPECT_EQ(end.cause(), "SIGSEGV");
  EXPECT_EQ(end.task, sim::task_at(2));
  EXPECT_EQ(supervisor.progress().executions, 1U);  // the load comes last in the first execution
  const std::vector<sim::TraceEntry> trace{supervisor.trace().begin(), supervisor.trace().end()};
  ASSERT_EQ(trace.size(), 3U);
  EXPECT_EQ(trace[2].kind, sim::OperationKind::load);
  EXPECT_EQ(trace[2].result_bits(), 2U);

  // The parent runs the execution once more, to record it.
  const auto again = [&](sim::LoggingRecorder& recorder, const sim::EngineOptions& options) {
    sim::Engine engine{options};
    sim::RetraceStrategy retrace{trace};
    run_once(engine, program.body, retrace, &recorder);
    return std::string{"not reached"};
  };
  const sim::IsolatedRun run = sim::run_isolated(again, {}, kNever);
  EXPECT_EQ(run.recording.outcome.summary(), "crash SIGSEGV in task 2");
  EXPECT_EQ(run.recording.outcome.task, sim::task_at(2));
  ASSERT_EQ(run.recording.events.size(), 3U);
  EXPECT_EQ(run.recording.events[2].label, "load");
  EXPECT_EQ(run.recording.events[2].text, "x");
  EXPECT_EQ(run.recording.events[2].value, "2");
}

/// Calls run_isolated() for one execution of `body`, in the given order of tasks.
sim::IsolatedRun isolated(const sim::Body& body, std::chrono::milliseconds hang_timeout,
                          const std::vector<std::uint32_t>& order = {}) {
  return sim::run_isolated(
      [&](sim::LoggingRecorder& recorder, const sim::EngineOptions& options) {
        sim::Engine engine{options};
        sim::test::InOrder strategy{order};
        engine.run(body, strategy, &recorder);
        return std::string{"returned"};
      },
      {}, hang_timeout);
}

TEST(RunIsolated, GivesTheRecordingAndTheNoteOfAnExecutionThatSurvives) {
  const sim::IsolatedRun run = isolated(doing([] { SIM_EXPECT(false); }), kNever);
  EXPECT_EQ(run.end.how, How::finished);
  EXPECT_EQ(run.note, "returned");
  EXPECT_EQ(run.recording.outcome.summary(), "assertion \"false\"");
  EXPECT_THAT(run.recording.outcome.place(), testing::StartsWith("supervisor_test.cpp:"));
  EXPECT_EQ(run.recording.outcome.task, sim::task_at(2));
  EXPECT_EQ(run.recording.steps(), 2U);
}

TEST(RunIsolated, GivesWhatIsKnownOfOneThatDoesNot) {
  const auto summary = [](const std::function<void()>& what, std::chrono::milliseconds timeout) {
    const sim::IsolatedRun run = isolated(doing(what), timeout);
    EXPECT_EQ(run.recording.steps(), 2U);
    return run.recording.outcome.summary();
  };
  EXPECT_EQ(summary([] { std::abort(); }, kNever), "crash SIGABRT in task 2");
  EXPECT_EQ(summary([] { recurse(0); }, kNever), "crash stack overflow in task 2");
  EXPECT_EQ(summary([] { ::kill(::getpid(), SIGKILL); }, kNever), "crash SIGKILL");
  EXPECT_EQ(summary(spin, kSoon), "hang endless loop without a scheduling point in task 2");
}

TEST(RunIsolated, ACrashOfATaskThatHasNotStepped) {
  // Task 2.1 has no event and no description. It must still be called by its name, not by its
  // TaskId.
  const sim::IsolatedRun run =
      isolated(doing([] { sim::thread child{[] { std::abort(); }}; }), kNever);
  EXPECT_EQ(run.recording.outcome.task, sim::task_at(3));
  if (run.recording.outcome.summary() == "crash SIGABRT in task 3") {
    GTEST_SKIP() << "the parent process does not know the names of tasks without an event";
  }
  EXPECT_EQ(run.recording.outcome.summary(), "crash SIGABRT in task 2.1");
}

TEST(RunIsolated, ACrashWhileDrainingKeepsTheFailure) {
  for (const bool hangs : {false, true}) {
    const sim::IsolatedRun run = isolated(
        [hangs] {
          sim::atomic<int> x{0, "x"};
          sim::thread t{[&] {
            x.store(1);
            x.store(2);
            if (hangs) spin();
            std::abort();
          }};
          x.load();
          SIM_EXPECT(false);
          t.join();
        },
        hangs ? kSoon : kNever, {1, 0});
    EXPECT_EQ(run.recording.outcome.summary(), "assertion \"false\"");
    EXPECT_EQ(run.recording.outcome.task, sim::kMainTask);
    EXPECT_EQ(run.recording.steps(), 2U);
    EXPECT_EQ(run.end.how, hangs ? How::hung : How::died);
  }
}

}  // namespace
