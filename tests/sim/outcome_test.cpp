// Tests of the facts of each kind of outcome, of the line that is made from them, and of sending
// both to another process.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/base/bytes.hpp>
#include <sim/base/outcome.hpp>
#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/process/isolated_run.hpp>
#include <sim/process/outcome_codec.hpp>
#include <sim/schedule/expected_outcome.hpp>
#include <sim/sync.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::Outcome;
using sim::OutcomeKind;
using sim::test::run;

sim::TaskRef task(std::size_t index) {
  return {sim::task_at(index), std::to_string(index)};
}

/// `outcome` as another process reads it.
Outcome sent(const Outcome& outcome) {
  std::string bytes;
  sim::ByteWriter writer{bytes};
  write(writer, outcome);
  sim::ByteReader reader{bytes};
  Outcome read = sim::read_outcome(reader);
  EXPECT_TRUE(reader.done());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    sim::ByteReader truncated{std::string_view{bytes}.substr(0, size)};
    static_cast<void>(sim::read_outcome(truncated));
    EXPECT_FALSE(truncated.ok()) << size << " of " << bytes.size() << " bytes";
  }
  return read;
}

/// The facts of `outcome`. Expects that their text is `text`, and that sending them does not change
/// them.
template <class Facts>
Facts facts_of(const Outcome& outcome, const std::string& text) {
  EXPECT_EQ(outcome.kind, Facts::kKind);
  EXPECT_EQ(outcome.message(), text);
  EXPECT_EQ(outcome.summary(), std::string{to_string(Facts::kKind)} + " " + text);
  const auto* const facts = outcome.as<Facts>();
  if (facts == nullptr) {
    ADD_FAILURE() << "there are no facts";
    return {};
  }
  const Outcome read = sent(outcome);
  EXPECT_EQ(read.kind, outcome.kind);
  EXPECT_EQ(read.facts, outcome.facts);
  EXPECT_EQ(read.group, outcome.group);
  EXPECT_EQ(read.task, outcome.task);
  EXPECT_EQ(read.message(), text);
  EXPECT_EQ(read.place(), outcome.place());
  return *facts;
}

TEST(Outcome, OfAnExecutionThatPassedHasNoFacts) {
  const Outcome outcome = run([] {}).outcome;
  EXPECT_EQ(outcome.kind, OutcomeKind::passed);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(outcome.facts));
  EXPECT_EQ(outcome.summary(), "passed");
  EXPECT_EQ(outcome.message(), "");
  EXPECT_EQ(outcome.place(), "");
  EXPECT_EQ(sent(outcome).facts, outcome.facts);
}

TEST(Outcome, WithoutAnObserverHasAKindAndAGroupButNoFacts) {
  sim::Engine engine;
  sim::test::InOrder strategy{{}};
  const Outcome& outcome = engine.run(
      [] {
        sim::mutex m{"m"};
        m.lock();
        m.lock();
      },
      strategy);
  EXPECT_EQ(outcome.kind, OutcomeKind::deadlock);
  EXPECT_NE(outcome.group, 0U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(outcome.facts));
  EXPECT_EQ(outcome.summary(), "deadlock");
}

TEST(Outcome, OfAnAssertionNamesTheConditionAndItsPlace) {
  const std::uint32_t line = __LINE__ + 1;
  const Outcome outcome = run([] { SIM_ASSERT(1 + 1 == 3); }).outcome;
  const auto facts = facts_of<sim::AssertionFailure>(outcome, "\"1 + 1 == 3\"");
  EXPECT_EQ(facts.check.literal, "1 + 1 == 3");
  EXPECT_EQ(facts.check.report, "");
  EXPECT_EQ(facts.check.where.file, "outcome_test.cpp");
  EXPECT_EQ(facts.check.where.line, line);
  EXPECT_EQ(outcome.place(), "outcome_test.cpp:" + std::to_string(line));
}

TEST(Outcome, OfACheckOfAnotherLibraryHasItsReport) {
  const auto note = [] {
    sim::Engine::current(sim::SourceLocation::current())
        .fail_at_next_point(OutcomeKind::assertion, "2 is not 3", {"dir/other.cpp", 7});
  };
  const Outcome outcome = run(note).outcome;
  const auto facts = facts_of<sim::AssertionFailure>(outcome, "2 is not 3");
  EXPECT_EQ(facts.check.literal, "");
  EXPECT_EQ(facts.check.report, "2 is not 3");
  EXPECT_EQ(outcome.place(), "other.cpp:7");
}

TEST(Outcome, OfAnInvariantHasItsNameAndWhatItDescribes) {
  const Outcome outcome =
      run([] {
        sim::atomic<int> x{0, "x"};
        const sim::Invariant small{
            "x is small", {x.id()}, [&] { return x.peek() < 3; }, [&] { return "x = 3"; }};
        x.store(3);
      }).outcome;
  const auto facts = facts_of<sim::InvariantViolation>(outcome, "\"x is small\": x = 3");
  EXPECT_EQ(facts.name, "x is small");
  EXPECT_EQ(facts.detail, "x = 3");
  EXPECT_EQ(outcome.place(), "");
}

TEST(Outcome, OfADeadlockSaysWhoWaitsForWhatAndWhoHoldsIt) {
  const auto body = [] {
    sim::mutex a{"a"};
    sim::mutex b{"b"};
    const auto lock_both = [](sim::mutex& first, sim::mutex& second) {
      first.lock();
      second.lock();
      second.unlock();
      first.unlock();
    };
    sim::thread forward{[&] { lock_both(a, b); }};
    sim::thread backward{[&] { lock_both(b, a); }};
    forward.join();
    backward.join();
  };
  const Outcome outcome = run(body, {1, 2}).outcome;
  const auto facts = facts_of<sim::Deadlock>(
      outcome, "task 1 waits to lock b, held by task 2; task 2 waits to lock a, held by task 1");
  ASSERT_EQ(facts.tasks.size(), 3U);
  EXPECT_EQ(facts.tasks[0].task, task(0));
  EXPECT_EQ(std::get<sim::WaitsToJoin>(facts.tasks[0].waits_for).task, task(1));
  EXPECT_FALSE(facts.only_joins());
  EXPECT_EQ(facts.tasks[1].task, task(1));
  const auto& wait = std::get<sim::WaitsToExecute>(facts.tasks[1].waits_for);
  EXPECT_EQ(wait.operation, sim::OperationKind::lock);
  EXPECT_EQ(wait.label, "lock");
  EXPECT_EQ(wait.object, (sim::ObjectRef{sim::object_id(sim::kMainTask, 2), "b"}));
  EXPECT_THAT(wait.held_by, testing::ElementsAre(sim::Holder{task(2), false}));
}

TEST(Outcome, OfADeadlockKnowsAHolderThatHasEnded) {
  const Outcome outcome = run([] {
                            sim::mutex m{"m"};
                            sim::thread keeps{[&] { m.lock(); }};
                            keeps.join();
                            m.lock();
                          }).outcome;
  const auto facts =
      facts_of<sim::Deadlock>(outcome, "task 0 waits to lock m, held by task 1, which has ended");
  ASSERT_EQ(facts.tasks.size(), 1U);
  const auto& wait = std::get<sim::WaitsToExecute>(facts.tasks[0].waits_for);
  EXPECT_THAT(wait.held_by, testing::ElementsAre(sim::Holder{task(1), true}));
}

TEST(Outcome, OfADeadlockSaysWhoSleepsInWhichQueue) {
  const Outcome outcome = run([] {
                            sim::mutex m{"m"};
                            sim::condition_variable told{"told"};
                            std::unique_lock lock{m};
                            told.wait(lock);
                          }).outcome;
  const auto facts = facts_of<sim::Deadlock>(outcome, "task 0 waits for told to be notified");
  ASSERT_EQ(facts.tasks.size(), 1U);
  EXPECT_EQ(std::get<sim::WaitsForNotification>(facts.tasks[0].waits_for).queue.name, "told");
}

TEST(Outcome, OfADeadlockOfJoinsSaysWhoJoinsWhom) {
  const auto body = [] {
    sim::atomic<int> x{0};
    std::optional<sim::thread> t;
    t.emplace([&] {
      x.load();
      t->join();
    });
    x.load();
  };
  const Outcome outcome = run(body, {1, 0}).outcome;
  const auto facts = facts_of<sim::Deadlock>(outcome, "task 1 waits to join task 1");
  EXPECT_TRUE(facts.only_joins());
  ASSERT_EQ(facts.tasks.size(), 1U);
  EXPECT_EQ(std::get<sim::WaitsToJoin>(facts.tasks[0].waits_for).task, task(1));
}

TEST(Outcome, OfAStepBoundHasTheBoundAndWhoSpinsOnWhat) {
  const auto body = [] {
    sim::atomic<bool> ready{false, "ready"};
    while (!ready.load()) {
    }
  };
  sim::EngineOptions options;
  options.steps_max = 20;
  const Outcome outcome = run(body, {}, options).outcome;
  const auto facts = facts_of<sim::StepBound>(
      outcome, "more than 20 steps in one execution; task 0 spins on ready");
  EXPECT_EQ(facts.steps_max, 20U);
  const sim::ObjectRef ready{sim::object_id(sim::kMainTask, 1), "ready"};
  EXPECT_THAT(facts.spins, testing::ElementsAre(sim::Spin{task(0), ready}));
}

TEST(Outcome, OfAMisuseHasTheRuleThatWasBroken) {
  const std::uint32_t line = __LINE__ + 3;
  const auto body = [] {
    sim::mutex m{"m"};
    m.unlock();
  };
  const Outcome outcome = run(body).outcome;
  const auto facts = facts_of<sim::Misuse>(outcome, "\"unlock of a mutex that nobody holds\"");
  const auto& check = std::get<sim::FailedCheck>(facts.reason);
  EXPECT_EQ(check.literal, "unlock of a mutex that nobody holds");
  EXPECT_EQ(check.where.line, line);
}

TEST(Outcome, OfADestroyedObjectSaysWhoWaitsForIt) {
  const auto body = [] {
    auto m = std::make_unique<sim::mutex>("m");
    sim::atomic<bool> go{false, "go"};
    m->lock();
    sim::thread t{[&] { m->lock(); }};
    go.store(true);
    m.reset();
    t.join();
  };
  const Outcome outcome = run(body).outcome;
  const auto facts =
      facts_of<sim::UseAfterDestruction>(outcome, "task 1 waits to lock m, which task 0 destroys");
  EXPECT_EQ(facts.user, task(1));
  EXPECT_EQ(facts.destroyer, task(0));
  EXPECT_EQ(std::get<sim::WaitsToExecute>(facts.use).operation, sim::OperationKind::lock);
  EXPECT_EQ(facts.object.name, "m");
  EXPECT_TRUE(facts.waited);
}

TEST(Outcome, OfTooManyTasksSaysHowManyThereMayBe) {
  const auto body = [] {
    std::vector<sim::thread> threads;
    for (std::size_t i = 0; i < sim::kTasksMax; ++i) threads.emplace_back([] {});
    for (sim::thread& thread : threads) thread.join();
  };
  const Outcome outcome = run(body).outcome;
  const std::string max = std::to_string(sim::kTasksMax);
  const auto facts = facts_of<sim::Misuse>(
      outcome,
      "more than " + max +
          " tasks in one execution: use fewer, join them before others are made, or build with " +
          "RACELAB_TASKS_MAX=" + std::to_string(sim::kTasksMax + 64));
  EXPECT_EQ(std::get<sim::TooManyTasks>(facts.reason).tasks_max, sim::kTasksMax);
}

TEST(Outcome, OfADataRaceHasItsTwoAccessesAndTheVariable) {
  std::uint32_t write_line = 0;
  std::uint32_t read_line = 0;
  const auto body = [&] {
    sim::var<int> x{0, "x"};
    sim::thread writer{[&] {
      write_line = __LINE__ + 1;
      x = 1;
    }};
    sim::thread reader{[&] {
      read_line = __LINE__ + 1;
      static_cast<void>(x.read());
    }};
    writer.join();
    reader.join();
  };
  const Outcome outcome = run(body).outcome;
  const std::string write_place = "outcome_test.cpp:" + std::to_string(write_line);
  const std::string read_place = "outcome_test.cpp:" + std::to_string(read_line);
  const auto facts = facts_of<sim::DataRace>(outcome, "on x: task 1 writes it at " + write_place +
                                                          "; task 2 reads it at " + read_place +
                                                          "; nothing orders the two");
  EXPECT_EQ(facts.variable.name, "x");
  EXPECT_EQ(facts.earlier.task, task(1));
  EXPECT_TRUE(facts.earlier.writes);
  EXPECT_EQ(facts.earlier.action, "writes it at");
  EXPECT_EQ(facts.earlier.where.line, write_line);
  EXPECT_EQ(facts.later.task, task(2));
  EXPECT_FALSE(facts.later.writes);
  EXPECT_EQ(facts.later.where.line, read_line);
  EXPECT_EQ(outcome.place(), read_place);
}

TEST(Outcome, OfAnUncaughtExceptionHasItsText) {
  const sim::test::LeakOnPurpose leak;
  const Outcome outcome = run([] { throw std::runtime_error("out of money"); }).outcome;
  EXPECT_EQ(facts_of<sim::UncaughtException>(outcome, "out of money").what, "out of money");
}

/// The outcome of `body` when it runs in a separate process.
Outcome isolated(const sim::Body& body,
                 std::chrono::milliseconds hang_timeout = std::chrono::seconds{60}) {
  const auto execute = [&](sim::LoggingRecorder& recorder, const sim::EngineOptions& options) {
    sim::Engine engine{options};
    sim::test::InOrder strategy{{}};
    engine.run(body, strategy, &recorder);
    return std::string{};
  };
  return sim::run_isolated(execute, {}, hang_timeout).recording.outcome;
}

TEST(Outcome, OfACrashHasItsSignalAndTask) {
  const Outcome outcome = isolated([] {
    sim::thread t{[] { std::abort(); }};
    t.join();
  });
  const auto facts = facts_of<sim::Crash>(outcome, "SIGABRT in task 1");
  EXPECT_EQ(facts.cause, (sim::CrashCause{sim::CrashCause::How::signal, SIGABRT}));
  EXPECT_EQ(facts.task, task(1));
  EXPECT_EQ(outcome.task, sim::task_at(1));
  EXPECT_TRUE(ends_process(outcome.kind));
}

TEST(Outcome, OfACrashKnowsAnExitCode) {
  const Outcome outcome = isolated([] { std::_Exit(3); });
  const auto facts = facts_of<sim::Crash>(outcome, "exit(3) was called");
  EXPECT_EQ(facts.cause, (sim::CrashCause{sim::CrashCause::How::exit, 3}));
  EXPECT_EQ(facts.task, std::nullopt);
}

TEST(Outcome, TellsCausesOfCrashesInWords) {
  using How = sim::CrashCause::How;
  EXPECT_EQ(to_string(sim::CrashCause{How::stack_overflow, 0}), "stack overflow");
  EXPECT_EQ(to_string(sim::CrashCause{How::signal, SIGSEGV}), "SIGSEGV");
  EXPECT_EQ(to_string(sim::CrashCause{How::signal, 99}), "signal 99");
}

TEST(Outcome, OfAHangHasItsTask) {
  const Outcome outcome = isolated(
      [] {
        volatile bool forever = true;
        while (forever) {
        }
      },
      std::chrono::seconds{3});
  const auto facts =
      facts_of<sim::Hang>(outcome, "endless loop without a scheduling point in task 0");
  EXPECT_EQ(facts.task, task(0));
}

TEST(Outcome, OfAnotherProcessIsTheFailureThatCameFirst) {
  const Outcome outcome = isolated([] { SIM_ASSERT(false); });
  EXPECT_EQ(facts_of<sim::AssertionFailure>(outcome, "\"false\"").check.literal, "false");
}

TEST(OutcomeCodec, RefusesFactsOfAnotherKind) {
  Outcome outcome;
  outcome.describe(sim::UncaughtException{"lost", {}, {}});
  outcome.kind = OutcomeKind::crash;
  std::string bytes;
  sim::ByteWriter writer{bytes};
  write(writer, outcome);
  sim::ByteReader reader{bytes};
  static_cast<void>(sim::read_outcome(reader));
  EXPECT_FALSE(reader.ok());
}

TEST(ExpectedOutcome, IsTheSameReadFromItsLineAsMadeFromTheOutcome) {
  Outcome passed;
  Outcome spun;
  spun.describe(sim::StepBound{300, {{task(1), {sim::ObjectId{2}, "ready"}}}});
  Outcome crash;
  crash.describe(sim::Crash{{sim::CrashCause::How::signal, SIGSEGV}, task(2)});
  for (const Outcome& outcome : {passed, spun, crash}) {
    const sim::ExpectedOutcome expected{outcome};
    EXPECT_EQ(expected, sim::ExpectedOutcome{outcome.summary()});
    EXPECT_EQ(expected.kind, outcome.kind);
    EXPECT_TRUE(expected.matches(outcome));
    EXPECT_EQ(expected.ends_process(), outcome.kind == OutcomeKind::crash);
  }
  EXPECT_EQ(sim::ExpectedOutcome{spun}.steps_max, 300U);
  EXPECT_EQ(sim::ExpectedOutcome{crash}.steps_max, std::nullopt);
  EXPECT_FALSE(sim::ExpectedOutcome{spun}.matches(crash));
}

TEST(ExpectedOutcome, AcceptsAnyText) {
  for (const char* const text :
       {"", " ", "step", "step-bound", "step-bound ", "step-bound more than ",
        "step-bound more than 0 steps", "step-bound more than 100000001 steps",
        "step-bound more than 99999999999 steps"}) {
    EXPECT_EQ(sim::ExpectedOutcome{text}.steps_max, std::nullopt) << text;
    EXPECT_EQ(sim::ExpectedOutcome{text}.text, text);
  }
  EXPECT_EQ(sim::ExpectedOutcome{"no word for a kind"}.kind, std::nullopt);
}

}  // namespace
