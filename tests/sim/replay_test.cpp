#include <sim/schedule/replay_strategy.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/schedule/debugging.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/retrace_strategy.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace {

/// A body with two increments, each a load and a store. One of them is lost in four of six
/// interleavings.
void increments() {
  sim::atomic<int> x{0, "x"};
  const auto increment = [&x] { x.store(x.load() + 1); };
  sim::thread first{increment};
  sim::thread second{increment};
  first.join();
  second.join();
  SIM_EXPECT(x.peek() == 2);
}

/// A body in which task 1 tries to lock a mutex that task 2 locks, and stores a chosen value.
void locks() {
  sim::mutex m{"m"};
  sim::atomic<int> seen{0, "seen"};
  sim::thread first{[&] {
    const bool got = m.try_lock();
    seen.store(static_cast<int>(sim::choose(3)));
    if (got) m.unlock();
  }};
  sim::thread second{[&] { const std::lock_guard lock{m}; }};
  first.join();
  second.join();
}

struct Replayed {
  std::string divergence;  ///< "entry (line n): message"; empty if the replay did not diverge
  sim::Outcome outcome;
  std::vector<std::string> lines;  ///< the executed steps, as in a schedule
  std::size_t followed = 0;
  std::size_t beyond = 0;
  std::uint64_t digest = 0;
};

sim::Schedule parse(std::string_view body) {
  auto parsed = sim::parse_schedule("racelab schedule 1\n" + std::string{body} + "end\n");
  EXPECT_TRUE(std::holds_alternative<sim::Schedule>(parsed))
      << std::get<sim::ScheduleError>(parsed).message;
  return std::get<sim::Schedule>(std::move(parsed));
}

Replayed replay(const sim::Schedule& schedule, const sim::Body& body) {
  sim::Engine engine;
  sim::Recorder recorder;
  sim::ReplayStrategy strategy{schedule, recorder};
  run_once(engine, body, strategy, &recorder);
  EXPECT_EQ(strategy.begin_execution(), sim::SearchStatus::limit);
  Replayed replayed;
  if (const auto& d = strategy.divergence()) {
    replayed.divergence =
        std::to_string(d->entry) + " (line " + std::to_string(d->line) + "): " + d->message;
  }
  replayed.outcome = engine.outcome();
  for (const sim::ScheduleEntry& entry : recorder.recording().schedule_entries()) {
    replayed.lines.push_back(sim::format_entry(entry));
  }
  replayed.followed = strategy.followed();
  replayed.beyond = strategy.beyond();
  replayed.digest = engine.trace().digest();
  return replayed;
}

Replayed replay(std::string_view schedule, const sim::Body& body) {
  return replay(parse(schedule), body);
}

// ---------------------------------------------------------------------------------------------
// A schedule that fits

TEST(Replay, FollowsAScheduleToItsOutcome) {
  const Replayed replayed =
      replay("1 load x = 0\n2 load x = 0\n2 store x = 1\n1 store x = 1\n", increments);
  EXPECT_EQ(replayed.divergence, "");
  EXPECT_EQ(replayed.outcome.summary(), "assertion \"x.peek() == 2\"");
  EXPECT_EQ(replayed.followed, 4U);
  EXPECT_EQ(replayed.beyond, 0U);
}

TEST(Replay, DoesNotNeedValues) {
  const Replayed replayed = replay("1 load x\n2 load x = 0\n2 store x\n1 store x\n", increments);
  EXPECT_EQ(replayed.divergence, "");
  EXPECT_EQ(replayed.outcome.kind, sim::OutcomeKind::assertion);
}

TEST(Replay, FollowsChoices) {
  const Replayed replayed = replay(
      "2 lock m\n1 try_lock m failed = false\nchoice 1 value -> 2\n1 store seen = 2\n2 unlock m\n",
      locks);
  EXPECT_EQ(replayed.divergence, "");
  EXPECT_EQ(replayed.followed, 5U);
  EXPECT_FALSE(replayed.outcome.failed());
}

TEST(Replay, ReproducesEveryExecutionThatASearchVisits) {
  sim::ExhaustiveStrategy search;
  sim::Engine engine;
  std::size_t executions = 0;
  const sim::Body body{locks};
  sim::Executions all{engine, body, search};
  for (std::optional<sim::Recorder> recorder; all.next(&recorder.emplace());) {
    sim::Schedule schedule;
    schedule.entries = recorder->recording().schedule_entries();
    const auto again = sim::parse_schedule(sim::format_schedule(schedule));
    const Replayed replayed = replay(std::get<sim::Schedule>(again), locks);
    EXPECT_EQ(replayed.divergence, "");
    EXPECT_EQ(replayed.beyond, 0U);
    EXPECT_EQ(replayed.digest, engine.trace().digest());
    ++executions;
  }
  EXPECT_GT(executions, 10U);
}

TEST(Replay, DoesTheSameAThousandTimes) {
  const sim::Schedule schedule =
      parse("1 load x = 0\n2 load x = 0\n2 store x = 1\n1 store x = 1\n");
  const Replayed first = replay(schedule, increments);
  for (int i = 0; i < 1000; ++i) {
    const Replayed again = replay(schedule, increments);
    ASSERT_EQ(again.digest, first.digest);
    ASSERT_EQ(again.lines, first.lines);
    ASSERT_EQ(again.outcome.summary(), first.outcome.summary());
  }
}

// ---------------------------------------------------------------------------------------------
// A schedule that ends before the execution does

TEST(Replay, GoesOnWithTheRunningTaskBehindTheEnd) {
  const Replayed replayed = replay("1 load x = 0\n2 load x = 0\n", increments);
  EXPECT_EQ(replayed.divergence, "");
  EXPECT_THAT(replayed.lines, testing::ElementsAre("1 load x = 0", "2 load x = 0", "2 store x = 1",
                                                   "1 store x = 1"));
  EXPECT_EQ(replayed.followed, 2U);
  EXPECT_EQ(replayed.beyond, 2U);
}

TEST(Replay, GoesOnWithTheLowestTaskWhereNoneIsRunning) {
  const Replayed replayed = replay("", increments);
  EXPECT_EQ(replayed.divergence, "");
  EXPECT_THAT(replayed.lines, testing::ElementsAre("1 load x = 0", "1 store x = 1", "2 load x = 1",
                                                   "2 store x = 2"));
  EXPECT_EQ(replayed.beyond, 4U);
}

TEST(Replay, TakesTheFirstAlternativeOfAChoiceBehindTheEnd) {
  const Replayed replayed = replay("1 try_lock m = true\n", locks);
  EXPECT_THAT(replayed.lines,
              testing::ElementsAre("1 try_lock m = true", "choice 1 value -> 0", "1 store seen = 0",
                                   "1 unlock m", "2 lock m", "2 unlock m"));
}

// ---------------------------------------------------------------------------------------------
// A schedule that does not fit

TEST(Replay, RefusesATaskThatIsNotThere) {
  const Replayed replayed = replay("1 load x = 0\n3 load x = 0\n", increments);
  EXPECT_EQ(replayed.divergence,
            "2 (line 3): expected load x by task 3, which cannot run here; task 1 is about to "
            "store x, task 2 is about to load x");
  EXPECT_EQ(replayed.outcome.kind, sim::OutcomeKind::divergence);
  EXPECT_THAT(replayed.lines, testing::ElementsAre("1 load x = 0"));
}

TEST(Replay, RefusesATaskThatHasEnded) {
  EXPECT_EQ(
      replay("1 load x = 0\n1 store x = 1\n1 load x = 1\n", increments).divergence,
      "3 (line 4): expected load x by task 1, which cannot run here; task 2 is about to load x");
}

TEST(Replay, RefusesATaskThatWaitsForALock) {
  EXPECT_EQ(replay("1 try_lock m = true\nchoice 1 value -> 0\n2 lock m\n", locks).divergence,
            "3 (line 4): expected lock m by task 2, which cannot run here; task 1 is about to "
            "store seen");
}

TEST(Replay, RefusesAnotherOperation) {
  EXPECT_EQ(replay("1 load x = 0\n1 exchange x = 1\n", increments).divergence,
            "2 (line 3): expected exchange x by task 1; it is about to store x");
}

TEST(Replay, RefusesAnotherObject) {
  EXPECT_EQ(replay("# a comment\n\n1 load y = 0\n", increments).divergence,
            "1 (line 4): expected load y by task 1; it is about to load x");
}

TEST(Replay, RefusesAnotherValue) {
  const Replayed replayed = replay("1 load x = 7\n1 store x = 8\n", increments);
  EXPECT_EQ(replayed.divergence, "1 (line 2): expected load x by task 1 to give 7; it gave 0");
  EXPECT_EQ(replayed.outcome.kind, sim::OutcomeKind::divergence);
}

TEST(Replay, RefusesAnotherValueOfTheVeryLastStep) {
  EXPECT_EQ(replay("1 load x\n1 store x\n2 load x\n2 store x = 3\n", increments).divergence,
            "4 (line 5): expected store x by task 2 to give 3; it gave 2");
}

TEST(Replay, RefusesAStepThatFailsUnexpectedly) {
  EXPECT_EQ(replay("2 lock m\n1 try_lock m\nchoice 1 value -> 0\n", locks).divergence,
            "2 (line 3): expected try_lock m by task 1 to give success; it gave failure, finding "
            "false");
}

TEST(Replay, RefusesAStepThatDoesNotFailAsExpected) {
  EXPECT_EQ(replay("1 try_lock m failed\nchoice 1 value -> 0\n", locks).divergence,
            "1 (line 2): expected try_lock m by task 1 to give failure; it gave true");
}

TEST(Replay, RefusesAScheduleThatIsLongerThanTheExecution) {
  const Replayed replayed =
      replay("1 load x\n1 store x\n2 load x\n2 store x\n2 load x = 2\n", increments);
  EXPECT_EQ(replayed.divergence,
            "5 (line 6): expected load x by task 2; the execution ended before it: passed");
  EXPECT_EQ(replayed.followed, 4U);
}

TEST(Replay, RefusesAScheduleThatGoesOnBehindAFailure) {
  EXPECT_EQ(replay("1 load x\n2 load x\n2 store x\n1 store x\nchoice 1 value -> 1\n", increments)
                .divergence,
            "5 (line 6): expected a value choice -> 1 by task 1; the execution ended before it: "
            "assertion \"x.peek() == 2\"");
}

TEST(Replay, RefusesAChoiceWhereATaskIsToGoNext) {
  EXPECT_EQ(replay("choice 1 value -> 0\n", increments).divergence,
            "1 (line 2): expected a value choice -> 0 by task 1; task 1 is about to load x, task 2 "
            "is about to load x");
}

TEST(Replay, RefusesAStepWhereAChoiceIsToBeMade) {
  EXPECT_EQ(replay("1 try_lock m\n1 store seen = 1\n", locks).divergence,
            "2 (line 3): expected store seen by task 1; the test makes a choice of 3");
}

TEST(Replay, RefusesAChoiceByAnotherTask) {
  EXPECT_EQ(replay("1 try_lock m\nchoice 2 value -> 1\n", locks).divergence,
            "2 (line 3): expected a value choice -> 1 by task 2; task 1 makes one");
}

TEST(Replay, RefusesAChoiceThatIsNotOffered) {
  EXPECT_EQ(replay("1 try_lock m\nchoice 1 value -> 3\n", locks).divergence,
            "2 (line 3): expected a value choice -> 3 by task 1; there are 3 alternatives, from 0");
}

TEST(Replay, NamesNoLineOfAScheduleThatCameFromNoFile) {
  sim::Schedule schedule;
  schedule.entries.push_back({sim::ScheduledStep{"9", "load", "x", false, std::nullopt}, 0});
  EXPECT_THAT(replay(schedule, increments).divergence, testing::StartsWith("1 (line 0): "));
}

// ---------------------------------------------------------------------------------------------
// Repeating a trace, and replaying in a debugger

TEST(Retrace, SaysWhatItExpectedAndWhatItGot) {
  const auto refused = [](const sim::TraceEntry& expected) {
    const std::vector<sim::TraceEntry> trace{expected};
    sim::RetraceStrategy retrace{trace};
    sim::Engine engine;
    run_once(engine, increments, retrace);
    return retrace.difference().value_or(sim::RetraceStrategy::Difference{});
  };
  const sim::TaskId task = sim::task_at(1);
  const auto choice = refused(sim::TraceEntry::choice(task, 3, 2));
  EXPECT_EQ(choice.expected, "task 1: a choice of 3");
  EXPECT_EQ(choice.got, "task 1: load x");
  const sim::ObjectId x = sim::object_id(sim::kMainTask, 1);
  const auto step = refused(sim::TraceEntry::step(task, sim::OperationKind::store, x));
  EXPECT_EQ(step.expected, "task 1: store x");
  EXPECT_EQ(step.got, "task 1: load x");
}

TEST(DebugRecorder, ShowsTheTasksAtTheLastStep) {
  sim::DebugRecorder recorder{{}};
  sim::Engine engine;
  sim::ExhaustiveStrategy strategy;
  run_once(engine, increments, strategy, &recorder);
  ASSERT_EQ(racelab_task_count, 3U);
  EXPECT_STREQ(racelab_tasks[1].name, "1");
  EXPECT_STREQ(racelab_tasks[1].doing, "has ended");
  EXPECT_STREQ(racelab_tasks[2].name, "2");
  EXPECT_STREQ(racelab_tasks[2].doing, "store x");
}

}  // namespace
